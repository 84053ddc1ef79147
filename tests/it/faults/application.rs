//! A service that refuses, forgets, repeats itself, or speaks to the wrong one.

use std::time::Duration;

use serde_json::{Value, json};

use super::fault::{At, Fault, Move};
use super::flows;
use super::said::{Said, text};

const SEND: At = At::Frame("client/send-message");
const UNREAD: At = At::Frame("client/get-unread-msg-count");
const MESSAGE: At = At::Frame("chat-message-");

/// A session that nobody opened.
const STRANGE: &str = "00000000-0000-4000-8000-000000000000";

pub(super) fn faults() -> Vec<Fault> {
    [refusals(), answers(), events()].concat()
}

fn refusals() -> Vec<Fault> {
    let fault = |route: &'static str, step: &str, status: u16, clauses: &[&'static str]| {
        let is_told = if clauses.is_empty() { "done, announced, and " } else { "" };
        Fault::new(
            format!("refuses-{step}"),
            format!("`{route}` is {is_told}answered with status {status}."),
        )
        .plays(flows::ROUTES)
        .does(At::Frame(route), move |said| {
            vec![said.changed(|json| {
                json["status"] = json!(status);
                json["body"] = json!({ "message": "no" });
            })]
        })
        .counts(&[&format!("application/status_{status}")])
        .finds(clauses)
    };
    // What an event shows to be done already may be refused.
    vec![
        fault("client/init-chat-with-concierge", "init", 500, &["ENV-4"]),
        fault("client/get-chat-session", "session", 404, &["ENV-4"]),
        fault("client/get-chat-messages", "messages", 400, &["ENV-4"]),
        fault("client/ping-on-chat-session", "ping", 410, &["ENV-4"]),
        fault("client/send-message", "send", 409, &["ENV-4", "SEND-7"]),
        fault("client/delete-message", "unsend", 422, &[]),
        fault("client/update-message-seen-at", "seen", 403, &["ENV-4"]),
        fault("client/get-unread-msg-count", "unread", 503, &["ENV-4"]),
        fault("client/end-chat-with-concierge", "end", 500, &[]),
    ]
}

fn answers() -> Vec<Fault> {
    let fault =
        |name, done, at, does: fn(&Said) -> Vec<Move>| Fault::new(name, done).does(at, does);
    let body = |change: fn(&mut Value)| move |said: &Said| vec![said.changed(change)];
    vec![
        fault(
            "never-acknowledges",
            "A connection is never acknowledged.",
            At::Frame("connection"),
            |_| Vec::new(),
        )
        .given(&["--set", "ack_timeout=1s"])
        .finds(&["CONNECT-2"])
        .exits(0),
        fault("status-throttled", "A send is answered with status 429.", SEND, |said| {
            vec![said.changed(|json| json["status"] = json!(429))]
        })
        .counts(&["application/status_429"]),
        fault("status-missing", "A send is answered without a status.", SEND, |said| {
            vec![said.changed(|json| {
                json.as_object_mut().unwrap().remove("status");
            })]
        })
        .counts(&["application/no_status", "schema/invalid_frame"])
        .finds(&["ENV-1"]),
        fault("status-out-of-range", "A send is answered with status 70000.", SEND, |said| {
            vec![said.changed(|json| json["status"] = json!(70000))]
        })
        .counts(&["application/status_other"])
        .finds(&["ENV-4", "SEND-7"]),
        fault("answers-twice", "A send is answered twice.", SEND, |_| {
            vec![Move::Passes, Move::Passes]
        })
        .counts(&["application/unasked_answer"])
        .finds(&["ENV-3"]),
        fault("answers-late", "A send is answered after its time.", SEND, |_| {
            vec![Move::Waits(Duration::from_millis(2500)), Move::Passes]
        })
        .given(&["--set", "response_timeout=2s"])
        .counts(&["integration/response_timeout", "application/unasked_answer"])
        .finds(&["ENV-3"]),
        fault("answers-unasked", "A route that nobody called is answered.", SEND, |_| {
            let pong = r#"{"channel":"client/ping-on-chat-session","status":200,"body":{}}"#;
            vec![Move::Passes, text(pong)]
        })
        .counts(&["schema/unknown_frame"])
        .finds(&["ENV-10"])
        .exits(0),
        fault(
            "answers-under-another-name",
            "A count is answered under an unknown route.",
            UNREAD,
            |said| vec![said.changed(|json| json["channel"] = json!("client/get-unread-count"))],
        )
        .finds(&["ENV-2"]),
        Fault::new("answers-for-another-session", "A send is answered as one of another session.")
            .does(
                SEND,
                body(|json| {
                    json["body"]["chatSessionId"] = json!(STRANGE);
                    json["body"]["chatMessage"]["chatSessionId"] = json!(STRANGE);
                }),
            )
            .finds(&["SEND-3"]),
        Fault::new("answers-for-another-tenant", "A session comes with another tenant's data.")
            .plays(flows::ROUTES)
            .does(
                At::Frame("client/get-chat-session"),
                body(|json| json["body"]["tenant"]["id"] = json!("35")),
            )
            .finds(&["ISO-2"]),
        Fault::new("answers-with-another-text", "A send is answered with another text.")
            .does(SEND, body(|json| json["body"]["chatMessage"]["messageContent"] = json!("bye")))
            .finds(&["SEND-1", "EVENT-3"]),
        Fault::new("answers-with-a-number", "A send is answered with a number for an id.")
            .does(
                SEND,
                body(|json| {
                    let id = &mut json["body"]["chatMessage"]["id"];
                    *id = json!(id.as_str().unwrap().parse::<u64>().unwrap());
                }),
            )
            .counts(&["schema/invalid_frame"])
            .finds(&["ENV-5"]),
    ]
}

fn events() -> Vec<Fault> {
    let fault = |name, done, does: fn(&Said) -> Vec<Move>| {
        Fault::new(name, done).plays(flows::AWAIT).does(MESSAGE, does)
    };
    vec![
        fault("event-lost", "No message is told to anybody.", |_| Vec::new())
            .given(&["--set", "delivery_timeout=2s"])
            .finds(&["EVENT-7"]),
        fault("event-twice", "Every message is told twice.", |_| vec![Move::Passes, Move::Passes])
            .finds(&["EVENT-2"]),
        fault("event-changed", "A message is told with another text.", |said| {
            vec![said.changed(|json| {
                json["payload"]["chatMessage"]["messageContent"] = json!("bye");
            })]
        })
        .finds(&["EVENT-3"]),
    ]
}
