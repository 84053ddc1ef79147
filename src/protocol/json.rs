//! One strict pass over a JSON text: the value, and what RFC 8259 holds against the text.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// A parsed text and the flaws that a lenient parser would pass over.
#[derive(Debug, PartialEq)]
pub(super) struct Json {
    /// The value; of a key that stands twice, the last.
    pub(super) value: Value,
    /// The first key found twice in one object (RFC 8259 section 4).
    pub(super) duplicate_key: Option<String>,
    /// Whether the text begins with a byte order mark (RFC 8259 section 8.1).
    pub(super) byte_order_mark: bool,
}

/// Parses one JSON text.
///
/// # Errors
/// What is wrong, without a word of the text itself: no JSON, more than one value, or nested more
/// than 128 deep.
pub(super) fn parse(text: &str) -> Result<Json, String> {
    let bare = text.strip_prefix('\u{feff}');
    let mut duplicate_key = None;
    let mut source = serde_json::Deserializer::from_str(bare.unwrap_or(text));
    let value = Tree { duplicate_key: &mut duplicate_key }
        .deserialize(&mut source)
        .and_then(|value| source.end().map(|()| value))
        .map_err(|error| describe(&error))?;
    Ok(Json { value, duplicate_key, byte_order_mark: bare.is_some() })
}

fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Syntax
        | serde_json::error::Category::Data
        | serde_json::error::Category::Io => "is no JSON text",
    };
    format!("{what}, at line {} column {}", error.line(), error.column())
}

/// Builds a [`Value`] and notes the first duplicate key on the way.
struct Tree<'a> {
    duplicate_key: &'a mut Option<String>,
}

impl Tree<'_> {
    fn again(&mut self) -> Tree<'_> {
        Tree { duplicate_key: self.duplicate_key }
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        Value::deserialize(source)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.again())? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self.again())?;
            match object.entry(key) {
                Entry::Vacant(place) => {
                    place.insert(value);
                }
                Entry::Occupied(mut place) => {
                    self.duplicate_key.get_or_insert_with(|| place.key().clone());
                    place.insert(value);
                }
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, value: Value, duplicate_key: Option<&str>, byte_order_mark: bool) {
        let duplicate_key = duplicate_key.map(str::to_owned);
        assert_eq!(parse(text), Ok(Json { value, duplicate_key, byte_order_mark }));
    }

    #[test]
    fn a_value_is_what_serde_json_makes_of_it() {
        let text = r#"{"a":[1,-2,2.5,true,null,"ไทย"],"b":{"c":18446744073709551615}}"#;
        check(text, serde_json::from_str(text).unwrap(), None, false);
    }

    #[test]
    fn a_key_that_stands_twice_is_named_however_deep() {
        check(r#"{"a":[{"k":1,"k":2}]}"#, serde_json::json!({"a": [{"k": 2}]}), Some("k"), false);
    }

    #[test]
    fn a_byte_order_mark_is_told() {
        check("\u{feff}{}", serde_json::json!({}), None, true);
    }

    #[test]
    fn what_is_no_single_json_text_is_refused_without_quoting_it() {
        for text in ["", "{} {}", "{\"secret\":", "not json", "[1e999999]", "\u{feff}\u{feff}{}"] {
            let error = parse(text).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
