//! Small changes of values on the wire, which many defects share.

use serde_json::{Map, Value, json};

/// The message or the messages in a reply's body or an event's payload.
pub(super) fn each_message(inside: &mut Value, mut change: impl FnMut(&mut Value)) {
    if inside["chatMessage"].is_object() {
        change(&mut inside["chatMessage"]);
    }
    if let Some(messages) = listed_messages(inside) {
        messages.iter_mut().for_each(change);
    }
}

/// The messages of a listing.
pub(super) fn listed_messages(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.get_mut("messages")?.as_array_mut()
}

/// The session that a reply's body is about.
pub(super) fn session_of(body: &Value) -> String {
    body["chatSessionId"].as_str().unwrap_or_default().to_owned()
}

/// Takes a key out of an object.
pub(super) fn remove(value: &mut Value, key: &str) {
    if let Some(object) = value.as_object_mut() {
        object.remove(key);
    }
}

/// Changes the value at a JSON pointer (RFC 6901), where there is one.
pub(super) fn change(value: &mut Value, pointer: &str, change: impl FnOnce(&mut Value)) {
    if let Some(value) = value.pointer_mut(pointer) {
        change(value);
    }
}

/// Replaces the value at a JSON pointer, where there is one.
pub(super) fn set(value: &mut Value, pointer: &str, new: impl Into<Value>) {
    change(value, pointer, |value| *value = new.into());
}

/// Every object within, the outer ones first.
pub(super) fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|inner| each_object(inner, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        _ => {}
    }
}

/// A number that stands as digits in a string or as a number; 0 where there is none.
pub(super) fn number(value: &Value) -> u64 {
    crate::protocol::digits(value).unwrap_or_default()
}

/// Changes a number in place, whichever way it stands. What is none stays.
pub(super) fn renumber(value: &mut Value, change: impl FnOnce(u64) -> u64) {
    let Some(before) = crate::protocol::digits(value) else { return };
    let after = change(before);
    *value = if value.is_string() { json!(after.to_string()) } else { json!(after) };
}

/// Another id of the same shape: its last character turned.
pub(super) fn turned(id: &Value) -> Value {
    let mut id = id.as_str().unwrap_or_default().to_owned();
    let last = id.pop();
    id.push(if last == Some('0') { '1' } else { '0' });
    json!(id)
}

/// Turns the ids of a reply's session, both of them.
pub(super) fn turn_session(body: &mut Value) {
    let id = turned(&body["chatSessionId"]);
    set(body, "/chatSession/chatSessionId", id.clone());
    set(body, "/chatSessionId", id);
}

/// The text in bytes up to a limit, as one cuts who does not know of UTF-8.
pub(super) fn cut_bytes(text: &str, limit: usize) -> String {
    let bytes = &text.as_bytes()[..text.len().min(limit)];
    String::from_utf8_lossy(bytes).into_owned()
}
