//! The schemas against the document's examples, and against what the document does not allow.

mod examples;
mod files;
mod folder;
mod quick;
mod rejections;

use deskbell::protocol::{
    ContentType, MessageId, MetadataKey, Request, Route, SchemaName, SchemaSet, SessionId,
};
use examples::{Example, examples, with_name};
use serde_json::{Map, Value, json};

#[test]
fn every_example_of_the_document_is_valid_and_brings_nothing_new() {
    let schemas = SchemaSet::builtin();
    for example in examples() {
        with_name(&example.schema, |name| {
            assert_eq!(
                schemas.validate(name, &(&example.value).into()),
                Ok(()),
                "{}",
                example.name
            );
            assert_eq!(schemas.drift(name, &(&example.value).into()), [""; 0], "{}", example.name);
        });
    }
}

#[test]
fn every_request_that_we_send_is_valid() {
    let session = SessionId::new("4482e256-da14-47cc-b119-9575bbb3b6d3");
    let metadata = Map::from_iter([("room".to_owned(), json!({ "floor": [7] }))]);
    let message = MessageId(133);
    let requests = [
        Request::init(),
        Request::resume(&session),
        Request::session(&session),
        Request::messages(&session, 1, 50),
        Request::ping(&session),
        Request::send(
            &session,
            &ContentType::Image,
            "https://example.com/a.png",
            Some((MetadataKey::Metdata, Value::Object(metadata).into())),
        ),
        Request::send(&session, &ContentType::Text, "hello", None),
        Request::unsend(&session, message),
        Request::seen(&session, message),
        Request::unread(),
        Request::end(&session),
    ];
    for request in requests {
        let frame: Value = serde_json::from_str(&request.encode()).unwrap();
        let name = SchemaName::Request(&request.route);
        assert_eq!(
            SchemaSet::builtin().validate(name, &(&frame).into()),
            Ok(()),
            "{}",
            request.route
        );
    }
}

#[track_caller]
fn check_drift(example: &str, beyond: &Value, expected: &[&str]) {
    let Example { schema, mut value, .. } = examples::example(example);
    merge(&mut value, beyond);
    let schemas = SchemaSet::builtin();
    with_name(&schema, |name| {
        assert_eq!(schemas.validate(name, &(&value).into()), Ok(()));
        assert_eq!(schemas.drift(name, &(&value).into()), expected);
    });
}

/// Adds the members of one value to another, however deep; an array's to each of its items.
fn merge(value: &mut Value, beyond: &Value) {
    match (value, beyond) {
        (Value::Object(members), Value::Object(beyond)) => {
            for (key, beyond) in beyond {
                merge(members.entry(key).or_insert(Value::Null), beyond);
            }
        }
        (Value::Array(items), beyond) => items.iter_mut().for_each(|item| merge(item, beyond)),
        (value, beyond) => *value = beyond.clone(),
    }
}

#[test]
fn keys_beyond_the_document_are_allowed_and_told_once() {
    check_drift("responses/ping", &json!({ "traceId": 7 }), &["/traceId"]);
    check_drift(
        "responses/ping",
        &json!({ "body": { "tenant": { "properties": [] }, "chatSession": { "tags": {} } } }),
        &["/body/chatSession/tags", "/body/tenant/properties"],
    );
    check_drift(
        "responses/messages",
        &json!({ "body": { "messages": { "editedAt": null } } }),
        &["/body/messages/*/editedAt"],
    );
    check_drift(
        "responses/init.new",
        &json!({ "body": { "tenant": { "properties": { "floors": { "a/b~c": 1 } } } } }),
        &["/body/tenant/properties/*/floors/*/a~1b~0c"],
    );
    check_drift(
        "events/message.body",
        &json!({ "body": { "chatMessage": { "editedAt": 1 }, "by": 7 } }),
        &["/body/by", "/body/chatMessage/editedAt"],
    );
}

#[test]
fn what_stands_in_metadata_is_never_drift() {
    let free = json!({ "any": [{ "depth": { "of": "keys" } }] });
    let message = json!({ "chatMessage": { "metadata": free, "metdata": free } });
    check_drift("responses/send", &json!({ "body": message }), &[]);
    check_drift(
        "responses/messages",
        &json!({ "body": { "messages": { "metadata": free } } }),
        &[],
    );
    check_drift("events/message.payload", &json!({ "payload": message }), &[]);
}

#[test]
fn drift_is_bounded_in_number_and_length() {
    let flood: Map<_, _> =
        (0..100).map(|n| (format!("{n}{}", "x".repeat(500)), n.into())).collect();
    let Example { mut value, .. } = examples::example("responses/unread");
    merge(&mut value, &Value::Object(flood));
    let drift = SchemaSet::builtin().drift(SchemaName::Response(&Route::Unread), &(&value).into());
    assert_eq!(drift.len(), 64);
    assert!(drift.iter().all(|pointer| pointer.chars().count() <= 66), "{drift:?}");
}

#[test]
fn a_route_that_the_document_does_not_have_is_held_to_nothing() {
    let route = Route::Other("client/no-such-route".into());
    let name = SchemaName::Response(&route);
    let value = json!({ "anything": 1 });
    assert_eq!(name.file(), None);
    assert_eq!(SchemaSet::builtin().validate(name, &(&value).into()), Ok(()));
    assert_eq!(SchemaSet::builtin().drift(name, &(&value).into()), [""; 0]);
}

#[test]
fn a_violation_never_quotes_what_was_sent() {
    let secret = "eyJ-secret";
    for example in examples() {
        let flooded = json!({ "channel": secret, "status": secret, "body": secret, "data": secret,
            "action": secret, "payload": secret, "message": [secret] });
        let garbled = [json!(secret), json!([secret]), flooded];
        for value in garbled {
            let outcome = with_name(&example.schema, |name| {
                SchemaSet::builtin().validate(name, &(&value).into())
            });
            let violations = outcome.expect_err("garbage has no shape of the document");
            assert!(!format!("{violations:?}").contains(secret), "{violations:?}");
        }
    }
}

#[test]
fn violations_are_bounded_and_in_a_huge_frame_only_the_first_is_told() {
    let page = |n: usize| {
        json!({ "channel": "client/get-chat-messages", "status": 200,
            "body": { "messages": vec![7; n], "paginate": {} } })
    };
    let count = |value: Value| {
        let name = SchemaName::Response(&Route::Messages);
        SchemaSet::builtin()
            .validate(name, &(&value).into())
            .expect_err("numbers are no messages")
            .len()
    };
    assert_eq!(count(page(1_000)), 16);
    assert_eq!(count(page(1_000_000)), 1);
}
