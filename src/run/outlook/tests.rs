//! What is told of a scenario beforehand.
