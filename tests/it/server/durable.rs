//! `deskbell serve --db`: what it acknowledged outlives it, however it ends.

mod line;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::process::{Desk, Serving};

use line::{Line, http, message};

/// A database, and where servers of it run. It has a folder of its own, as it holds what no report may.
struct Kept {
    desk: Desk,
    folder: TempDir,
}

impl Kept {
    fn new() -> Self {
        Self { desk: Desk::new(), folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("chat.db")
    }

    /// A server with this database, at an address.
    fn serve(&self, address: &str, options: &[&str]) -> Serving {
        let path = self.path().display().to_string();
        Serving::start_at(&self.desk, address, &[&["--db", &path], options].concat())
    }

    /// Kills a server and starts the next one at the same address.
    fn restart(&self, serving: Serving, options: &[&str]) -> Serving {
        let address = serving.address();
        serving.kill();
        self.serve(&address, options)
    }
}

const ANYWHERE: &str = "127.0.0.1:0";

#[tokio::test]
async fn a_conversation_goes_on_after_a_kill_as_if_nothing_had_happened() {
    let kept = Kept::new();
    let mut serving = kept.serve(ANYWHERE, &["--seed", "7"]);
    let address = serving.address();
    let mut phone = Line::connect(&address, "phone").await;
    let (ended, session) = (phone.open().await, phone.open().await);
    phone.call("end-chat-with-concierge", json!({ "chatSessionId": ended })).await;
    phone.send(&session, "first \u{0}\u{1f469}\u{200d}\u{1f467}").await;
    let seen = phone.concierges().await;
    phone.send(&session, "second").await;
    phone.concierges().await;
    let body = json!({ "chatSessionId": session, "messageId": seen });
    phone.call("update-message-seen-at", body).await;
    let slip = phone.send(&session, "a slip").await["id"].clone();
    let reply: u64 = phone.concierges().await;
    let slip: u64 = slip.as_str().unwrap().parse().unwrap();
    let body = json!({ "chatSessionId": session, "messageId": slip });
    phone.call("delete-message", body).await;
    let before = phone.list(&session).await;
    let state = phone.call("get-chat-session", json!({ "chatSessionId": session })).await;
    for turn in 0..2 {
        serving = kept.restart(serving, &["--seed", "7"]);
        let mut tablet = Line::connect(&address, "tablet").await;
        assert_eq!(tablet.list(&session).await, before);
        assert_eq!(tablet.unread().await, "2");
        let body = json!({ "chatSessionId": session });
        let now = tablet.call("get-chat-session", body).await;
        assert_eq!(now["chatSession"], state["chatSession"], "turn {turn}");
        assert_ne!(now["connection"]["connectionId"], state["connection"]["connectionId"]);
        let closed = tablet.call("get-chat-session", json!({ "chatSessionId": ended })).await;
        assert_eq!(closed["chatSession"]["isSessionClosed"], true);
    }
    let mut tablet = Line::connect(&address, "tablet").await;
    tablet.resume(&session).await;
    let next = tablet.send(&session, "third").await["id"].clone();
    assert_eq!(next, (reply + 1).to_string());
    assert_eq!(tablet.concierges().await, reply + 2);
    let body = tablet.call("init-chat-with-concierge", json!({ "newSession": true })).await;
    assert_eq!(body["chatSession"]["id"], "3");
    assert!(![ended, session].contains(&body["chatSessionId"].as_str().unwrap().to_owned()));
    assert_eq!(body["connection"]["id"], "4");
}

#[tokio::test]
async fn an_id_is_never_given_twice_though_its_message_was_unsent() {
    let kept = Kept::new();
    let serving = kept.serve(ANYWHERE, &["--concierge", "off"]);
    let address = serving.address();
    let mut phone = Line::connect(&address, "phone").await;
    let session = phone.open().await;
    assert_eq!(phone.send(&session, "a slip").await["id"], "1");
    let body = json!({ "chatSessionId": session, "messageId": 1 });
    phone.call("delete-message", body).await;
    let _serving = kept.restart(serving, &["--concierge", "off"]);
    let mut phone = Line::connect(&address, "phone").await;
    assert!(phone.list(&session).await.is_empty());
    assert_eq!(phone.send(&session, "the next one").await["id"], "2");
}

#[tokio::test]
async fn files_and_grants_outlive_a_kill() {
    const MIME: &str = "image/png";
    let kept = Kept::new();
    let serving = kept.serve(ANYWHERE, &["--seed", "7"]);
    let address = serving.address();
    let call = json!({ "filename": "a.png", "mimeType": MIME, "type": "chat-images" }).to_string();
    let grant = async || {
        let target = ("POST", "/file-new/get-upload-url", "application/json");
        let (_, answer) = http(&address, target, call.clone()).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let text = |key| answer["data"]["uploadUrlData"][key].as_str().unwrap().to_owned();
        (text("uploadURL").replace(&format!("http://{address}"), ""), text("uploadPath"))
    };
    let (first, second) = (grant().await, grant().await);
    assert_eq!(http(&address, ("PUT", &first.0, MIME), "bytes").await.0, 200);
    let _serving = kept.restart(serving, &["--seed", "7"]);
    assert_eq!(http(&address, ("GET", &first.1, MIME), "").await, (200, "bytes".into()));
    assert_eq!(http(&address, ("PUT", &second.0, MIME), "more").await.0, 200);
    let third = grant().await;
    assert!(third.1 != first.1 && third.1 != second.1);
}

#[tokio::test]
async fn a_session_that_nobody_joined_is_joined_after_a_restart() {
    let kept = Kept::new();
    let serving = kept.serve(ANYWHERE, &["--join-after", "1h"]);
    let address = serving.address();
    let session = Line::connect(&address, "phone").await.open().await;
    let _serving = kept.restart(serving, &[]);
    let mut phone = Line::connect(&address, "phone").await;
    let joined = async {
        let body = json!({ "chatSessionId": session });
        while phone.call("get-chat-session", body.clone()).await["chatSession"]
            ["chatJoinedByEntityType"]
            .is_null()
        {}
    };
    tokio::time::timeout(crate::process::PATIENCE, joined).await.unwrap();
}

/// Sends without waiting, eight at a time, until the connection is gone; the texts that were
/// acknowledged.
async fn send_on(address: String, device: String, session: String) -> Vec<String> {
    const AT_ONCE: usize = 8;
    let mut line = Line::connect(&address, &device).await;
    line.resume(&session).await;
    for nth in 0..AT_ONCE {
        line.ask("send-message", &message(&session, &format!("{device} {nth}"))).await;
    }
    let mut acknowledged = Vec::new();
    while let Some(answer) = line.answer().await {
        acknowledged.push(answer["body"]["chatMessage"]["messageContent"].to_string());
        let text = format!("{device} {}", acknowledged.len() + AT_ONCE - 1);
        line.ask("send-message", &message(&session, &text)).await;
    }
    acknowledged
}

/// Kills a server while it is sent to, and tells whether the next one has lost what was acknowledged.
async fn loses_by_a_kill(options: &[&str]) -> bool {
    let kept = Kept::new();
    let serving = kept.serve(ANYWHERE, options);
    let address = serving.address();
    let mut phone = Line::connect(&address, "phone").await;
    let session = phone.open().await;
    let mut senders = JoinSet::new();
    for nth in 0..4 {
        senders.spawn(send_on(address.clone(), format!("device-{nth}"), session.clone()));
    }
    phone.resume(&session).await;
    while phone.list(&session).await.len() < 100 {}
    let _serving = kept.restart(serving, &["--concierge", "off"]);
    let acknowledged: Vec<_> = senders.join_all().await.into_iter().flatten().collect();
    assert!(!acknowledged.is_empty());
    let listed = Line::connect(&address, "tablet").await.list(&session).await;
    let texts: Vec<_> = listed.iter().map(|one| one["messageContent"].to_string()).collect();
    let unique: BTreeSet<_> = texts.iter().collect();
    assert_eq!(unique.len(), texts.len(), "twice");
    acknowledged.iter().any(|text| !unique.contains(text))
}

#[tokio::test]
async fn a_kill_under_load_loses_nothing_that_was_acknowledged() {
    for _ in 0..3 {
        assert!(!loses_by_a_kill(&["--concierge", "off"]).await);
    }
}

#[tokio::test]
async fn a_kill_shows_that_a_server_acknowledges_before_it_writes() {
    let options = ["--concierge", "off", "--defect", "acknowledged-before-written"];
    let mut turns = 0;
    // A machine that stands still for the lag may spare a turn.
    while !loses_by_a_kill(&options).await {
        turns += 1;
        assert!(turns < 20, "nothing is ever lost");
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_end_leaves_one_whole_file() {
    let kept = Kept::new();
    let serving = kept.serve(ANYWHERE, &["--concierge", "off"]);
    let mut phone = Line::connect(&serving.address(), "phone").await;
    let session = phone.open().await;
    phone.send(&session, "last words").await;
    serving.end();
    let names: Vec<_> = std::fs::read_dir(kept.folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let serving = kept.serve(ANYWHERE, &[]);
    let mut phone = Line::connect(&serving.address(), "phone").await;
    assert_eq!(phone.list(&session).await.len(), 1);
}

#[track_caller]
fn check_refused(kept: &Kept, code: i32, says: &str) {
    let path = kept.path().display().to_string();
    let ended = kept.desk.run(&["serve", "--listen", ANYWHERE, "--db", &path]);
    assert_eq!(ended.code, Some(code), "{}", ended.err);
    let expected = format!("error: failed to serve: --db {path}: {says}");
    assert!(ended.err.starts_with(&expected), "{}", ended.err);
    assert_eq!((ended.out.as_str(), ended.err.lines().count()), ("", 1), "{}", ended.err);
}

#[test]
fn a_file_that_cannot_be_used_is_told_in_one_line() {
    let kept = Kept::new();
    let serving = kept.serve(ANYWHERE, &[]);
    check_refused(&kept, 3, "it is in use by another server");
    serving.end();
    let set = |sql| rusqlite::Connection::open(kept.path()).unwrap().execute_batch(sql).unwrap();
    set("PRAGMA user_version = 2");
    check_refused(&kept, 2, "a newer deskbell wrote it (schema 2, and this one knows 1)");
    set("PRAGMA application_id = 2");
    check_refused(&kept, 2, "it is the database of another program");
    std::fs::write(kept.path(), "text".repeat(1000)).unwrap();
    check_refused(&kept, 2, "it is no SQLite database");
    std::fs::remove_file(kept.path()).unwrap();
    std::fs::create_dir(kept.path()).unwrap();
    check_refused(&kept, 3, "unable to open database file");
}

#[tokio::test]
async fn a_full_disk_ends_the_server_and_what_it_said_before_holds() {
    let kept = Kept::new();
    // Blocks of 512 bytes; the signal that would kill it comes as an error then.
    let mut server = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_deskbell"))
        .args(["serve", "--listen", ANYWHERE, "--concierge", "off", "--db"])
        .arg(kept.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    let mut out = BufReader::new(server.stdout.take().unwrap());
    out.read_line(&mut told).unwrap();
    let address = told.trim().trim_start_matches("listening on ws://").trim_end_matches("/uat");
    let mut phone = Line::connect(address, "phone").await;
    let session = phone.open().await;
    let (mut acknowledged, mut is_there) = (0, true);
    while is_there {
        phone.ask("send-message", &message(&session, &"4 KiB".repeat(800))).await;
        is_there = phone.answer().await.is_some();
        acknowledged += u64::from(is_there);
    }
    let ended = server.wait_with_output().unwrap();
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(3), "{err}");
    let expected = format!("error: failed to serve: --db {}: ", kept.path().display());
    assert!(err.starts_with(&expected) && err.lines().count() == 1, "{err}");
    let serving = kept.serve(ANYWHERE, &[]);
    let mut phone = Line::connect(&serving.address(), "phone").await;
    let listed = phone.list(&session).await.len() as u64;
    // The one that could not be acknowledged may be there, or not.
    assert!((acknowledged..=acknowledged + 1).contains(&listed), "{listed}, not {acknowledged}");
    assert!(acknowledged > 10, "{acknowledged}");
}
