//! What holding frames to their schemas costs, beside the one parse of each.

use std::hint::black_box;
use std::time::{Duration, Instant};

use deskbell::protocol::{EventKind, Frame, FrameKind, Route, SchemaName, SchemaSet, SessionId};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Checks in a round: few, so that a round fits between two turns of other processes.
const TIMES: u32 = 50;
/// The best of so many rounds is told, as other processes only ever add to it.
const ROUNDS: usize = 2000;
/// A frame's size that the target speaks of, in bytes.
const BYTES: usize = 1200;
const TARGET_NS: u128 = 800;
/// A check may cost as much of what the parse of the same frame costs. As a ratio it holds on a
/// slow machine too.
const MOST_OF_PARSING: f64 = 0.4;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    let schemas = SchemaSet::builtin();
    let message = EventKind::Message(SessionId::new(SESSION));
    let frames = [
        ("a ping's answer", SchemaName::Response(&Route::Ping), ping(), 0),
        ("a page of messages", SchemaName::Response(&Route::Messages), page(), BYTES),
        ("a long message's answer", SchemaName::Response(&Route::Send), send(), BYTES),
        ("a long message's event", SchemaName::Event(&message), event(), BYTES),
    ];
    let mut slowest = 0.0_f64;
    for (what, name, json, at_least) in frames {
        let text = json.to_string();
        assert!(text.len() >= at_least, "{what} has {} bytes", text.len());
        let frame = Frame::from_text(&text);
        assert!(!matches!(frame.kind, FrameKind::Other));
        let [parsing, checking, validating, drifting] = best([
            &mut || drop(black_box(Frame::from_text(black_box(&text)))),
            &mut || assert!(schemas.fits(name, black_box(&frame.json))),
            &mut || assert!(schemas.validate(name, black_box(&frame.json)).is_ok()),
            &mut || assert!(schemas.drift(name, black_box(&frame.json)).is_empty()),
        ]);
        slowest = slowest.max(checking.as_secs_f64() / parsing.as_secs_f64());
        let [parse, check, validate, drift] =
            [parsing, checking, validating, drifting].map(|time| (time / TIMES).as_nanos());
        println!(
            "{what}, {} bytes: parsed in {parse} ns, checked in {check} ns (target {TARGET_NS} at \
             {BYTES} bytes); one that does not fit: validated in {validate} ns, keys beyond looked \
             for in {drift} ns",
            text.len()
        );
    }
    println!("at most {slowest:.2} of the parse (limit {MOST_OF_PARSING})");
    assert!(slowest < MOST_OF_PARSING, "the check of schemas has become too slow");
}

/// How long each takes at best, [`TIMES`] over; in turns, so that a slower while of the machine
/// hits all alike.
fn best<const N: usize>(mut works: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (work, best) in works.iter_mut().zip(&mut best) {
            let started_at = Instant::now();
            (0..TIMES).for_each(|_| work());
            *best = started_at.elapsed().min(*best);
        }
    }
    best
}

const SESSION: &str = "4482e256-da14-47cc-b119-9575bbb3b6d3";

fn ping() -> Value {
    json!({"channel": "client/ping-on-chat-session", "status": 200, "body": {
        "chatSessionId": SESSION,
        "chatSession": {
            "id": "100", "orgId": "367", "chatSessionId": SESSION,
            "chatInitiatedByEntityType": "TENANT", "chatInitiatedByEntityId": "34",
            "lastPingedByChatInitiator": "1727941854419",
            "chatJoinedByEntityType": "BACKEND_USER", "chatJoinedByEntityId": "32314",
            "lastPingedByChatJoiner": "1727940474801", "isSessionClosed": false
        },
        "connection": {
            "id": "2269", "connectionId": "fEDwdfYYSQ0AbsQ=", "entityType": "TENANT",
            "entityId": "34", "deviceId": "123-postman-321", "expiredAt": "1727945439544",
            "createdAt": "1727941839544", "updatedAt": "1727941839544", "orgId": "367"
        },
        "tenant": {
            "id": "34", "email": "somchai@example.com", "countryId": "99", "code": "+66",
            "phoneNumber": "0800000001"
        }
    }})
}

fn message(text: &str) -> Value {
    json!({
        "id": "133", "orgId": "367", "chatSessionId": SESSION, "senderEntityType": "TENANT",
        "senderEntityId": "34", "messageContent": text, "sentAt": "1727942303646", "status": 3,
        "seenAt": null, "deliveredAt": "1727942303646", "contentType": "TEXT",
        "metadata": {"deskbell_run": "20261122-1908-a3f2"}
    })
}

fn page() -> Value {
    let messages = ["hello", "is there a room for two?", "there is", "thank you"];
    json!({"channel": "client/get-chat-messages?page=1&limit=20", "status": 200, "body": {
        "messages": messages.map(message),
        "paginate": {"per_page": 20, "offset": 0, "page": 1}
    }})
}

fn long() -> Value {
    message(&"is there a room for two, from Friday to Sunday? ".repeat(17))
}

fn send() -> Value {
    json!({"channel": "client/send-message", "status": 200, "body": {
        "chatSessionId": SESSION, "chatMessage": long()
    }})
}

fn event() -> Value {
    let mut message = long();
    message["type"] = 1.into();
    for key in ["id", "orgId", "senderEntityId", "sentAt", "deliveredAt"] {
        let number: u64 = message[key].as_str().and_then(|digits| digits.parse().ok()).unwrap_or(0);
        message[key] = number.into();
    }
    json!({"channel": format!("chat-message-{SESSION}"), "payload": {"chatMessage": message}})
}
