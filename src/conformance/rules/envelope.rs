//! ENV: what holds for every response (document: every Response block).

use crate::conformance::finding::words;
use crate::conformance::monitor::Limits;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{
    Broken, Call, Ending, Frame, FrameKind, Happening, Json, JsonFlaw, Observation, Role,
    SchemaName, SchemaSet, Sent,
};

use super::event::judge_schema;

/// Judges the answer to a request, which the document allows or does not. An error where the document allows the request is handed back
/// under ENV-4, as a close of the session may excuse it.
pub(in crate::conformance) fn answered(
    schemas: &SchemaSet,
    seen: &Observation<'_>,
    (frame, role, sent): (&Frame, Role, &Sent),
    is_allowed: bool,
    to: &mut dyn Sink,
) -> Option<Finding> {
    to.checked(ClauseId::Env3);
    if matches!(role, Role::GatewayAnswer(_)) {
        return gateway_error(seen, frame, sent).filter(|_| is_allowed);
    }
    shape(seen, frame, sent.request.call(), to);
    channel(seen, frame, sent, to);
    if frame.is_ok() {
        query(seen, frame, sent, to);
        if is_allowed {
            to.checked(ClauseId::Env4);
        }
        // Under another route's name a frame has no schema to be held to.
        if matches!(role, Role::Answer(_)) && sent.request.route.is_documented() {
            let name = SchemaName::Response(&sent.request.route);
            judge_schema(schemas, ClauseId::Env5, name, (seen, frame), to);
        }
        return None;
    }
    if is_allowed { refused(seen, frame, sent) } else { None }
}

/// ENV-4. Throttling is counted elsewhere, and a status that is none is ENV-1's.
fn refused(seen: &Observation<'_>, frame: &Frame, sent: &Sent) -> Option<Finding> {
    let status = frame.status()?;
    if frame.is_throttling() {
        return None;
    }
    let said = frame.body()["message"].as_str().map(words);
    Some(Finding {
        message: format!("{} was answered with an error", sent.request.route),
        expected: "status 200".into(),
        actual: said.map_or(format!("status {status}"), |said| format!("status {status}: {said}")),
        pointer: "/status".into(),
        ..Finding::on(seen, ClauseId::Env4)
    })
}

/// ENV-4: the gateway's own error instead of an answer.
fn gateway_error(seen: &Observation<'_>, frame: &Frame, sent: &Sent) -> Option<Finding> {
    if frame.is_throttling() {
        return None;
    }
    Some(Finding {
        message: format!("{} was answered with an error of the gateway", sent.request.route),
        expected: "status 200".into(),
        actual: frame.json["message"].as_str().map_or("an error".into(), words),
        pointer: "/message".into(),
        ..Finding::on(seen, ClauseId::Env4)
    })
}

/// A request whose deadline has passed.
pub(in crate::conformance) fn expired(
    limits: &Limits,
    seen: &Observation<'_>,
    sent: &Sent,
    to: &mut dyn Sink,
) {
    to.checked(ClauseId::Env3);
    to.found(Finding {
        message: format!("{} was not answered", sent.request.route),
        expected: format!("an answer within {:?}", limits.response_timeout),
        actual: "none".into(),
        ..Finding::on(seen, ClauseId::Env3)
    });
}

/// A second answer to a request.
pub(in crate::conformance) fn answered_again(seen: &Observation<'_>, to: &mut dyn Sink) {
    to.checked(ClauseId::Env3);
    to.found(Finding {
        message: "an answer came to a route that has no open request".into(),
        expected: "one answer to each request".into(),
        actual: "another answer".into(),
        pointer: "/channel".into(),
        ..Finding::on(seen, ClauseId::Env3)
    });
}

/// A frame that is nothing the document has.
pub(in crate::conformance) fn stray(seen: &Observation<'_>, frame: &Frame, to: &mut dyn Sink) {
    let actual = match &frame.kind {
        FrameKind::Malformed(why) => format!("text that {why}"),
        FrameKind::Binary(length) => format!("a binary message of {length} bytes"),
        FrameKind::GatewayError => "a gateway error with no request open".into(),
        FrameKind::Response { .. } => "a response to nothing that was asked".into(),
        FrameKind::Event { kind, .. } => format!("an event named {}", words(kind.name())),
        FrameKind::Other => "JSON of another shape".into(),
    };
    to.found(nothing_known(seen, actual));
}

/// A connection that broke over a message that could not even be read.
pub(in crate::conformance) fn broken(seen: &Observation<'_>, ending: &Ending, to: &mut dyn Sink) {
    let Ending::Broken(Broken::NotUtf8 | Broken::Protocol | Broken::TooLarge) = ending else {
        return;
    };
    to.checked(ClauseId::Env10);
    to.found(nothing_known(seen, ending.to_string()));
}

