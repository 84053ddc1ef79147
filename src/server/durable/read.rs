//! Everything that is in a database, as values.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::protocol::{ContentType, MessageId, SessionId, TenantId};
use crate::server::EpochMillis;
use crate::server::store::{Contents, Draft, Message, Sender, Session};
use crate::server::upload::File;

use super::DatabaseError;

/// The sessions with their messages, and the counters.
pub(super) fn contents(database: &Connection) -> Result<Contents, DatabaseError> {
    let sessions = sessions(database)?;
    let counter = |sql| database.query_row(sql, [], |row| row.get(0)).optional();
    let last_message = counter("SELECT seq FROM sqlite_sequence WHERE name = 'message'")?;
    let last_connection = counter("SELECT connections FROM server")?;
    Ok(Contents {
        messages: messages(database, &sessions)?,
        sessions,
        last_message: last_message.map_or(0, i64::cast_unsigned),
        last_connection: last_connection.map_or(0, i64::cast_unsigned),
    })
}

/// The uploads by path, in the order in which they were first put.
pub(super) fn files(database: &Connection) -> Result<Vec<(Arc<str>, File)>, DatabaseError> {
    let mut statement =
        database.prepare("SELECT path, content_type, content FROM file ORDER BY no")?;
    let rows = statement.query_map([], |row| {
        let content: Vec<u8> = row.get(2)?;
        Ok((row.get(0)?, File { content_type: row.get(1)?, content: Bytes::from(content) }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn sessions(database: &Connection) -> Result<Vec<Session>, DatabaseError> {
    let mut statement = database.prepare(
        "SELECT no, id, tenant, initiator_pinged_at, joiner_pinged_at, is_closed FROM session \
         ORDER BY no",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Session {
            no: number(row, 0)?,
            id: SessionId::new(row.get::<_, Arc<str>>(1)?),
            tenant: TenantId(number(row, 2)?),
            initiator_pinged_at: EpochMillis(number(row, 3)?),
            joiner_pinged_at: instant(row, 4)?,
            is_closed: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn messages(database: &Connection, sessions: &[Session]) -> Result<Vec<Message>, DatabaseError> {
    let by_id: BTreeMap<_, _> = sessions.iter().map(|session| (&session.id, session)).collect();
    let mut statement = database.prepare(
        "SELECT id, session, is_of_tenant, content_type, content, metadata, sent_at, seen_at \
         FROM message ORDER BY id",
    )?;
    let (mut rows, mut messages) = (statement.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        let id = number(row, 0)?;
        let odd = || DatabaseError::Odd { table: "message", id };
        let session: String = row.get(1)?;
        let session = by_id.get(&SessionId::new(session)).ok_or_else(odd)?;
        let metadata: Option<String> = row.get(5)?;
        let metadata = metadata.map(|text| serde_json::from_str(&text).map(Arc::new));
        let draft = Draft {
            session: session.id.clone(),
            tenant: session.tenant,
            sender: if row.get(2)? { Sender::Tenant } else { Sender::Concierge },
            content_type: ContentType::parse(row.get_ref(3)?.as_str().map_err(|_| odd())?),
            content: row.get(4)?,
            metadata: metadata.transpose().map_err(|_| odd())?,
            sent_at: EpochMillis(number(row, 6)?),
        };
        messages.push(Message { id: MessageId(id), draft, seen_at: instant(row, 7)? });
    }
    Ok(messages)
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(i64::cast_unsigned)
}

fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<EpochMillis>> {
    let at: Option<i64> = row.get(column)?;
    Ok(at.map(|at| EpochMillis(at.cast_unsigned())))
}
