//! What the schemas reject. Two tables: `rejections.txt` says, for every place of every example,
//! which changes of it are rejected (made by `UPDATE_GOLDEN=1 cargo test`, read by a person);
//! `mutations.txt` gives changes by hand, with the words in which each is told.

use std::fmt::Write;
use std::fs;

use deskbell::protocol::{SchemaSet, Violation};
use serde_json::{Value, json};

use super::examples::{Example, example, examples, folder, with_name};

fn violations(schema: &str, value: &Value) -> Vec<Violation> {
    with_name(schema, |name| SchemaSet::builtin().validate(name, &value.into()))
        .err()
        .unwrap_or_default()
}

/// Takes what stands at a pointer away.
fn remove(value: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.remove(key)),
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        _ => panic!("{pointer} has no parent"),
    }
}

/// Pointers to all places within a value; of an array, to its first item.
fn places(value: &Value, pointer: &str, into: &mut Vec<String>) {
    let mut enter = |key: &str, inner: &Value| {
        let pointer = format!("{pointer}/{key}");
        into.push(pointer.clone());
        places(inner, &pointer, into);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(key, inner)| enter(key, inner)),
        Value::Array(items) => items.iter().take(1).for_each(|inner| enter("0", inner)),
        _ => {}
    }
}

/// The names of the changes of one place that are rejected. Each rejection has to name it.
fn rejected(example: &Example, pointer: &str) -> Vec<&'static str> {
    let kinds = [
        ("null", json!(null)),
        ("boolean", json!(true)),
        ("integer", json!(7)),
        ("negative", json!(-7)),
        ("fraction", json!(0.5)),
        ("digits", json!("7")),
        ("text", json!("x y")),
        ("object", json!({})),
        ("array", json!([])),
    ];
    let mut names = Vec::new();
    let mut without = example.value.clone();
    remove(&mut without, pointer);
    let told = violations(&example.schema, &without);
    if !told.is_empty() {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let is_event = example.schema.starts_with("events/");
        let key = if is_event && pointer == "/body" { "payload" } else { key };
        let names_it =
            |v: &Violation| v.pointer == parent && v.expected == format!("the key `{key}`");
        assert!(told.iter().all(names_it), "{} {pointer}: {told:?}", example.name);
        names.push("gone");
    }
    for (name, kind) in kinds {
        let mut changed = example.value.clone();
        *changed.pointer_mut(pointer).unwrap() = kind;
        let told = violations(&example.schema, &changed);
        if !told.is_empty() {
            assert!(
                told.iter().all(|v| v.pointer == pointer),
                "{} {pointer}: {told:?}",
                example.name
            );
            names.push(name);
        }
    }
    names
}

#[test]
fn every_change_of_every_place_is_rejected_or_let_pass_as_the_table_says() {
    let mut table = String::new();
    for example in examples() {
        writeln!(table, "{}", example.name).unwrap();
        let mut pointers = Vec::new();
        places(&example.value, "", &mut pointers);
        for pointer in pointers {
            writeln!(table, "  {pointer}: {}", rejected(&example, &pointer).join(" ")).unwrap();
        }
    }
    let golden = folder().join("rejections.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &table).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap();
    for (line, expected) in table.lines().zip(expected.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(table.lines().count(), expected.lines().count());
}

#[track_caller]
fn check(row: &str) -> String {
    let columns: Vec<_> = row.split(" | ").map(str::trim).collect();
    let [name, place, change, pointer, expected, actual] = columns[..] else {
        panic!("six columns are needed: {row}");
    };
    let Example { schema, mut value, .. } = example(name);
    match change {
        "(gone)" => remove(&mut value, place),
        json => *value.pointer_mut(place).unwrap() = serde_json::from_str(json).unwrap(),
    }
    let pointer = if pointer == "(top)" { "" } else { pointer };
    let told = violations(&schema, &value);
    let told: Vec<_> = told.iter().map(|v| [&*v.pointer, &*v.expected, &*v.actual]).collect();
    assert_eq!(told, [[pointer, expected, actual]], "{row}");
    schema
}

#[test]
fn each_deviation_is_told_by_its_place_and_in_words() {
    let table = fs::read_to_string(folder().join("mutations.txt")).unwrap();
    let rows = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let tried: Vec<_> = rows.map(check).collect();
    for Example { schema, .. } in examples() {
        assert!(tried.contains(&schema), "{schema} has no row in mutations.txt");
    }
}
