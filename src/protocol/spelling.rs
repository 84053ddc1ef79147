//! How ids, times and counts are spelled: as strings of digits, or as numbers.

use serde_json::Value;

use super::Json;

/// What is made of a spelling other than the document's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Each place is held to the document: strings in responses, numbers in events.
    #[default]
    Documented,
    /// Digits are taken as either, and where they differ from the document is recorded.
    Lenient,
}

impl Dialect {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Documented, Self::Lenient];

    /// Reads what [`as_str`](Self::as_str) writes.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == name)
    }

    /// Its name in settings and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Lenient => "lenient",
        }
    }
}

/// How digits are written on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `"133"`
    Text,
    /// `133`
    Number,
}

/// The keys of the document under which ids, times and counts of unread messages stand.
const KEYS: [&str; 21] = [
    "buildingId",
    "chatInitiatedByEntityId",
    "chatJoinedByEntityId",
    "countryId",
    "createdAt",
    "deliveredAt",
    "entityId",
    "expiredAt",
    "floorId",
    "id",
    "lastPingedByChatInitiator",
    "lastPingedByChatJoiner",
    "messageId",
    "orgId",
    "projectId",
    "propertyUnitId",
    "seenAt",
    "senderEntityId",
    "sentAt",
    "unreadMsgCount",
    "updatedAt",
];

/// Reads an id or instant that stands as a string of digits or as a number.
pub fn digits(value: &impl Leaf) -> Option<u64> {
    match value.text() {
        // Of all else but digits, only a plus sign would be read.
        Some(text) if text.starts_with('+') => None,
        Some(text) => text.parse().ok(),
        None => value.whole(),
    }
}

/// A value that may be a text or a number.
pub trait Leaf {
    /// The text, where it is one.
    fn text(&self) -> Option<&str>;
    /// The number, where it is one that is no less than 0 and has no fraction.
    fn whole(&self) -> Option<u64>;
}

impl Leaf for Value {
    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn whole(&self) -> Option<u64> {
        self.as_u64()
    }
}

impl Leaf for Json {
    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn whole(&self) -> Option<u64> {
        self.as_u64()
    }
}

/// Whether the document writes ids, times or counts under a key, outside of metadata.
pub fn holds_digits(key: &str) -> bool {
    KEYS.contains(&key)
}

/// Writes every id, time and count of a frame's part in one spelling; metadata is left as it is.
pub fn respell(value: &mut Value, spelling: Spelling) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                match key.as_str() {
                    "metadata" | "metdata" => {}
                    key if holds_digits(key) => respell_one(inner, spelling),
                    _ => respell(inner, spelling),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| respell(item, spelling)),
        _ => {}
    }
}

fn respell_one(value: &mut Value, spelling: Spelling) {
    if let Some(number) = digits(value) {
        *value = match spelling {
            Spelling::Text => number.to_string().into(),
            Spelling::Number => number.into(),
        };
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn digits_are_read_from_a_string_and_a_number_alike() {
        assert_eq!(digits(&json!("133")), Some(133));
        assert_eq!(digits(&json!(133)), Some(133));
        for none in [json!(""), json!("-1"), json!("1.0"), json!(-1), json!(1.5), json!(null)] {
            assert_eq!(digits(&none), None);
        }
    }

    #[track_caller]
    fn check(spelling: Spelling, expected: &Value) {
        let mut value = json!({
            "id": "133", "seenAt": null, "status": 3, "messageContent": "7",
            "metadata": { "id": 5 }, "list": [{ "messageId": 133, "homeId": "1" }],
        });
        respell(&mut value, spelling);
        assert_eq!(&value, expected);
    }

    #[test]
    fn only_ids_times_and_counts_are_spelled_anew() {
        check(
            Spelling::Number,
            &json!({
                "id": 133, "seenAt": null, "status": 3, "messageContent": "7",
                "metadata": { "id": 5 }, "list": [{ "messageId": 133, "homeId": "1" }],
            }),
        );
        check(
            Spelling::Text,
            &json!({
                "id": "133", "seenAt": null, "status": 3, "messageContent": "7",
                "metadata": { "id": 5 }, "list": [{ "messageId": "133", "homeId": "1" }],
            }),
        );
    }
}
