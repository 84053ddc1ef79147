//! What a message said, in a few bytes: enough to tell that another frame says something else.

use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;

use crate::protocol::{ContentType, Json, MetadataKey, Object, digits};

/// Content, type, sender, instant and metadata of a message as one frame had them. Zero stands for
/// what that frame did not say, which its schema is there to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) sent_at: u64,
    content: u32,
    metadata: u32,
    sender: u16,
    content_type: u8,
}

/// The metadata of a message that has none, be it null, absent or an empty object.
const NO_METADATA: u64 = 1;

/// From here on not every integer is a double of its own (RFC 8259 section 6).
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Digest {
    pub(super) fn of(message: &Json) -> Self {
        let mut digest =
            Self { metadata: metadata(metadata_of(message)) as u32, ..Self::default() };
        let (mut kind, mut id) = (None, None);
        // One pass over all keys is quicker than a search for each of these.
        for (key, value) in message.as_object().into_iter().flat_map(Object::iter) {
            match key {
                "messageContent" => {
                    digest.content = value.as_str().map_or(0, |text| (hash(text) as u32).max(1));
                }
                "contentType" => digest.content_type = content_type(value),
                "sentAt" => digest.sent_at = digits(value).unwrap_or_default(),
                "senderEntityType" => kind = value.as_str(),
                "senderEntityId" => id = digits(value),
                _ => {}
            }
        }
        if let (Some(kind), Some(id)) = (kind, id) {
            digest.sender = (hash((kind, id)) as u16).max(1);
        }
        digest
    }

    /// The key of the first field in which two frames that both have it differ.
    pub(super) fn difference(self, other: Self) -> Option<&'static str> {
        let differ = |one: u64, two: u64| one != 0 && two != 0 && one != two;
        [
            ("messageContent", u64::from(self.content), u64::from(other.content)),
            ("contentType", self.content_type.into(), other.content_type.into()),
            ("senderEntityId", self.sender.into(), other.sender.into()),
            ("sentAt", self.sent_at, other.sent_at),
            ("metadata", self.metadata.into(), other.metadata.into()),
        ]
        .into_iter()
        .find_map(|(key, one, two)| differ(one, two).then_some(key))
    }
}

/// The metadata of a message, under either spelling; null where there is none.
pub(super) fn metadata_of(message: &Json) -> &Json {
    let keys = MetadataKey::ALL.iter().rev().map(|key| &message[key.as_str()]);
    keys.into_iter().find(|value| !value.is_null()).unwrap_or(&Json::Null)
}

/// The value of a number, and none where another spelling of the same number may stand for it.
pub(super) fn exact(number: &serde_json::Number) -> Option<f64> {
    number.as_f64().filter(|value| value.abs() < EXACT)
}

fn content_type(value: &Json) -> u8 {
    match value.as_str().map(ContentType::parse) {
        None => 0,
        Some(ContentType::Text) => 1,
        Some(ContentType::File) => 2,
        Some(ContentType::Image) => 3,
        Some(ContentType::Other(text)) => (hash(&text) as u8).max(4),
    }
}

fn metadata(value: &Json) -> u64 {
    match value {
        Json::Null => NO_METADATA,
        Json::Object(object) if object.is_empty() => NO_METADATA,
        other => u64::from((canonical(other) as u32).max(2)),
    }
}

/// A hash that the order of keys and the spelling of a number do not change.
fn canonical(value: &Json) -> u64 {
    match value {
        Json::Null => 1,
        Json::Bool(is) => hash(is),
        Json::Number(number) => hash(exact(number).map(|value| (value + 0.0).to_bits())),
        Json::String(text) => hash(text),
        Json::Array(values) => values.iter().fold(2, |all, one| hash((all, canonical(one)))),
        Json::Object(object) => object
            .iter()
            .fold(3, |all: u64, (key, one)| all.wrapping_add(hash((key, canonical(one))))),
    }
}

pub(super) fn hash(what: impl Hash) -> u64 {
    FixedState::default().hash_one(what)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(one: &Value, two: &Value, expected: Option<&str>) {
        assert_eq!(Digest::of(&one.into()).difference(Digest::of(&two.into())), expected);
    }

    #[test]
    fn spelling_and_order_make_no_difference() {
        let one = json!({"sentAt": "7", "senderEntityType": "TENANT", "senderEntityId": "34",
            "metdata": {"a": [1.0, {"b": null}], "c": 9_007_199_254_740_993_u64}});
        let two = json!({"sentAt": 7, "senderEntityType": "TENANT", "senderEntityId": 34,
            "metadata": {"c": 9_007_199_254_740_992_u64, "a": [1, {"b": null}]}});
        check(&one, &two, None);
        check(&json!({"metadata": {}}), &json!({}), None);
    }

    #[test]
    fn what_differs_is_named() {
        let of = |content: &str| json!({"messageContent": content});
        check(&of("é"), &of("e\u{301}"), Some("messageContent"));
        check(&of("é"), &json!({}), None);
        check(&json!({"metadata": [1, 2]}), &json!({"metadata": [2, 1]}), Some("metadata"));
        check(
            &json!({"contentType": "TEXT"}),
            &json!({"contentType": "text"}),
            Some("contentType"),
        );
        check(&json!({"sentAt": 1}), &json!({"sentAt": "2"}), Some("sentAt"));
    }
}
