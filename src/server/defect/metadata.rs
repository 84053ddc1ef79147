//! Metadata that a server changes as it stores it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::protocol::Route;

use super::hook::Hook;
use super::turn::Turn;
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    metadata(
        "metadata-dropped",
        "Metadata is dropped.",
        &[Hook::Ask(|_, _, turn| rewrite_metadata(turn, |_| Map::new()))],
    ),
    metadata(
        "metadata-keys-in-lower-case",
        "The keys of metadata are stored in lower case.",
        &[Hook::Ask(|_, _, turn| {
            rewrite_metadata(turn, |metadata| {
                metadata.into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect()
            })
        })],
    ),
    metadata(
        "metadata-flattened",
        "Nested metadata is flattened.",
        &[Hook::Ask(|_, _, turn| {
            rewrite_metadata(turn, |metadata| {
                let mut flat = BTreeMap::new();
                flatten("", Value::Object(metadata), &mut flat);
                flat.into_iter().collect()
            })
        })],
    ),
    metadata(
        "metadata-as-text",
        "Numbers and booleans in metadata become strings.",
        &[Hook::Ask(|_, _, turn| {
            rewrite_metadata(turn, |mut metadata| {
                for value in
                    metadata.values_mut().filter(|value| value.is_number() || value.is_boolean())
                {
                    *value = json!(value.to_string());
                }
                metadata
            })
        })],
    ),
    metadata(
        "metadata-rounded",
        "Numbers in metadata are kept in single precision.",
        &[Hook::Ask(|_, _, turn| {
            rewrite_metadata(turn, |mut metadata| {
                metadata.values_mut().for_each(round);
                metadata
            })
        })],
    ),
    metadata(
        "metadata-nulls-dropped",
        "Keys of metadata whose value is null are dropped.",
        &[Hook::Ask(|_, _, turn| {
            rewrite_metadata(turn, |metadata| {
                metadata.into_iter().filter(|(_, value)| !value.is_null()).collect()
            })
        })],
    ),
    metadata(
        "metadata-cut",
        "Strings in metadata are cut after eight characters.",
        &[Hook::Ask(|_, _, turn| {
            rewrite_metadata(turn, |mut metadata| {
                for value in metadata.values_mut() {
                    if let Value::String(text) = value {
                        *text = text.chars().take(8).collect();
                    }
                }
                metadata
            })
        })],
    ),
];

const fn metadata(name: &'static str, title: &'static str, hooks: &'static [Hook]) -> Defect {
    Defect::new(Kind::Value, name, title, &["SEND-6"], hooks)
}

/// Changes the metadata of what is to be sent. It never answers by itself.
fn rewrite_metadata<T>(
    turn: &mut Turn,
    change: impl Fn(Map<String, Value>) -> Map<String, Value>,
) -> Option<T> {
    if turn.route == Route::Send {
        for key in ["metdata", "metadata"] {
            if let Some(metadata) = turn.body()[key].as_object().cloned() {
                turn.body_mut()[key] = Value::Object(change(metadata));
            }
        }
    }
    None
}

fn flatten(path: &str, value: Value, flat: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                flatten(&path, value, flat);
            }
        }
        other => {
            flat.insert(path.to_owned(), other);
        }
    }
}

fn round(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let rounded = f64::from(number.as_f64().unwrap_or_default() as f32);
            *value = if rounded.fract() == 0.0 { json!(rounded as i64) } else { json!(rounded) };
        }
        Value::Object(object) => object.values_mut().for_each(round),
        Value::Array(items) => items.iter_mut().for_each(round),
        _ => {}
    }
}
