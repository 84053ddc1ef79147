//! What outlives the server: a database in a file, and the thread that writes it.
//!
//! The state stays in memory and never waits for a disk. It tells its changes; a thread writes those of
//! many requests in one transaction, and what is said since a change waits until that is on disk. It
//! knows no sockets and no texts that go out. Start from [`Database`].

mod error;
mod journal;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod write;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::store::{Contents, MemoryStore};
use super::upload::File;

pub use error::DatabaseError;
pub(super) use journal::{Journal, OnDisk};
pub(super) use writer::Writer;

/// How long a server that is just ending may keep the file.
const YIELDS_WITHIN: Duration = Duration::from_secs(1);

/// An SQLite file that a server keeps its sessions, messages and uploads in. Nobody else can open it
/// meanwhile.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    contents: Contents,
    files: Vec<(Arc<str>, File)>,
    /// How many servers began with this file, this one included.
    starts: u64,
}

/// What a server begins with; by default nothing, and nothing is kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) store: MemoryStore,
    /// Uploads by path, the oldest first.
    pub(super) files: Vec<(Arc<str>, File)>,
    /// `None` in a server that keeps nothing.
    pub(super) journal: Option<Journal>,
}

impl Database {
    /// Opens a file, reads it whole, and keeps others out; makes the file where there is none. One that
    /// is not deskbell's is left as it is.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        // SQLite takes `:memory:` and the like for something else than a file's name.
        let path = std::path::absolute(path).map_err(DatabaseError::Path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(YIELDS_WITHIN)?;
        Self::prepare(connection)
    }

    fn prepare(connection: Connection) -> Result<Self, DatabaseError> {
        schema::prepare(&connection)?;
        let starts = write::count_start(&connection)?;
        let (contents, files) = (read::contents(&connection)?, read::files(&connection)?);
        Ok(Self { connection, contents, files, starts })
    }

    /// Another seed for each server that begins with this file, as the same one would make ids that were
    /// given before. The first one takes the seed as it is.
    pub(super) fn seed(&self, seed: u64) -> u64 {
        // An odd factor keeps the products apart (Knuth, TAOCP 3, section 6.4).
        seed ^ (self.starts - 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// Starts the thread that writes, and hands out what a server begins with. A lag is how long the
    /// thread lets changes lie, without anybody waiting for them: a defect.
    pub(super) fn begin(self, lag: Option<Duration>) -> Result<(Kept, Writer), DatabaseError> {
        let (writer, journal) = Writer::start(self.connection, lag)?;
        let store = MemoryStore::restore(self.contents);
        Ok((Kept { store, files: self.files, journal: Some(journal) }, writer))
    }
}
