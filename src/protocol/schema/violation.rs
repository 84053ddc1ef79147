//! What is told of a value that its schema does not allow: never the value itself.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::Documents;

/// How many places are told of one value.
const MOST: usize = 16;
/// Up to how many values in all every deviation is looked for; in a larger one, only the first,
/// as a server could otherwise make each byte it sends cost us hundreds.
const LARGE: usize = 10_000;
/// The pattern of ids and instants in responses.
pub(super) const DIGITS: &str = "^[0-9]+$";

/// One place of a value that its schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer (RFC 6901) to the place; for a missing key, to the object that lacks it.
    pub pointer: String,
    /// What the schema asks for there, in words.
    pub expected: String,
    /// What stands there: kind and size, never the value.
    pub actual: String,
    /// The schema's keyword that says so: `required`, `type`, ...
    pub keyword: String,
}

/// Lists where an invalid value deviates.
pub(super) fn list(validator: &Validator, documents: &Documents, value: &Value) -> Vec<Violation> {
    if size_up_to(value, LARGE) == LARGE {
        let first = validator.validate(value).err();
        return first.iter().map(|error| violation(documents, error)).collect();
    }
    let errors = validator.iter_errors(value).take(MOST);
    let mut list: Vec<_> = errors.map(|error| violation(documents, &error)).collect();
    // One schema's `type` and `enum` are told in the same words.
    list.dedup_by(|one, other| one.pointer == other.pointer && one.expected == other.expected);
    list
}

fn violation(documents: &Documents, error: &ValidationError<'_>) -> Violation {
    let (expected, actual) = match error.kind() {
        ValidationErrorKind::Required { property } => (
            format!("the key `{}`", property.as_str().unwrap_or_default()),
            format!("{} without it", kind_of(error.instance())),
        ),
        kind => {
            let expected = schema_of(documents, error).and_then(describe);
            let other = || format!("what the schema's `{}` asks for", kind.keyword());
            (expected.unwrap_or_else(other), kind_of(error.instance()))
        }
    };
    Violation {
        pointer: error.instance_path().to_string(),
        expected,
        actual,
        keyword: error.kind().keyword().to_owned(),
    }
}

/// The schema object that holds the keyword an error comes from.
fn schema_of<'a>(documents: &'a Documents, error: &ValidationError<'_>) -> Option<&'a Value> {
    let (id, pointer) = error.absolute_keyword_location()?.as_str().split_once('#')?;
    documents.get(id)?.pointer(pointer.rsplit_once('/')?.0)
}

/// What a schema of a single value asks for, in words; `None` where there are none for it.
fn describe(schema: &Value) -> Option<String> {
    if let Some(only) = schema.get("const") {
        return Some(only.to_string());
    }
    if let Some(options) = schema["enum"].as_array() {
        let options: Vec<_> = options.iter().map(Value::to_string).collect();
        return Some(format!("one of {}", options.join(", ")));
    }
    let kinds: Vec<_> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let words: Vec<_> = kinds.into_iter().map(|kind| describe_kind(kind, schema)).collect();
    (!words.is_empty()).then(|| words.join(" or "))
}

fn describe_kind(kind: &str, schema: &Value) -> String {
    let pattern = schema["pattern"].as_str();
    let format = schema["format"].as_str();
    match (kind, pattern, format) {
        ("string", Some(DIGITS), _) => "a string of digits".to_owned(),
        ("string", Some(pattern), _) => format!("a string that matches {pattern}"),
        ("string", _, Some("uuid")) => "a UUID".to_owned(),
        ("string", _, Some("uri")) => "a URI".to_owned(),
        ("string", _, Some(format)) => format!("a string of the format {format}"),
        ("integer" | "number", ..) => match &schema["minimum"] {
            Value::Null => with_article(kind),
            minimum => format!("{} of at least {minimum}", with_article(kind)),
        },
        _ => with_article(kind),
    }
}

fn with_article(kind: &str) -> String {
    match kind {
        "null" => kind.to_owned(),
        "integer" | "object" | "array" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

/// Kind and size of a value.
fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) if number.is_u64() => "an integer".to_owned(),
        Value::Number(number) if number.is_i64() => "a negative integer".to_owned(),
        Value::Number(_) => "a fractional number".to_owned(),
        Value::String(text) if text.is_empty() => "an empty string".to_owned(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("a string of {}", counted(text.len(), "digit"))
        }
        Value::String(text) => {
            format!("a string of {}", counted(text.chars().count(), "character"))
        }
        Value::Array(items) => format!("an array of {}", counted(items.len(), "item")),
        Value::Object(members) => format!("an object of {}", counted(members.len(), "key")),
    }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// How many values a value holds, itself included; counted no further than `most`.
fn size_up_to(value: &Value, most: usize) -> usize {
    let mut size = 1;
    let mut add = |inner: &Value| {
        if size < most {
            size += size_up_to(inner, most - size);
        }
    };
    match value {
        Value::Array(items) => items.iter().for_each(&mut add),
        Value::Object(members) => members.values().for_each(&mut add),
        _ => {}
    }
    size.min(most)
}
