//! Every defect, on a scripted stage: the same conversation with a faithful server and with each
//! defective one must not be the same.

mod stage;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::protocol::{TenantId, UploadRequest};
use crate::server::TokenError;
use crate::server::state::{Input, SocketNo};
use crate::server::upload::File;

use super::active::Defects;
use super::hook::{Hook, Knock};
use super::turn::Told;
use super::{DEFECTS, Defect, Needs};

use stage::Stage;

const PHONE: SocketNo = SocketNo(1);
const TABLET: SocketNo = SocketNo(2);
const STRANGER: SocketNo = SocketNo(3);

/// Everything that a client may do, provoking each defect at least once.
fn converse(stage: &mut Stage) {
    stage.connect(PHONE, 34, "phone-0001");
    stage.connect(TABLET, 34, "tablet-0002");
    stage.connect(STRANGER, 35, "stranger-0003");
    stage.connect(SocketNo(4), 34, "idle-0004");
    let session = stage.open(PHONE);
    stage.call(PHONE, "get-unread-msg-count", json!({}));
    let resume = json!({ "newSession": false, "chatSessionId": session });
    stage.call(TABLET, "init-chat-with-concierge", resume.clone());
    stage.pass(Duration::from_millis(50));
    let own = talk(stage, &session);
    look_back(stage, &session);
    mark_and_unsend(stage, &session, own);
    trespass(stage, &session, own);
    err(stage, &session);
    stage.take_in(Input::Disconnect { socket: TABLET });
    stage.connect(SocketNo(5), 34, "tablet-0002");
    stage.call(SocketNo(5), "init-chat-with-concierge", resume);
    look_back(stage, &session);
    for _ in 0..3 {
        stage.pass(Duration::from_secs(15));
        stage.call(PHONE, "ping-on-chat-session", json!({ "chatSessionId": session }));
    }
    for _ in 0..2 {
        end(stage, &session);
    }
    let next = stage.open(PHONE);
    stage.send(PHONE, &next, &"\u{0e01}".repeat(3000), "TEXT");
    end(stage, &next);
}

fn talk(stage: &mut Stage, session: &Value) -> u64 {
    let mut own = 0;
    for (text, kind) in [
        (" blanks & \"quotes\" 'n <tags>\r\nand\nlines ", "TEXT"),
        ("e\u{301} \u{e9} \u{1f469}\u{200d}\u{1f467} \u{5e9}\u{5dc}", "TEXT"),
        ("\u{0e01}\u{0e48}\u{0e32}", "TEXT"),
        ("http://example.com/a.png", "IMAGE"),
        ("http://example.com/a.txt", "FILE"),
        ("film", "VIDEO"),
        ("hello", "TEXT"),
    ] {
        own = stage.send(PHONE, session, text, kind);
        stage.send(TABLET, session, "and I", "TEXT");
        stage.pass(Duration::from_millis(20));
    }
    stage.pass(Duration::from_millis(200));
    own
}

fn look_back(stage: &mut Stage, session: &Value) {
    let body = json!({ "chatSessionId": session });
    for query in ["page=1&limit=2", "page=2&limit=2", "page=1&limit=50", "page=2&limit=50"] {
        stage.call(PHONE, &format!("get-chat-messages?{query}"), body.clone());
    }
    for socket in [PHONE, SocketNo(5)] {
        stage.call(socket, "get-chat-session", body.clone());
        stage.call(socket, "get-chat-messages?page=1&limit=50", body.clone());
        stage.call(socket, "get-unread-msg-count", json!({}));
    }
    stage.call(PHONE, "ping-on-chat-session", body);
}

fn mark_and_unsend(stage: &mut Stage, session: &Value, own: u64) {
    let theirs = stage.concierges;
    let other = stage.open(PHONE);
    stage.send(PHONE, &other, "elsewhere", "TEXT");
    for (session, id) in [(&other, theirs), (session, theirs), (session, own)] {
        let body = json!({ "chatSessionId": session, "messageId": id });
        stage.call(PHONE, "update-message-seen-at", body);
        stage.call(PHONE, "get-unread-msg-count", json!({}));
    }
    let mine = stage.send(PHONE, session, "a slip", "TEXT");
    for (session, id) in [(&other, mine), (session, mine), (session, mine), (session, theirs)] {
        stage.call(PHONE, "delete-message", json!({ "chatSessionId": session, "messageId": id }));
    }
    stage.call(PHONE, "get-chat-messages?page=1&limit=50", json!({ "chatSessionId": session }));
}

fn trespass(stage: &mut Stage, session: &Value, own: u64) {
    stage.open(STRANGER);
    for (route, id) in [
        ("init-chat-with-concierge", 0),
        ("get-chat-session", 0),
        ("get-chat-messages", 0),
        ("ping-on-chat-session", 0),
        ("send-message", 0),
        ("update-message-seen-at", stage.concierges),
        ("delete-message", own),
    ] {
        let body = json!({
            "chatSessionId": session, "newSession": false, "messageId": id, "contentType": "TEXT",
            "messageContent": "let me in",
        });
        stage.call(STRANGER, route, body);
    }
    let passing = stage.open(PHONE);
    stage.call(STRANGER, "end-chat-with-concierge", json!({ "chatSessionId": passing }));
}

