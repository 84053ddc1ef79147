//! Content types of messages.

use std::fmt;

/// `contentType` of a message (document: 5. Send Message). Unknown ones are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// `TEXT`
    Text,
    /// `FILE`
    File,
    /// `IMAGE`
    Image,
    /// A type that the document does not have.
    Other(Box<str>),
}

impl ContentType {
    /// Reads the text as it stands on the wire.
    pub fn parse(text: &str) -> Self {
        match text {
            "TEXT" => Self::Text,
            "FILE" => Self::File,
            "IMAGE" => Self::Image,
            other => Self::Other(other.into()),
        }
    }

    /// The text as it stands on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text => "TEXT",
            Self::File => "FILE",
            Self::Image => "IMAGE",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
