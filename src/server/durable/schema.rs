//! The tables, and how a file is told to be deskbell's.

use rusqlite::Connection;

use super::DatabaseError;

/// The schema that this version writes, in `user_version`. Whoever changes a table counts it up, and
/// says here how the one before becomes the new one.
pub(super) const VERSION: i64 = 1;

/// `desk`, in `application_id`: tells our files from those of other programs.
const APPLICATION: i64 = 0x6465_736b;

/// Numbers beyond 2^63 stand as their two's complement. `AUTOINCREMENT` keeps the greatest id that a
/// message ever had, so that none is given twice.
const TABLES: &str = "
    CREATE TABLE server (starts INTEGER NOT NULL, connections INTEGER NOT NULL) STRICT;
    INSERT INTO server VALUES (0, 0);
    CREATE TABLE session (
        no INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        tenant INTEGER NOT NULL,
        initiator_pinged_at INTEGER NOT NULL,
        joiner_pinged_at INTEGER,
        is_closed INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE message (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session TEXT NOT NULL,
        is_of_tenant INTEGER NOT NULL,
        content_type TEXT NOT NULL,
        content TEXT NOT NULL,
        metadata TEXT,
        sent_at INTEGER NOT NULL,
        seen_at INTEGER
    ) STRICT;
    CREATE TABLE file (
        no INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        content_type TEXT NOT NULL,
        content BLOB NOT NULL
    ) STRICT;
";

/// Locks a database, checks that it is ours, and makes the tables of a new one.
pub(super) fn prepare(database: &Connection) -> Result<(), DatabaseError> {
    // Once taken, the lock is kept until the connection is closed or the process gone.
    database.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    database.execute_batch("BEGIN EXCLUSIVE")?;
    let is_new = is_new(database);
    database.execute_batch("COMMIT")?;
    let is_new = is_new?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    // A commit is on disk when it returns.
    database.pragma_update(None, "synchronous", "FULL")?;
    if is_new {
        let transaction = database.unchecked_transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Whether there is nothing in it yet; otherwise it is ours, and of our schema.
fn is_new(database: &Connection) -> Result<bool, DatabaseError> {
    let number = |name| database.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, found) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, found) {
        (0, 0) if tables == 0 => Ok(true),
        (APPLICATION, VERSION) => Ok(false),
        (APPLICATION, found) if found > VERSION => Err(DatabaseError::Newer { found }),
        _ => Err(DatabaseError::Foreign),
    }
}
