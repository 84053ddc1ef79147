//! JSON that no server would send: anything at all, or an answer with something amiss in it.

use rand::{RngExt, rngs::StdRng};
use serde_json::{Map, Value, json};

/// How deep it goes.
const DEPTH: u32 = 4;
/// Keys that are looked for in frames.
const KEYS: [&str; 12] = [
    "channel",
    "status",
    "body",
    "payload",
    "message",
    "connectionId",
    "requestId",
    "chatMessage",
    "chatSession",
    "chatSessionId",
    "messages",
    "id",
];

/// A frame: random, or the answer with one of its values replaced by a random one.
pub(crate) fn frame(chance: &mut StdRng, answer: &Value) -> Value {
    if chance.random_bool(0.5) {
        return value(chance, DEPTH);
    }
    let mut answer = answer.clone();
    spoil(chance, &mut answer);
    answer
}

fn spoil(chance: &mut StdRng, value: &mut Value) {
    let inner = match value {
        Value::Object(fields) if !fields.is_empty() && chance.random_bool(0.7) => {
            let at = chance.random_range(0..fields.len());
            fields.values_mut().nth(at)
        }
        _ => None,
    };
    match inner {
        Some(inner) => spoil(chance, inner),
        None => *value = self::value(chance, DEPTH),
    }
}

fn value(chance: &mut StdRng, depth: u32) -> Value {
    let kinds = if depth == 0 { 5 } else { 7 };
    let count = chance.random_range(0..4);
    match chance.random_range(0..kinds) {
        0 => Value::Null,
        1 => json!(chance.random::<bool>()),
        2 => json!(chance.random::<i64>()),
        3 => json!(chance.random_range(-1e300..1e300)),
        4 => json!((0..count).map(|_| chance.random::<char>()).collect::<String>()),
        5 => (0..count).map(|_| value(chance, depth - 1)).collect(),
        _ => {
            let key = |chance: &mut StdRng| KEYS[chance.random_range(0..KEYS.len())].to_owned();
            let fields = (0..count).map(|_| (key(chance), value(chance, depth - 1)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}
