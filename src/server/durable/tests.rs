//! Files that cannot be used, and what the thread that writes leaves behind, however it ends.

mod round_trip;

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::protocol::{ContentType, SessionId, TenantId};
use crate::server::EpochMillis;
use crate::server::store::{Change, Draft, Sender, Store};

use super::*;

/// A file of this content cannot be used, and is left as it is.
#[track_caller]
fn check_refused(make: impl FnOnce(&Path), holds: fn(&DatabaseError) -> bool, says: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    make(&path);
    let before = fs::read(&path).ok();
    let error = Database::open(&path).unwrap_err();
    assert!(holds(&error), "{error:?}");
    assert!(error.to_string().contains(says), "{error}");
    assert_eq!(fs::read(&path).ok(), before);
}

fn execute(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_file_that_is_no_database_of_ours_is_refused_and_left_alone() {
    let is_of_the_file = DatabaseError::is_of_the_file;
    let text = |path: &Path| fs::write(path, "not a database, and long enough".repeat(99)).unwrap();
    check_refused(text, is_of_the_file, "no SQLite database");
    let foreign = |path: &Path| execute(path, "CREATE TABLE person (name TEXT)");
    check_refused(foreign, is_of_the_file, "the database of another program");
    let other = |path: &Path| execute(path, "PRAGMA application_id = 7; CREATE TABLE session (no)");
    check_refused(other, is_of_the_file, "the database of another program");
}

#[test]
fn a_newer_schema_is_refused_by_its_number() {
    let newer = |path: &Path| {
        drop(Database::open(path).unwrap());
        execute(path, "PRAGMA user_version = 2");
    };
    check_refused(newer, |error| error.is_of_the_file(), "a newer deskbell wrote it (schema 2,");
}

#[test]
fn a_file_that_cannot_be_opened_is_no_fault_of_its_own() {
    let folder = |path: &Path| fs::create_dir(path).unwrap();
    check_refused(folder, |error| !error.is_of_the_file(), "unable to open database file");
    let path = tempfile::tempdir().unwrap().path().join("gone/chat.db");
    assert!(!Database::open(&path).unwrap_err().is_of_the_file());
}

#[test]
fn a_row_that_no_server_writes_is_told() {
    let odd = |path: &Path| {
        drop(Database::open(path).unwrap());
        execute(path, "INSERT INTO message VALUES (7, 'nowhere', 1, 'TEXT', '', NULL, 0, NULL)");
    };
    let is_odd = |error: &DatabaseError| matches!(error, DatabaseError::Odd { id: 7, .. });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    odd(&path);
    let error = Database::open(&path).unwrap_err();
    assert!(is_odd(&error), "{error:?}");
}

#[test]
fn a_second_server_is_kept_out_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    let first = Database::open(&path).unwrap();
    assert!(matches!(Database::open(&path), Err(DatabaseError::InUse)));
    drop(first);
    Database::open(&path).unwrap();
}

#[test]
fn each_server_that_begins_has_a_seed_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let seed = || Database::open(&folder.path().join("chat.db")).unwrap().seed(7);
    let seeds = [seed(), seed(), seed()];
    assert_eq!(seeds[0], 7);
    assert!(seeds[1] != seeds[0] && seeds[2] != seeds[0] && seeds[2] != seeds[1]);
}

/// A session, and so many messages in it, a batch each.
fn batches(messages: u64) -> Vec<Vec<Change>> {
    let mut store = MemoryStore::restore(Contents::default());
    let session = store.add_session(SessionId::new("s"), TenantId(34), EpochMillis(0));
    let mut batches = vec![store.take_changes()];
    for nth in 0..messages {
        store.add_message(Draft {
            session: session.id.clone(),
            tenant: session.tenant,
            sender: Sender::Tenant,
            content_type: ContentType::Text,
            content: "twenty bytes or more".repeat(20).into(),
            metadata: None,
            sent_at: EpochMillis(nth),
        });
        batches.push(store.take_changes());
    }
    batches
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A database as a kill leaves it, with its log cut or lengthened; how many messages are there.
fn messages_after_a_kill(from: &Path, harm: impl FnOnce(&mut Vec<u8>)) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("chat.db");
    fs::copy(from, &to).unwrap();
    let mut log = fs::read(log_of(from)).unwrap();
    harm(&mut log);
    fs::write(log_of(&to), log).unwrap();
    let contents = Database::open(&to).unwrap().contents;
    let ids: Vec<_> = contents.messages.iter().map(|message| message.id.0).collect();
    assert!(ids.iter().copied().eq(1..=ids.len() as u64), "with a hole: {ids:?}");
    ids.len()
}

fn log_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

#[test]
fn what_was_waited_for_outlives_a_kill_and_a_torn_log_costs_only_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    block_on(async {
        let (kept, mut writer) = Database::open(&path).unwrap().begin(None).unwrap();
        let mut journal = kept.journal.unwrap();
        for batch in batches(50) {
            journal.write(batch);
            if let Some(mut on_disk) = journal.outstanding() {
                on_disk.reached().await;
            }
        }
        assert_eq!(messages_after_a_kill(&path, |_| {}), 50);
        assert_eq!(messages_after_a_kill(&path, |log| log.extend([7; 5000])), 50);
        let whole = fs::metadata(log_of(&path)).unwrap().len() as usize;
        let mut fewest = 50;
        for cut in (0..whole).step_by(4099) {
            let left = messages_after_a_kill(&path, |log| log.truncate(whole - cut));
            assert!(left <= fewest, "{left} after a cut of {cut}");
            fewest = left;
        }
        assert_eq!(fewest, 0);
        writer.end();
        writer.ended().await.unwrap();
    });
}

#[test]
fn a_writer_that_is_told_to_end_writes_what_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    block_on(async {
        let (kept, mut writer) = Database::open(&path).unwrap().begin(None).unwrap();
        let mut journal = kept.journal.unwrap();
        batches(500).into_iter().for_each(|batch| journal.write(batch));
        writer.end();
        writer.ended().await.unwrap();
        assert!(journal.outstanding().is_none());
    });
    assert_eq!(Database::open(&path).unwrap().contents.messages.len(), 500);
}

#[test]
fn a_full_disk_ends_the_writer_and_nothing_that_waits_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("chat.db")).unwrap();
    database.connection.pragma_update(None, "max_page_count", 30).unwrap();
    block_on(async {
        let (kept, mut writer) = database.begin(None).unwrap();
        let mut journal = kept.journal.unwrap();
        batches(1000).into_iter().for_each(|batch| journal.write(batch));
        let error = writer.ended().await.unwrap_err();
        assert_eq!(error.to_string(), "database or disk is full");
        let mut on_disk = journal.outstanding().unwrap();
        let told = tokio::time::timeout(Duration::from_millis(20), on_disk.reached()).await;
        assert!(told.is_err());
    });
}

#[test]
fn a_writer_that_lags_is_waited_for_by_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("chat.db")).unwrap();
    block_on(async {
        let (kept, mut writer) = database.begin(Some(Duration::from_millis(20))).unwrap();
        let mut journal = kept.journal.unwrap();
        batches(1).into_iter().for_each(|batch| journal.write(batch));
        assert!(journal.outstanding().is_none());
        writer.end();
        writer.ended().await.unwrap();
    });
}
