//! The quick look says yes to what is by the document, and to nothing that is not.

use deskbell::protocol::{SchemaName, SchemaSet};
use serde_json::{Value, json};

use super::examples::{examples, with_name};

#[test]
fn every_example_of_what_a_server_sends_fits_at_a_quick_look() {
    for example in examples() {
        // An event's payload under `body` is left to the long look.
        let is_plain = match example.schema.split_once('/') {
            Some(("responses", _)) => true,
            Some(("events", _)) => example.value.get("payload").is_some(),
            _ => false,
        };
        with_name(&example.schema, |name| {
            let fits = SchemaSet::builtin().fits(name, &(&example.value).into());
            assert!(fits || !is_plain, "{}", example.name);
        });
    }
}

#[test]
fn what_fits_at_a_quick_look_is_valid_and_has_no_key_beyond() {
    let mut unfit = 0;
    for example in examples() {
        for pointer in pointers(&example.value) {
            for changed in changes(&example.value, &pointer) {
                with_name(&example.schema, |name| unfit += u32::from(!check(name, &changed)));
            }
        }
    }
    assert!(unfit > 1000, "only {unfit} changes are seen at a quick look");
}

/// Whether a value fits at a quick look; where it does, the long look has to agree.
#[track_caller]
fn check(name: SchemaName<'_>, value: &Value) -> bool {
    let schemas = SchemaSet::builtin();
    let fits = schemas.fits(name, &value.into());
    if fits {
        assert_eq!(schemas.validate(name, &value.into()), Ok(()), "{value}");
        assert_eq!(schemas.drift(name, &value.into()), [""; 0], "{value}");
    }
    fits
}

/// Pointers to all parts of a value.
fn pointers(value: &Value) -> Vec<String> {
    let below = |step: &str, value: &Value| -> Vec<String> {
        pointers(value).iter().map(|inner| format!("/{step}{inner}")).collect()
    };
    let inner: Vec<_> = match value {
        Value::Object(members) => members.iter().flat_map(|(key, of)| below(key, of)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(nth, of)| below(&nth.to_string(), of)).collect()
        }
        _ => Vec::new(),
    };
    [vec![String::new()], inner].concat()
}

/// A value with one part of it changed, in each of several ways.
fn changes(value: &Value, pointer: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut change = |with: &dyn Fn(&mut Value)| {
        let mut changed = value.clone();
        with(changed.pointer_mut(pointer).unwrap());
        all.push(changed);
    };
    for other in [
        json!(null),
        json!(true),
        json!(7),
        json!(-7),
        json!(7.0),
        json!(0.5),
        json!(""),
        json!("7"),
        json!("७"),
        json!("7\n"),
        json!("TENANT"),
        json!("4482E256-da14-47cc-b119-9575bbb3b6d3"),
        json!("4482e256-da14-47cc-b119-9575bbb3b6d"),
        json!("{4482e256-da14-47cc-b119-9575bbb3b6d3}"),
        json!([]),
        json!([null]),
        json!({}),
    ] {
        change(&|part| *part = other.clone());
    }
    change(&|part| match part {
        Value::Object(members) => drop(members.insert("beyond".to_owned(), Value::Null)),
        Value::String(text) => text.push('?'),
        Value::Array(items) => items.push(Value::Null),
        other => *other = json!([other.clone()]),
    });
    for nth in 0..value.pointer(pointer).and_then(Value::as_object).map_or(0, |object| object.len())
    {
        change(&|part| {
            let Value::Object(members) = part else { return };
            let key = members.keys().nth(nth).unwrap().clone();
            members.remove(&key);
        });
    }
    all
}
