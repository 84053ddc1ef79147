//! The key that a message's metadata stands under.

/// The document spells it in two ways: `metdata` in `send-message`, `metadata` everywhere else.
/// Both are read; one of them is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetadataKey {
    /// `metdata` (document: 5. Send Message).
    #[default]
    Metdata,
    /// `metadata` (document: 3. Get All Chat Messages).
    Metadata,
}

impl MetadataKey {
    /// Both of them, the one that is sent by default first.
    pub const ALL: [Self; 2] = [Self::Metdata, Self::Metadata];

    /// The key as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Metdata => "metdata",
            Self::Metadata => "metadata",
        }
    }

    /// The key of this spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read_and_no_other() {
        for key in MetadataKey::ALL {
            assert_eq!(MetadataKey::parse(key.as_str()), Some(key));
        }
        assert_eq!(MetadataKey::parse("metaData"), None);
    }
}
