//! The step that makes a right request wrong, one field at a time, as its schema has it.

use serde_json::{Map, Value, json};

use crate::protocol::{MetadataKey, Request, SchemaName, SchemaSet};
use crate::run::flow::Flow;
use crate::scenario::{Expect, Mutation, Step};

use super::{Miss, Outcome};

impl Flow {
    /// Sends every mutation; each must get an error, and the connection stay usable. Saves how many
    /// there were.
    pub(super) async fn mutate(
        &self,
        step: &Step,
        call: &Step,
        (fields, kinds): (Option<&[String]>, &[Mutation]),
        turn: u64,
    ) -> Outcome {
        let right = self.request_of(call, turn)?;
        let wrong = mutations(&right, fields, kinds, &self.worker.plan.schemas);
        let refused = Step { expect: Expect::Error, ..call.clone() };
        for (field, request) in &wrong {
            let told = |miss| match miss {
                Miss::Unmet(mut unmet) => {
                    unmet.message =
                        format!("{} with `{field}` wrong: {}", call.name, unmet.message);
                    Miss::Unmet(unmet)
                }
                other => other,
            };
            self.ask(&refused, request.clone(), turn).await.map_err(told)?;
        }
        let usable = Step { expect: Expect::Ok, ..step.clone() };
        self.ask(&usable, Request::unread(), turn).await?;
        Ok(json!(wrong.len()))
    }
}

/// Every request that differs from a right one in one field, and that its schema refuses.
fn mutations(
    right: &Request,
    fields: Option<&[String]>,
    kinds: &[Mutation],
    schemas: &SchemaSet,
) -> Vec<(String, Request)> {
    let Value::Object(body) = &right.body else { return Vec::new() };
    let is_asked = |field: &str| {
        fields.is_none_or(|fields| fields.iter().any(|name| name.trim_start_matches('/') == field))
    };
    let mut wrong = Vec::new();
    for (field, value) in body.iter().filter(|(field, _)| is_asked(field)) {
        for kind in kinds.iter().filter(|kind| fields.is_some() || is_judged(field, **kind)) {
            let request = Request {
                body: Value::Object(mutated(body, field, value, *kind)),
                ..right.clone()
            };
            if schemas.validate(SchemaName::Request(&request.route), &request.to_json()).is_err() {
                wrong.push((field.clone(), request));
            }
        }
    }
    wrong
}

/// The document says nothing of metadata that is no object, so it is not asked for by itself.
fn is_judged(field: &str, kind: Mutation) -> bool {
    kind == Mutation::Missing
        || [MetadataKey::Metdata, MetadataKey::Metadata].iter().all(|key| key.as_str() != field)
}

fn mutated(
    body: &Map<String, Value>,
    field: &str,
    value: &Value,
    kind: Mutation,
) -> Map<String, Value> {
    let mut body = body.clone();
    match kind {
        Mutation::Missing => {
            body.remove(field);
        }
        Mutation::IllTyped => {
            body.insert(field.to_owned(), of_another_type(value));
        }
    }
    body
}

fn of_another_type(value: &Value) -> Value {
    match value {
        Value::String(_) | Value::Null => json!(12345),
        Value::Number(_) | Value::Bool(_) | Value::Object(_) | Value::Array(_) => {
            json!("ill-typed")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ContentType, SessionId};

    #[track_caller]
    fn check(fields: Option<&[&str]>, kinds: &[Mutation], expected: &[&str]) {
        let session = SessionId::new("4482e256-da14-47cc-b119-9575bbb3b6d3");
        let metadata = Some((MetadataKey::Metdata, Map::new()));
        let right = Request::send(&session, &ContentType::Text, "hello", metadata);
        let fields =
            fields.map(|fields| fields.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>());
        let wrong = mutations(&right, fields.as_deref(), kinds, &SchemaSet::builtin());
        let told: Vec<_> = wrong.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn only_what_the_schema_refuses_is_sent() {
        check(None, &[Mutation::Missing], &["chatSessionId", "contentType", "messageContent"]);
        check(None, &[Mutation::IllTyped], &["chatSessionId", "contentType", "messageContent"]);
    }

    #[test]
    fn fields_can_be_chosen() {
        check(
            Some(&["messageContent"]),
            &[Mutation::Missing, Mutation::IllTyped],
            &["messageContent", "messageContent"],
        );
    }
}