fn err(stage: &mut Stage, session: &Value) {
    let unknown = json!({ "chatSessionId": "00000000-0000-4000-8000-000000000000" });
    for route in ["get-chat-session", "ping-on-chat-session", "get-chat-messages?page=1&limit=2"] {
        stage.call(PHONE, route, unknown.clone());
    }
    stage.call(PHONE, "no-such-route", json!({}));
    stage.call(PHONE, "init-chat-with-concierge", json!({ "newSession": "yes" }));
    stage.call(PHONE, "send-message", json!({ "chatSessionId": session, "contentType": "TEXT" }));
    stage.text(PHONE, r#"{"action":"api","data":{"route":"client/get-chat-session"}}"#);
    stage.text(
        PHONE,
        r#"{"action":"dance","data":{"route":"client/get-unread-msg-count","body":{}}}"#,
    );
    stage.text(PHONE, "not json");
    stage.call(PHONE, "get-unread-msg-count", json!({}));
}

fn end(stage: &mut Stage, session: &Value) {
    let body = json!({ "chatSessionId": session });
    for route in [
        "end-chat-with-concierge",
        "get-chat-session",
        "end-chat-with-concierge",
        "ping-on-chat-session",
    ] {
        stage.call(PHONE, route, body.clone());
    }
    let resume = json!({ "newSession": false, "chatSessionId": session });
    stage.call(PHONE, "init-chat-with-concierge", resume);
    stage.send(PHONE, session, "too late", "TEXT");
}

fn told(defects: &[&'static Defect]) -> Vec<Told> {
    let mut stage = Stage::new(defects);
    converse(&mut stage);
    if defects.iter().any(|defect| defect.needs == Needs::Load) {
        crowd(&mut stage);
    }
    stage.told
}

/// Hundreds of requests in one instant.
fn crowd(stage: &mut Stage) {
    let (first, _) = (stage.open(PHONE), stage.open(TABLET));
    for turn in 0..210 {
        stage.send(PHONE, &first, &format!("message {turn}"), "TEXT");
    }
}

/// Whether it changes what is told of whoever knocks, or of an upload.
fn shows_beside_the_socket(defect: &'static Defect) -> bool {
    let mut defects = Defects(vec![(defect, super::notes::Notes::default())]);
    let claims = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIzNCIsImV4cCI6OTl9.x";
    let tenant = TenantId(34);
    let knocks = [
        (Some("a"), Some(Ok(tenant)), Some("d")),
        (Some("a"), Some(Ok(tenant)), Some("d")),
        (Some("a"), Some(Ok(tenant)), Some("d")),
        (Some("a"), Some(Ok(tenant)), None),
        (None, None, Some("d")),
        (Some(claims), Some(Err(TokenError::Invalid)), Some("d")),
        (Some(claims), Some(Err(TokenError::Expired)), Some("d")),
    ];
    let is_let_in = knocks.into_iter().any(|(token, verified, device_id)| {
        defects.answer_door(&Knock { token, verified, device_id }).is_some()
    });
    let request = UploadRequest {
        filename: "My Room 1.PNG".into(),
        mime_type: "image/png".into(),
        kind: "chat-images".into(),
    };
    let path = "/chat-images/4482e256-da14-47cc-b119-9575bbb3b6d3.PNG";
    let url = format!("http://example.com{path}");
    let grant = json!({
        "uploadURL": format!("{url}?Signature=abcdef"), "fileName": request.filename,
        "uploadPath": path, "resourceUrl": url,
    });
    let mut changed = grant.clone();
    defects.change_grant(&request, &mut changed);
    let whole = File { content_type: "image/png".into(), content: vec![0xff; 100].into() };
    let mut file = whole.clone();
    let status = defects.change_file(&mut file);
    is_let_in || changed != grant || file != whole || status.is_some()
}

#[test]
fn every_defect_shows() {
    let faithful = told(&[]);
    let mut stage = Stage::new(&[]);
    converse(&mut stage);
    crowd(&mut stage);
    let crowded = stage.told;
    // The state of a server tells the same, whenever it is written.
    let told_apart = DEFECTS.iter().filter(|defect| defect.needs != Needs::Restart);
    let silent = told_apart.filter(|defect| {
        let expected = if defect.needs == Needs::Load { &crowded } else { &faithful };
        told(&[*defect]) == *expected && !shows_beside_the_socket(defect)
    });
    assert_eq!(silent.map(|defect| defect.name).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn defects_together_are_as_well_behaved() {
    for pair in DEFECTS.chunks(8) {
        told(&pair.iter().collect::<Vec<_>>());
    }
    let all: Vec<_> = DEFECTS.iter().collect();
    told(&all);
    told(&all.into_iter().rev().collect::<Vec<_>>());
}

#[test]
fn the_same_defect_does_the_same_again() {
    for defect in DEFECTS.iter().step_by(10) {
        assert_eq!(told(&[defect]), told(&[defect]), "{}", defect.name);
    }
}

#[test]
fn names_are_unique_and_in_kebab_case() {
    let names: BTreeSet<_> = DEFECTS.iter().map(|defect| defect.name).collect();
    assert_eq!(names.len(), DEFECTS.len());
    assert!(DEFECTS.len() >= 90, "{}", DEFECTS.len());
    for defect in DEFECTS {
        let is_kebab = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
        assert!(defect.name.chars().all(is_kebab), "{}", defect.name);
        assert!(defect.title.ends_with('.'), "{}", defect.title);
        assert!(!defect.clauses.is_empty() && !defect.hooks.is_empty(), "{}", defect.name);
        assert!(!defect.related.iter().any(|id| defect.clauses.contains(id)), "{}", defect.name);
    }
}

#[test]
fn a_defect_that_waits_for_a_crowd_says_so() {
    for defect in DEFECTS {
        let is_load = defect.kind == super::Kind::LoadOnly;
        assert_eq!(defect.needs == Needs::Load, is_load, "{}", defect.name);
        assert!(!matches!(defect.hooks, [Hook::PutStatus(200)]), "{}", defect.name);
    }
}
