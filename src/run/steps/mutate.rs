//! The step that makes a right request wrong, one field at a time, as its schema has it.

use serde_json::{Value, json};

use crate::device::RawFrame;
use crate::protocol::{MetadataKey, Request, SchemaName, SchemaSet};
use crate::run::flow::Flow;
use crate::scenario::{Expect, Mutation, Step};

use super::{Miss, Outcome};

impl Flow {
    /// Sends every mutation; each must get what the call expects, and the connection stay usable.
    /// Saves how many there were.
    pub(super) async fn mutate(
        &self,
        step: &Step,
        call: &Step,
        (fields, kinds): (Option<&[String]>, &[Mutation]),
        turn: u64,
    ) -> Outcome {
        let right = self.request_of(call, turn)?;
        let wrong = mutations(&right, fields, kinds, &self.worker.plan.schemas);
        for (field, frame) in &wrong {
            self.refuse(call, field, frame, turn).await?;
        }
        let usable = Step { expect: Expect::Ok, ..step.clone() };
        self.ask(&usable, Request::unread(), turn).await?;
        Ok(json!(wrong.len()))
    }

    async fn refuse(&self, call: &Step, field: &str, frame: &Value, turn: u64) -> Result<(), Miss> {
        let (player, device) = self.device(call).await?;
        let expected = self.expected(call, turn)?;
        let told = |miss| match miss {
            Miss::Unmet(mut unmet) => {
                unmet.message = format!("{} with `{field}` wrong: {}", call.name, unmet.message);
                Miss::Unmet(unmet)
            }
            other => other,
        };
        self.turn_to_send().await?;
        match device.send_frame(RawFrame::Text(frame.to_string()), false).await {
            Ok(reply) => self.hold(call, &expected, &reply.frame).map_err(told),
            Err(error) => {
                self.unanswered(player, &device, &expected, &error).map(drop).map_err(told)
            }
        }
    }
}

/// Where a request's own fields stand in its frame.
const BODY: &str = "/data/body";

/// Every frame that differs from a right one in one field, and that its schema refuses. Fields that
/// are asked for are those of the body; all of them are those of the whole frame.
fn mutations(
    right: &Request,
    fields: Option<&[String]>,
    kinds: &[Mutation],
    schemas: &SchemaSet,
) -> Vec<(String, Value)> {
    let frame = right.to_json();
    let mut pointers = Vec::new();
    match fields {
        Some(fields) => pointers.extend(fields.iter().map(|field| format!("{BODY}{field}"))),
        None => below(&frame, "", &mut pointers),
    }
    let mut wrong = Vec::new();
    for pointer in &pointers {
        for kind in kinds.iter().filter(|kind| fields.is_some() || is_judged(pointer, **kind)) {
            let Some(frame) = mutated(&frame, pointer, *kind) else { continue };
            if schemas.validate(SchemaName::Request(&right.route), &(&frame).into()).is_err() {
                let field = pointer.strip_prefix(BODY).filter(|field| !field.is_empty());
                wrong.push((field.unwrap_or(pointer).trim_start_matches('/').to_owned(), frame));
            }
        }
    }
    wrong
}

/// JSON pointers to every key inside a value.
fn below(value: &Value, at: &str, pointers: &mut Vec<String>) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        pointers.push(pointer.clone());
        below(inner, &pointer, pointers);
    }
}

/// The document says nothing of metadata that is no object, so it is not asked for by itself.
fn is_judged(pointer: &str, kind: Mutation) -> bool {
    let is_metadata = |key: MetadataKey| pointer == format!("{BODY}/{}", key.as_str());
    kind == Mutation::Missing
        || ![MetadataKey::Metdata, MetadataKey::Metadata].into_iter().any(is_metadata)
}

/// The frame with one field missing or ill-typed; `None` where it has no such field.
fn mutated(frame: &Value, pointer: &str, kind: Mutation) -> Option<Value> {
    let mut frame = frame.clone();
    match kind {
        Mutation::Missing => {
            let (parent, key) = pointer.rsplit_once('/')?;
            let key = key.replace("~1", "/").replace("~0", "~");
            frame.pointer_mut(parent)?.as_object_mut()?.remove(&key)?;
        }
        Mutation::IllTyped => {
            let value = frame.pointer_mut(pointer)?;
            *value = of_another_type(value);
        }
    }
    Some(frame)
}

/// A value that is plainly of another type: a server may well read digits in a text as a number.
fn of_another_type(value: &Value) -> Value {
    match value {
        Value::String(_) | Value::Null => json!(12345),
        Value::Number(_) => json!({ "ill": "typed" }),
        Value::Bool(_) | Value::Object(_) | Value::Array(_) => json!("ill-typed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ContentType, Json, MessageId, SessionId};

    const BOTH: [Mutation; 2] = [Mutation::Missing, Mutation::IllTyped];

    fn session() -> SessionId {
        SessionId::new("4482e256-da14-47cc-b119-9575bbb3b6d3")
    }

    fn send() -> Request {
        let metadata = Some((MetadataKey::Metdata, Json::object([])));
        Request::send(&session(), &ContentType::Text, "hello", metadata)
    }

    #[track_caller]
    fn check(right: &Request, fields: Option<&[&str]>, kinds: &[Mutation], expected: &[&str]) {
        let fields =
            fields.map(|fields| fields.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>());
        let wrong = mutations(right, fields.as_deref(), kinds, &SchemaSet::builtin());
        let told: Vec<_> = wrong.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(told, expected);
    }

    /// The fields of the envelope around those of the body.
    fn enveloped<'a>(body: &[&'a str]) -> Vec<&'a str> {
        [&["action", "data", "data/body"], body, &["data/route"]].concat()
    }

    #[test]
    fn only_what_the_schema_refuses_is_sent() {
        let fields = enveloped(&["chatSessionId", "contentType", "messageContent"]);
        check(&send(), None, &[Mutation::Missing], &fields);
        check(&send(), None, &[Mutation::IllTyped], &fields);
    }

    #[test]
    fn every_request_has_its_fields() {
        let missing = &[Mutation::Missing];
        let (session, message) = (session(), MessageId(7));
        check(&Request::init(), None, missing, &enveloped(&["newSession"]));
        let of_resume = enveloped(&["chatSessionId", "newSession"]);
        check(&Request::resume(&session), None, missing, &of_resume);
        let of_session = enveloped(&["chatSessionId"]);
        for right in [
            Request::session(&session),
            Request::messages(&session, 1, 50),
            Request::ping(&session),
            Request::end(&session),
        ] {
            check(&right, None, missing, &of_session);
        }
        let of_message = enveloped(&["chatSessionId", "messageId"]);
        check(&Request::unsend(&session, message), None, missing, &of_message);
        check(&Request::seen(&session, message), None, missing, &of_message);
    }

    #[test]
    fn fields_can_be_chosen() {
        let twice = ["messageContent", "messageContent"];
        check(&send(), Some(&["/messageContent"]), &BOTH, &twice);
        check(&send(), Some(&["/metdata"]), &BOTH, &["metdata"]);
        check(&send(), Some(&["/no-such"]), &BOTH, &[]);
    }
}
