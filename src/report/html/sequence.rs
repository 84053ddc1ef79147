//! A conversation as a sequence diagram.
