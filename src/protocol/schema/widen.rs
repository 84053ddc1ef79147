//! Schemas that take digits in either spelling, made from those that ask for one.

use serde_json::{Map, Value, json};

use super::Documents;
use super::violation::DIGITS;
use crate::protocol::Spelling;

/// Files of whole numbers that are ids or times, by how their paths begin; other whole numbers are
/// of another kind. Strings of digits are told by their pattern.
const NUMBERS: [&str; 2] = ["/types/id-number", "/types/timestamp-number"];

/// How a schema, in the document of an id, spells digits; none where it is of no such value.
pub(super) fn spelling(id: &str, schema: &Value) -> Option<Spelling> {
    let is_file = schema.get("$id").is_some();
    if schema["pattern"] == DIGITS {
        Some(Spelling::Text)
    } else if is_file && NUMBERS.iter().any(|file| id.contains(file)) {
        Some(Spelling::Number)
    } else {
        None
    }
}

/// Whether a file is of what a server tells over its socket.
pub(super) fn is_told(file: &str) -> bool {
    file.starts_with("responses/") || file.starts_with("events/")
}

/// The same documents, digits in either spelling.
pub(super) fn all(documents: &Documents) -> Documents {
    let widened = |(id, document): (&String, &Value)| {
        let mut document = document.clone();
        widen(id, &mut document);
        (id.clone(), document)
    };
    documents.iter().map(widened).collect()
}

fn widen(id: &str, schema: &mut Value) {
    let is_digits = spelling(id, schema).is_some();
    match schema {
        Value::Object(keywords) => {
            keywords.values_mut().for_each(|inner| widen(id, inner));
            if is_digits {
                take_either(keywords);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| widen(id, inner)),
        _ => {}
    }
}

fn take_either(keywords: &mut Map<String, Value>) {
    let mut kinds = match keywords.remove("type") {
        Some(Value::Array(kinds)) => kinds,
        Some(kind) => vec![kind],
        None => return,
    };
    for kind in ["string", "integer"] {
        if !kinds.iter().any(|known| known == kind) {
            kinds.push(kind.into());
        }
    }
    keywords.insert("type".into(), kinds.into());
    keywords.entry("pattern").or_insert(json!(DIGITS));
    keywords.entry("minimum").or_insert(json!(0));
}
