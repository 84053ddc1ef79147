//! Changes, as statements.

use rusqlite::{Connection, ToSql, params};

use crate::server::EpochMillis;
use crate::server::store::{Change, Message, Session};
use crate::server::upload::File;

/// Writes one change. It is there for good once the transaction around it is committed.
pub(super) fn change(database: &Connection, change: &Change) -> rusqlite::Result<()> {
    match change {
        Change::Connected(no) => {
            execute(database, "UPDATE server SET connections = ?1", params![no.cast_signed()])
        }
        Change::Session(session) => save_session(database, session),
        Change::Message(message) => save_message(database, message),
        Change::Removed(id) => {
            execute(database, "DELETE FROM message WHERE id = ?1", params![id.0.cast_signed()])
        }
        Change::FilePut { path, file } => put_file(database, path, file),
        Change::FileGone { path } => {
            execute(database, "DELETE FROM file WHERE path = ?1", params![path])
        }
    }
}

/// Counts that a server begins; how many have begun now.
pub(super) fn count_start(database: &Connection) -> rusqlite::Result<u64> {
    let count = "UPDATE server SET starts = starts + 1 RETURNING starts";
    database.query_row(count, [], |row| row.get(0)).map(i64::cast_unsigned)
}

fn save_session(database: &Connection, session: &Session) -> rusqlite::Result<()> {
    execute(
        database,
        "INSERT INTO session VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (no) DO UPDATE SET \
         initiator_pinged_at = ?4, joiner_pinged_at = ?5, is_closed = ?6",
        params![
            session.no.cast_signed(),
            session.id.as_str(),
            session.tenant.0.cast_signed(),
            millis(session.initiator_pinged_at),
            session.joiner_pinged_at.map(millis),
            session.is_closed,
        ],
    )
}

/// Of a message that is there already only `seen_at` can have changed.
fn save_message(database: &Connection, message: &Message) -> rusqlite::Result<()> {
    let draft = &message.draft;
    let metadata = draft.metadata.as_deref().map(|object| {
        serde_json::to_string(object).expect("a map with texts for keys is always written")
    });
    execute(
        database,
        "INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET \
         seen_at = ?8",
        params![
            message.id.0.cast_signed(),
            draft.session.as_str(),
            message.is_of_tenant(),
            draft.content_type.as_str(),
            draft.content,
            metadata,
            millis(draft.sent_at),
            message.seen_at.map(millis),
        ],
    )
}

/// One that was put before keeps its place among the others.
fn put_file(database: &Connection, path: &str, file: &File) -> rusqlite::Result<()> {
    execute(
        database,
        "INSERT INTO file (path, content_type, content) VALUES (?1, ?2, ?3) ON CONFLICT (path) DO \
         UPDATE SET content_type = ?2, content = ?3",
        params![path, file.content_type, &*file.content],
    )
}

fn execute(database: &Connection, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
    database.prepare_cached(sql)?.execute(values).map(drop)
}

fn millis(at: EpochMillis) -> i64 {
    at.0.cast_signed()
}