fn nothing_known(seen: &Observation<'_>, actual: String) -> Finding {
    Finding {
        message: "something came that is nothing the document has".into(),
        expected: "an acknowledgment, a response to an open request, or an event".into(),
        actual,
        ..Finding::on(seen, ClauseId::Env10)
    }
}

/// The largest message that API Gateway passes on, in bytes (its quotas for WebSocket APIs).
const LARGEST: usize = 128 * 1024;

/// ENV-1: one JSON text, an object with `channel`, `status` and `body`, that fits one message. How
/// long a listing is depends on the limit that was asked for.
fn shape(seen: &Observation<'_>, frame: &Frame, call: Call, to: &mut dyn Sink) {
    to.checked(ClauseId::Env1);
    let flaw = frame.flaw.as_ref().map(describe).map(|(expected, actual)| (expected, actual, ""));
    let status = frame.json.get("status");
    let body = frame.json.get("body");
    let is_integer = |value: &Json| value.is_integer();
    let status = (!status.is_some_and(is_integer))
        .then(|| ("an integer `status`", kind_of(status).to_owned(), "/status"));
    let body = (!body.is_some_and(Json::is_object))
        .then(|| ("an object `body`", kind_of(body).to_owned(), "/body"));
    let length = match seen.what {
        Happening::Received { bytes, .. } if call != Call::Messages => bytes,
        _ => 0,
    };
    let size = (length > LARGEST)
        .then(|| ("at most 131072 bytes, a message of API Gateway", format!("{length} bytes"), ""));
    for (expected, actual, pointer) in [flaw, size, status, body].into_iter().flatten() {
        to.found(Finding {
            message: "the response is not shaped as the document has it".into(),
            expected: expected.into(),
            actual,
            pointer: pointer.into(),
            ..Finding::on(seen, ClauseId::Env1)
        });
    }
}

/// ENV-2: `channel` is the route that was called; its query is another clause's.
fn channel(seen: &Observation<'_>, frame: &Frame, sent: &Sent, to: &mut dyn Sink) {
    if !sent.request.has_route() {
        return;
    }
    to.checked(ClauseId::Env2);
    let FrameKind::Response { route, .. } = &frame.kind else { return };
    if *route != sent.request.route {
        to.found(Finding {
            message: "the response names another route".into(),
            expected: sent.request.route.to_string(),
            actual: words(route.as_str()),
            pointer: "/channel".into(),
            ..Finding::on(seen, ClauseId::Env2)
        });
    }
}

/// ENV-9: `channel` carries the query of the route, as sent, or with the limit that was applied.
fn query(seen: &Observation<'_>, frame: &Frame, sent: &Sent, to: &mut dyn Sink) {
    let Some(asked) = &sent.request.query else { return };
    let FrameKind::Response { route, query } = &frame.kind else { return };
    if *route != sent.request.route {
        return;
    }
    to.checked(ClauseId::Env9);
    let shown = query.as_deref().unwrap_or_default();
    let per_page = frame.body()["paginate"]["per_page"].as_u64();
    let is_carried = |pair: &str| {
        let has = |wanted: &str| shown.split('&').any(|pair| pair == wanted);
        let applied = || Some(format!("limit={}", per_page?));
        let is_limit = pair.starts_with("limit=");
        has(pair) || (is_limit && applied().is_some_and(|applied| has(&applied)))
    };
    if shown != asked.as_str() && !asked.split('&').all(is_carried) {
        to.found(Finding {
            message: "the response does not carry the query of the route".into(),
            expected: words(asked),
            actual: if shown.is_empty() { "none".into() } else { words(shown) },
            pointer: "/channel".into(),
            ..Finding::on(seen, ClauseId::Env9)
        });
    }
}

/// What RFC 8259 asks for, and what a text that parsed all the same has instead.
pub(super) fn describe(flaw: &JsonFlaw) -> (&'static str, String) {
    match flaw {
        JsonFlaw::ByteOrderMark => ("no byte order mark", "one".to_owned()),
        JsonFlaw::DuplicateKey(key) => {
            ("no key twice in an object", format!("`{}` twice", words(key)))
        }
    }
}

fn kind_of(value: Option<&Json>) -> &'static str {
    match value {
        None => "nothing",
        Some(Json::Null) => "null",
        Some(Json::Bool(_)) => "a boolean",
        Some(Json::Number(_)) => "a number",
        Some(Json::String(_)) => "a string",
        Some(Json::Array(_)) => "an array",
        Some(Json::Object(_)) => "an object",
    }
}
