//! Why a database cannot be used.

use std::io;

use rusqlite::ErrorCode;

use super::schema::VERSION;

/// Why a database cannot be opened, or written any more. The text says what to do, where that is known.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file is something else.
    #[error("it is no SQLite database; name another file")]
    NoDatabase,
    /// The file is a database, and not deskbell's.
    #[error("it is the database of another program; name another file")]
    Foreign,
    /// The file has a schema that this version does not know.
    #[error(
        "a newer deskbell wrote it (schema {found}, and this one knows {VERSION}); serve it with that \
         one, or name another file"
    )]
    Newer {
        /// Its schema.
        found: i64,
    },
    /// The file is locked.
    #[error("it is in use by another server, or open in another program; end that one first")]
    InUse,
    /// The file is broken, as SQLite sees it.
    #[error("it is damaged; put a copy of it in its place, or name another file")]
    Damaged,
    /// A row holds what no server writes.
    #[error("{table} {id} in it holds what no server writes; name another file")]
    Odd {
        /// What kind of row, such as `message`.
        table: &'static str,
        /// Its number.
        id: u64,
    },
    /// The name cannot be resolved.
    #[error("cannot tell where it is: {0}")]
    Path(#[source] io::Error),
    /// The thread that writes could not be started.
    #[error("cannot start the thread that writes it: {0}")]
    Thread(#[source] io::Error),
    /// The thread that writes has panicked, which is a bug.
    #[error("the thread that writes it has panicked")]
    Panicked,
    /// Whatever else SQLite or the disk say: full, an I/O error, no such folder.
    #[error("{0}")]
    Sqlite(#[source] rusqlite::Error),
}

impl DatabaseError {
    /// Whether another file has to be named, and this one can never be used.
    pub fn is_of_the_file(&self) -> bool {
        matches!(self, Self::NoDatabase | Self::Foreign | Self::Newer { .. })
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NoDatabase,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged,
            _ => Self::Sqlite(error),
        }
    }
}
