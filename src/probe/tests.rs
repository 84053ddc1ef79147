//! What is made of a few observations, each the smallest that shows a habit.

use std::time::Duration;

use crate::conformance::{ClauseId, Finding};
use crate::protocol::{
    ConnectionNo, ContentType, DeviceNo, Ending, Form, Frame, Json, MetadataKey, Request,
    RequestNo, Role, SessionId, TokenKind,
};

use super::*;

/// When the runs of these tests begin.
const EPOCH: Duration = Duration::from_secs(1_700_000_000);

/// Something on the phone's connection, so many milliseconds after the start.
fn at(ms: u64, what: What) -> Heard {
    let (device, connection) = (DeviceNo(0), ConnectionNo(0));
    Heard { device, connection, at: Duration::from_millis(ms), what }
}

fn opened(ms: u64) -> Heard {
    at(ms, What::Opened { token: TokenKind::Valid, device_id: Some("phone".into()) })
}

fn sent(ms: u64, no: u64, request: Request) -> Heard {
    at(ms, What::Sent { no: RequestNo(no), request, form: Form::Request })
}

fn came(ms: u64, role: Role, text: &str) -> Heard {
    at(ms, What::Received { frame: Frame::from_text(text), role })
}

fn answered(ms: u64, no: u64, text: &str) -> Heard {
    came(ms, Role::Answer(RequestNo(no)), text)
}

/// A message that is sent with metadata under a key.
fn send(key: MetadataKey) -> Request {
    let metadata = Json::object([("topic", "probe".into())]);
    let session = SessionId::new("s");
    Request::send(&session, &ContentType::Text, "hello", Some((key, metadata)))
}

/// The row of a silence: its outcome, a part of what is told, and the setting that follows.
#[track_caller]
fn check(heard: &[Heard], id: &str, outcome: Outcome, part: &str, setting: Option<(&str, &str)>) {
    let rows = read(heard, EPOCH, &[]);
    let row = rows.iter().find(|row| row.id == id).expect("there is such a silence");
    assert_eq!(row.outcome, outcome, "{row:?}");
    assert!(row.observed.contains(part), "{row:?}");
    let told = row.setting.as_ref().map(|setting| (setting.key, setting.value.as_str()));
    assert_eq!(told, setting, "{row:?}");
}

const ACK: &str = r#"{"channel":"hello\u001b[2J","status":200}"#;

#[test]
fn nothing_heard_settles_nothing() {
    for row in read(&[], EPOCH, &[]) {
        assert!(row.setting.is_none(), "{row:?}");
        let is_untold = matches!(row.outcome, Outcome::NotSeen | Outcome::NotTried);
        assert!(is_untold || row.id == "absent-values", "{row:?}");
    }
}

#[test]
fn an_acknowledgment_is_told_by_its_shape_and_its_delay() {
    let id = "acknowledgment";
    check(&[opened(0)], id, Outcome::Differs, "none came", Some(("ack", "never")));
    let prompt = [opened(0), came(7, Role::Acknowledgment, ACK)];
    let shape =
        "1 of 1 connections, within 7 ms: {channel: text, status: number}, channel hello??2J";
    check(&prompt, id, Outcome::Agrees, shape, Some(("ack", "expect")));
    let slow = [opened(0), came(4000, Role::Acknowledgment, ACK)];
    check(&slow, id, Outcome::Agrees, "within 4000 ms", Some(("ack_timeout", "13s")));
}

#[test]
fn a_clock_that_is_off_makes_the_tolerance_larger() {
    let acked = |offset_ms: i64| {
        let sent_at = 1_700_000_001_050 + offset_ms;
        let text = format!(
            r#"{{"channel":"client/send-message","status":200,"body":{{"chatMessage":{{"sentAt":"{sent_at}"}}}}}}"#
        );
        [sent(1000, 0, send(MetadataKey::Metdata)), answered(1100, 0, &text)]
    };
    check(&acked(0), "clock", Outcome::Agrees, "0 ms ahead of ours, give or take 50 ms", None);
    let late = Some(("clock_tolerance", "120s"));
    check(&acked(-90_000), "clock", Outcome::Differs, "90000 ms behind ours", late);
    let nearly = Some(("clock_tolerance", "50s"));
    check(&acked(20_000), "clock", Outcome::Agrees, "20000 ms ahead", nearly);
}

