//! `deskbell call`: a route is poked, and every frame is shown.

use crate::process::{Desk, Ended, Serving};

#[track_caller]
fn check_ended(ended: &Ended, code: i32, says: &[&str]) {
    let (out, err) = (&ended.out, &ended.err);
    assert_eq!(ended.code, Some(code), "{out}{err}");
    for part in says {
        assert!(format!("{out}{err}").contains(part), "does not say {part:?}:\n{out}{err}");
    }
    assert!(!err.contains("panicked"), "{err}");
}

#[track_caller]
fn check(args: &[&str], code: i32, says: &[&str]) {
    check_ended(&Desk::new().run(&[&["call"], args].concat()), code, says);
}

#[test]
fn a_call_shows_what_went_out_and_what_came_back() {
    let says = [
        "embedded reference server",
        "connected as deskbell-call-0",
        "<- acknowledgment",
        "-> client/init-chat-with-concierge",
        "<- 200 client/init-chat-with-concierge (",
        "-> client/ping-on-chat-session",
        "<- 200 client/ping-on-chat-session (",
        "\"email\": \"[masked]\"",
        "-> client/end-chat-with-concierge",
    ];
    check(&["--init", "ping", "--check"], 0, &says);
    check(&["init", "end", "--show-personal-data"], 0, &["@example.com"]);
    let send = r#"{"chatSessionId":"${session.id}","contentType":"TEXT","messageContent":"x"}"#;
    check(&["--init", "send", send, "--wait", "2s"], 0, &["<- event chat-message-"]);
}

#[test]
fn what_is_not_as_the_document_has_it_is_told_and_fails_where_it_is_asked_to() {
    check(&["client/nothing"], 0, &["<- 404 client/nothing"]);
    check(&["client/nothing", "--check"], 1, &["<- 404 client/nothing"]);
    let payload = "--server-arg=--event-key=body";
    check(&["--init", "--check", payload], 0, &["<- event"]);
    let defect = "--server-arg=--defect=unread-as-a-number";
    check(&["unread", defect], 0, &["does not fit: /body/unreadMsgCount: expected"]);
    check(&["unread", defect, "--check"], 1, &["does not fit"]);
}

#[test]
fn lines_of_stdin_are_called_one_after_another() {
    let lines = "init\n\nping\nmessages?page=1&limit=5\nend\n";
    let ended = Desk::new().run_told(&["call", "-", "--check"], lines);
    check_ended(
        &ended,
        0,
        &["<- 200 client/get-chat-messages?page=1&limit=5", "<- 200 client/end"],
    );
    let ended = Desk::new().run_told(&["call", "-"], "ping\nunread {\nunread\n");
    let says = ["there is no session", "line 1 column 1", "<- 200 client/get-unread-msg-count"];
    check_ended(&ended, 2, &says);
}

#[test]
fn a_wrong_call_is_told_before_anything_is_connected() {
    let target = ["--target", "ws://127.0.0.1:9/uat", "--token", "t"];
    let wrong = |calls: &[&str], says: &[&str]| check(&[calls, &target].concat(), 2, says);
    wrong(&["ping", r#"{"a" 1}"#], &["the JSON for client/ping-on-chat-session", "column 6"]);
    wrong(&["ping"], &["${session.id}", "--init"]);
    wrong(&["ping", r#"{"a":"${nothing}"}"#], &["`${nothing}`"]);
    wrong(&["two words"], &["neither a route nor JSON"]);
}

#[test]
fn an_endpoint_that_is_not_there_is_told() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = format!("ws://{closed}/uat");
    check(&["unread", "--target", &target, "--token", "t"], 3, &["cannot connect", &target]);
}

#[test]
fn a_token_is_not_shown_and_a_session_that_stays_open_is_told() {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out.trim().to_owned();
    let body = format!("{{\"echo\": \"{token}\"}}");
    let endpoint = ["--target", &serving.target, "--token", &token];
    let ended = desk.run(&[&["call", "init", "client/nothing", &body], &endpoint[..]].concat());
    check_ended(&ended, 0, &["[redacted]", "deskbell call end '{\"chatSessionId\": \""]);
    assert!(!ended.out.contains(&token), "{}", ended.out);
}

#[test]
fn the_help_shows_examples() {
    let ended = Desk::new().run(&["call", "--help"]);
    check_ended(&ended, 0, &["Examples:"]);
    assert!(ended.out.matches("  deskbell call ").count() >= 3, "{}", ended.out);
}
