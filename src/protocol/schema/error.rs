//! What can be wrong with a folder of schemas.

use std::fmt;
use std::path::PathBuf;

/// A folder of schemas that cannot be used.
#[derive(Debug, thiserror::Error)]
pub struct SchemaError {
    /// The folder.
    pub dir: PathBuf,
    /// All that is wrong in it.
    pub flaws: Vec<SchemaFlaw>,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the schemas in {} cannot be used", self.dir.display())?;
        self.flaws.iter().try_for_each(|flaw| write!(f, "\n  {flaw}"))
    }
}

/// One thing wrong with one file of a folder of schemas.
#[derive(Debug, thiserror::Error)]
pub enum SchemaFlaw {
    /// A schema that every set needs is not there.
    #[error("{file}: there is no such file; copy the built-in one and change that")]
    Missing {
        /// Path below the folder.
        file: String,
    },
    /// The file or folder is there and cannot be read.
    #[error("{file}: cannot be read: {source}")]
    Unreadable {
        /// Path below the folder.
        file: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The text is no JSON.
    #[error("{file}: {why}")]
    NotJson {
        /// Path below the folder.
        file: String,
        /// What is wrong with the text, and where.
        why: String,
    },
    /// An object has a key twice.
    #[error("{file}: the key `{key}` stands twice in one object; remove one")]
    DuplicateKey {
        /// Path below the folder.
        file: String,
        /// The key.
        key: String,
    },
    /// `$id` or `$schema` is not what it must be.
    #[error("{file}: `{key}` must be \"{expected}\"")]
    WrongKeyword {
        /// Path below the folder.
        file: String,
        /// The keyword.
        key: &'static str,
        /// Its one allowed value.
        expected: String,
    },
    /// A `$ref` leads to no file of the folder.
    #[error("{file}: the `$ref` \"{reference}\" leads to no schema of this folder")]
    DanglingReference {
        /// Path below the folder.
        file: String,
        /// The `$ref` as it is written.
        reference: String,
    },
    /// It is JSON, but no JSON Schema.
    #[error("{file}: {why}, at `{pointer}`")]
    NotASchema {
        /// Path below the folder.
        file: String,
        /// JSON pointer into the file.
        pointer: String,
        /// What is wrong there.
        why: String,
    },
}
