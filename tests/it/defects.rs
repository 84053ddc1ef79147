//! The defects of the reference server: their catalogue against that of the clauses, their page,
//! and how those that are not JSON look on the wire.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use deskbell::conformance::{CATALOGUE, ClauseId};
use deskbell::protocol::TenantId;
use deskbell::server::{Config, DEFECTS, DEVELOPMENT_SECRET, Defect, Needs, mint, serve};
use futures_util::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::{Error, Message};

#[test]
fn every_clause_named_by_a_defect_is_in_the_catalogue() {
    for defect in DEFECTS {
        for id in defect.clauses.iter().chain(defect.related) {
            assert!(ClauseId::parse(id).is_some(), "{}: {id}", defect.name);
        }
    }
}

#[test]
fn every_clause_has_a_defect_that_it_must_catch() {
    let named: BTreeSet<_> = DEFECTS.iter().flat_map(|defect| defect.clauses).copied().collect();
    let bare = CATALOGUE.iter().map(|clause| clause.id.as_str()).filter(|id| !named.contains(id));
    assert_eq!(bare.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn the_page_of_defects_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/defects.md");
    let fresh = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &fresh).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(stored, fresh, "docs/defects.md is stale; UPDATE_GOLDEN=1 rewrites it");
}

fn page() -> String {
    let mut page = String::from(
        "# Deliberate defects\n\n\
         A tester has to be tested: `deskbell serve --defect NAME` gets one thing wrong, and at \
         least one of the\nclauses named here has to catch it. The option can be repeated, and \
         goes to the embedded server by\n`deskbell run --server-arg --defect=NAME`. `deskbell \
         defects` prints this table.\n\n\
         A defect marked with * shows only under load, or once in some hundred messages; one with \
         † only where a\nserver with `--db` is killed and started again, and the device goes on.\n\n\
         | defect | kind | caught by | what the server does |\n| --- | --- | --- | --- |\n",
    );
    for Defect { name, kind, clauses, title, needs, .. } in DEFECTS {
        let mark = match needs {
            Needs::Flow => "",
            Needs::Load => " *",
            Needs::Restart => " †",
        };
        let (kind, clauses) = (kind.as_str(), clauses.join(", "));
        writeln!(page, "| `{name}`{mark} | {kind} | {clauses} | {title} |").unwrap();
    }
    page
}

/// What a client gets in answer to six counts of the unread, until there is nothing more.
async fn heard(defect: &str) -> Vec<Result<Message, Error>> {
    let defects = vec![Defect::find(defect).unwrap()];
    let config = Config { defects, ..Config::default() };
    let secret = SecretString::from(DEVELOPMENT_SECRET);
    let token = mint(&secret, TenantId(34), Duration::from_secs(60), config.epoch_at_start);
    let (door, listener) = mpsc::channel(1);
    tokio::spawn(serve(listener, config, std::future::pending()));
    let (near, far) = tokio::io::duplex(64 * 1024);
    door.send(far).await.unwrap();
    let url = format!("ws://example.com/uat?Auth={}&deviceId=phone", token.expose_secret());
    let (mut phone, _) = client_async(url, near).await.unwrap();
    let data = json!({ "route": "client/get-unread-msg-count", "body": {} });
    let request = json!({ "action": "api", "data": data }).to_string();
    for _ in 0..6 {
        phone.send(Message::text(request.clone())).await.unwrap();
    }
    let mut heard = Vec::new();
    let silence = Duration::from_secs(60);
    while let Ok(Some(message)) = tokio::time::timeout(silence, phone.next()).await {
        heard.push(message);
    }
    heard
}

#[track_caller]
fn check(defect: &str, holds: fn(&[Result<Message, Error>]) -> bool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let heard = runtime.block_on(heard(defect));
    assert!(holds(&heard), "{defect}: {heard:?}");
}

#[test]
fn defects_of_framing_reach_the_wire() {
    // The acknowledgment comes first, so the fifth answer is the sixth message.
    check("frame-binary", |heard| matches!(heard[5], Ok(Message::Binary(_))) && heard.len() == 7);
    check("frame-invalid-utf8", |heard| matches!(heard[5], Err(Error::Utf8(_))));
    check("frame-cut-in-two", |heard| heard.len() == 8);
    check(
        "frame-byte-order-mark",
        |heard| matches!(&heard[5], Ok(Message::Text(text)) if text.starts_with('\u{feff}')),
    );
}

#[test]
fn defects_of_connections_reach_the_wire() {
    check("ack-never", |heard| heard.len() == 6);
    check("ack-twice", |heard| heard.len() == 8);
    check("reply-late", |heard| heard.len() == 7);
    check("reply-lost-1-in-200", |heard| heard.len() == 7);
    check("one-device-per-tenant", |heard| heard.len() == 7);
    check("connect-token-once", |heard| heard.len() == 7);
}
