//! Writes plain values as JSON texts, quickly: what has to be escaped is left to `serde_json`.

use std::fmt::Write;

use super::Json;
use super::quick::is_plain;

/// Writes a value behind a text, without blanks.
pub(in crate::protocol) fn append(value: &Json, to: &mut String) {
    match value {
        Json::Null => to.push_str("null"),
        Json::Bool(is) => to.push_str(if *is { "true" } else { "false" }),
        Json::Number(number) => {
            write!(to, "{number}").expect("a text takes whatever is written into it");
        }
        Json::String(text) => append_text(text, to),
        Json::Array(items) => append_all(items.iter(), ['[', ']'], to, append),
        Json::Object(object) => append_all(object.iter(), ['{', '}'], to, |(key, member), to| {
            append_text(key, to);
            to.push(':');
            append(member, to);
        }),
    }
}

/// Writes a text in quotes behind another.
pub(in crate::protocol) fn append_text(text: &str, to: &mut String) {
    if is_plain(text) {
        to.push('"');
        to.push_str(text);
        to.push('"');
    } else {
        to.push_str(&serde_json::to_string(text).expect("a text is always JSON"));
    }
}

fn append_all<T>(
    values: impl Iterator<Item = T>,
    [open, close]: [char; 2],
    to: &mut String,
    append: impl Fn(T, &mut String),
) {
    to.push(open);
    for (nth, value) in values.enumerate() {
        if nth > 0 {
            to.push(',');
        }
        append(value, to);
    }
    to.push(close);
}
