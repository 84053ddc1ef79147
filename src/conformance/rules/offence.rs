//! Requests that the document does not allow: each has a clause that says what must come of it.
//!
//! A request is told as it leaves, by what is known then, whatever the flow expects of it.

use serde_json::Value;

use crate::conformance::parties::Parties;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{
    AccountNo, Call, Form, Frame, Observation, Role, Route, SchemaName, SchemaSet, Sent,
};

use super::lifecycle::{Lives, asked};

/// What a request does that the document does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conformance) struct Offence {
    /// The clause that says what must come of it.
    pub(in crate::conformance) clause: ClauseId,
    /// What it is, in a few words.
    pub(in crate::conformance) says: &'static str,
}

impl Offence {
    /// Whether it is about a message, and not already about its session or its frame.
    pub(in crate::conformance) fn is_of_message(self) -> bool {
        use ClauseId::{Seen3, Seen5, Send8, Unsend2, Unsend3, Unsend4};
        matches!(self.clause, Send8 | Unsend2 | Unsend3 | Unsend4 | Seen3 | Seen5)
    }

    /// Whether nothing can be held against a reply to it beyond that there is one.
    pub(in crate::conformance) fn is_foreign(self) -> bool {
        !matches!(
            self.clause,
            ClauseId::Resume4 | ClauseId::Ping3 | ClauseId::Send9 | ClauseId::End3
        )
    }
}

/// What a request does that is wrong by itself, or by what is known of its session.
pub(in crate::conformance) fn of_session(
    schemas: &SchemaSet,
    parties: &Parties,
    lives: &Lives,
    (account, sent): (AccountNo, &Sent),
) -> Option<Offence> {
    if let Some(offence) = of_frame(schemas, sent) {
        return Some(offence);
    }
    let call = sent.request.call();
    let session = asked(sent).filter(|_| call != Call::Init)?;
    let Some(life) = lives.get(session) else {
        return unknown(session, sent).filter(|_| !lives.has_forgotten);
    };
    if life.owner.is_some_and(|owner| parties.are_strangers(owner, account)) {
        let says = "a request in another tenant's session";
        return Some(Offence { clause: ClauseId::Iso1, says });
    }
    let (clause, says) = match call {
        Call::Resume => (ClauseId::Resume4, "resuming a closed session"),
        Call::Ping => (ClauseId::Ping3, "pinging a closed session"),
        Call::Send => (ClauseId::Send9, "sending to a closed session"),
        Call::End => (ClauseId::End3, "ending a closed session"),
        _ => return None,
    };
    life.is_closed().then_some(Offence { clause, says })
}

/// A session that cannot be known: one that the flow expects nothing of, or whose id is none.
fn unknown(session: &str, sent: &Sent) -> Option<Offence> {
    let says = if !is_uuid(session) {
        "a malformed session id"
    } else if !sent.is_allowed {
        "an unknown session id"
    } else {
        return None;
    };
    Some(Offence { clause: ClauseId::Resume5, says })
}

/// A frame that is no request, or not one as the document has it. What the flow expects to be
/// accepted is held to nothing but being JSON.
fn of_frame(schemas: &SchemaSet, sent: &Sent) -> Option<Offence> {
    let (clause, says) = match sent.form {
        Form::NotJson => (ClauseId::Env8, "a frame that is no JSON"),
        _ if sent.is_allowed => return None,
        Form::OtherAction => (ClauseId::Env7, "an unknown action"),
        Form::Incomplete => (ClauseId::Env6, "a request without an action or a route"),
        Form::Request if !sent.request.route.is_documented() => {
            (ClauseId::Env7, "an unknown route")
        }
        Form::Request if is_wrong(schemas, &sent.request.route, &sent.request.to_json()) => {
            (ClauseId::Env6, "a missing or ill-typed field")
        }
        Form::Request => return None,
    };
    Some(Offence { clause, says })
}

/// Whether a request misses a field or has one of a plainly wrong type. Of other deviations the
/// document is silent, or they are another clause's.
fn is_wrong(schemas: &SchemaSet, route: &Route, request: &Value) -> bool {
    let Err(violations) = schemas.validate(SchemaName::Request(route), &request.into()) else {
        return false;
    };
    violations.iter().any(|violation| {
        let value = request.pointer(&violation.pointer);
        let is_text = value.is_some_and(Value::is_string);
        let is_number = value.is_some_and(Value::is_number);
        match violation.pointer.as_str() {
            // A malformed id is RESUME-5's, and where none is asked for none is judged.
            "/data/body/chatSessionId" => !is_text && request["data"]["body"]["newSession"] != true,
            // Another content type is SEND-8's.
            "/data/body/contentType" => !is_text,
            "/data/body/messageId" => !is_text && !is_number,
            "/data/body/metdata" | "/data/body/metadata" => false,
            _ => true,
        }
    })
}

/// Judges the answer to a request that the document does not allow. Throttling says nothing.
pub(in crate::conformance) fn answered(
    offence: Offence,
    seen: &Observation<'_>,
    (frame, role): (&Frame, Role),
    to: &mut dyn Sink,
) {
    let is_gateways = matches!(role, Role::GatewayAnswer(_));
    let status = frame.status();
    if frame.is_throttling() || (status.is_none() && !is_gateways) {
        return;
    }
    to.checked(offence.clause);
    let is_error = is_gateways || status.is_some_and(|status| status >= 400);
    let may_say_closed =
        matches!(offence.clause, ClauseId::Resume4 | ClauseId::Ping3 | ClauseId::End3);
    let says_closed = || frame.body()["chatSession"]["isSessionClosed"] == true;
    if is_error || (may_say_closed && says_closed()) {
        return;
    }
    let expected =
        if may_say_closed { "an error, or a reply that says closed" } else { "an error" };
    let actual = format!("status {}", status.unwrap_or_default());
    let message = format!("{} was accepted", offence.says);
    to.found(Finding::told(seen, offence.clause, &message, (expected, actual), "/status"));
}

/// Whether a text is a UUID (RFC 9562 section 4), in either case.
pub(super) fn is_uuid(text: &str) -> bool {
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if is_dash(at) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}
