//! Values of a server as evidence: their shape, and nothing that they hold.

use crate::protocol::Json;

/// Keys of an object that are shown.
const MOST_KEYS: usize = 8;
/// Objects inside each other that are shown.
const DEEPEST: usize = 2;
/// Of a key or a word, in characters.
const LONGEST: usize = 32;

/// The keys and types of a value, such as `{channel: text, status: number}`.
pub(super) fn shape(value: &Json) -> String {
    shape_at(value, 0)
}

fn shape_at(value: &Json, depth: usize) -> String {
    match value {
        Json::Null => "null".into(),
        Json::Bool(_) => "boolean".into(),
        Json::Number(_) => "number".into(),
        Json::String(_) => "text".into(),
        Json::Array(_) => "[...]".into(),
        Json::Object(_) if depth == DEEPEST => "{...}".into(),
        Json::Object(object) => {
            let key = |(key, value): (&str, &Json)| {
                format!("{}: {}", word(key), shape_at(value, depth + 1))
            };
            let mut keys: Vec<_> = object.iter().take(MOST_KEYS).map(key).collect();
            if object.len() > MOST_KEYS {
                keys.push("...".into());
            }
            format!("{{{}}}", keys.join(", "))
        }
    }
}

/// A server's word, cut, and without what a terminal or a YAML comment could trip over.
pub(super) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    text.chars().take(LONGEST).map(|c| if is_plain(c) { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &serde_json::Value, expected: &str) {
        assert_eq!(shape(&value.into()), expected);
    }

    #[test]
    fn a_shape_holds_keys_and_types_only() {
        check(
            &json!({ "channel": "connection", "status": 200, "body": { "id": "x", "of": { "a": 1 } } }),
            "{body: {id: text, of: {...}}, channel: text, status: number}",
        );
        check(&json!(["secret"]), "[...]");
        check(&json!({ "\u{1b}[2J\n": null }), "{??2J?: null}");
    }
}