#[test]
fn metadata_is_sent_under_the_key_that_comes_back() {
    let none = r#"{"channel":"client/send-message","status":200,"body":{"chatMessage":{"metadata":null}}}"#;
    let back = none.replace("null", r#"{"topic":"probe"}"#);
    let id = "metadata-key";
    let both = |first: &str, second: &str| {
        [
            sent(0, 0, send(MetadataKey::Metdata)),
            answered(1, 0, first),
            sent(2, 1, send(MetadataKey::Metadata)),
            answered(3, 1, second),
        ]
    };
    let metadata = Some(("metadata_key", "metadata"));
    check(&both(none, &back), id, Outcome::Differs, "sent as metdata, not back", metadata);
    let metdata = Some(("metadata_key", "metdata"));
    check(&both(&back, none), id, Outcome::Agrees, "sent as metdata, back as metadata", metdata);
}

#[test]
fn events_are_read_under_either_key_and_without_one() {
    let event = |key: &str| {
        let text =
            format!(r#"{{"channel":"chat-message-s","{key}":{{"chatMessage":{{"id":"1"}}}}}}"#);
        [came(0, Role::Event, &text)]
    };
    check(&event("body"), "event-frames", Outcome::Agrees, "`body` (1 events)", None);
    let bare = "`neither` (1 events): {channel: text, message: {chatMessage: {...}}}";
    check(&event("message"), "event-frames", Outcome::Differs, bare, None);
}

#[test]
fn a_close_in_answer_to_no_json_is_told_with_its_code() {
    let bad = |ms| {
        let request = Request::read("not json");
        at(ms, What::Sent { no: RequestNo(0), request, form: Form::NotJson })
    };
    let closed = [
        opened(0),
        bad(1),
        at(2, What::CutOff(RequestNo(0))),
        at(2, What::Closed(Ending::ByServer(Some(1007)))),
    ];
    let told = "text that is no JSON is answered with a close with code 1007";
    check(&closed, "close-codes", Outcome::Agrees, told, None);
    check(&closed, "errors", Outcome::Differs, "a close: no JSON", None);
    let silent = [opened(0), bad(1), at(2, What::Expired(RequestNo(0)))];
    check(&silent, "errors", Outcome::Differs, "no answer: no JSON", None);
}

#[test]
fn no_word_of_a_server_reaches_the_rows() {
    let text = r#"{"channel":"client/send-message","status":200,"body":{"chatMessage":{"id":"no-secret","sentAt":"no-secret","contentType":"x"}}}"#;
    let heard = [
        sent(0, 0, send(MetadataKey::Metdata)),
        answered(1, 0, text),
        came(2, Role::Acknowledgment, r#"{"message":"no-secret"}"#),
    ];
    for row in read(&heard, EPOCH, &[]) {
        assert!(!row.observed.contains("no-secret"), "{row:?}");
    }
}

/// What a finding of a clause is put down to, where some silences are read otherwise.
#[track_caller]
fn put_down(clause: ClauseId, differing: &[&'static str], expected: Cause) {
    let finding = Finding {
        is_plain: true,
        clause,
        at: Duration::ZERO,
        device: Some(DeviceNo(0)),
        session: None,
        route: None,
        event: None,
        message: String::new(),
        expected: String::new(),
        actual: String::new(),
        pointer: String::new(),
        frame: None,
    };
    let row = |mut row: Observed| {
        let outcome = if differing.contains(&row.id) { Outcome::Differs } else { Outcome::Agrees };
        row.outcome = outcome;
        row
    };
    let rows: Vec<_> = read(&[], EPOCH, &[]).into_iter().map(row).collect();
    assert_eq!(cause(&finding, &rows), expected, "{clause}");
}

#[test]
fn a_must_is_lived_with_only_where_its_silence_is_read_otherwise() {
    put_down(ClauseId::Env4, &["errors"], Cause::Reading);
    put_down(ClauseId::Env4, &[], Cause::Defect);
    put_down(ClauseId::Send1, &["errors"], Cause::Defect);
    put_down(ClauseId::Send8, &[], Cause::Reading);
    put_down(ClauseId::Env9, &[], Cause::Settled);
    put_down(ClauseId::Iso1, &["errors", "who-gets-events"], Cause::Defect);
}
