//! The grammar as a JSON Schema (draft-07, which editors know best), for completion and hints.
//!
//! It is looser than the checker where a schema can't tell. Start from [`editor_schema`] and
//! [`profile_schema`].

use serde_json::{Map as Object, Value, json};

use crate::scenario::node::Node;
use crate::scenario::source::SourceFile;
use crate::scenario::yaml;

use super::{FILE, Key, Kind, MATCHERS, Map, PROFILE, STEP, Word};

/// The schema of a scenario file.
fn editor_schema() -> Value {
    let head = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://deskbell.example.com/schemas/scenario.schema.json",
        "title": "deskbell scenario",
        "description": "A flow of steps, who plays it, and how much of it. Written from the parser's own tables; the language by example is in scenarios/README.md.",
        "definitions": { "step": step(), "pattern": pattern() },
    });
    with_head(map(&FILE), head)
}

/// The schema of a profile.
fn profile_schema() -> Value {
    let head = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://deskbell.example.com/schemas/profile.schema.json",
        "title": "deskbell profile",
        "description": "One endpoint's facts. Written from the parser's own tables; docs/profile.md explains them by example.",
    });
    with_head(map(&PROFILE), head)
}

fn with_head(mut root: Value, head: Value) -> Value {
    if let (Value::Object(root), Value::Object(head)) = (&mut root, head) {
        root.extend(head);
    }
    root
}

fn map(map: &Map) -> Value {
    let properties: Object<String, Value> =
        map.keys().map(|key| (key.name.to_owned(), explained(key))).collect();
    let needed: Vec<&str> = map.keys().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema =
        json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !needed.is_empty() {
        schema["required"] = needed.into();
    }
    schema
}

/// A key's value with its explanation and example.
fn explained(key: &Key) -> Value {
    let mut schema = kind(&key.kind);
    schema["description"] = key.doc.into();
    schema["examples"] = json!([example(key.example)]);
    schema
}

fn example(text: &str) -> Value {
    let source = SourceFile::new("example", text).into();
    let (node, _) = yaml::parse(&source).expect("examples are YAML");
    json_of(&node)
}

pub(in crate::scenario) fn json_of(node: &Node) -> Value {
    match node.scalar() {
        Some(scalar) => scalar,
        None if node.describe() == "a list" => node.elements().iter().map(json_of).collect(),
        None => {
            let entries = node.entries().iter();
            entries.map(|entry| (entry.key.name.clone(), json_of(&entry.value))).collect()
        }
    }
}

fn kind(kind_of: &Kind) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match kind_of {
        Kind::Text | Kind::File => json!({ "type": "string", "not": { "pattern": "\\$\\{" } }),
        Kind::Template | Kind::Actor | Kind::Message => json!({ "type": "string" }),
        Kind::Count { least, most } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::CountTemplate => {
            json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, text("\\$\\{")] })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Duration { .. } => text("^ *[0-9.]+ *[a-zµ]"),
        Kind::Pause => text("^ *[0-9.]+ *[a-zµ].*$"),
        Kind::Backoff => text("^ *(never|[0-9.]+ *[a-zµ][^.]*\\.\\. *[0-9.]+ *[a-zµ].*) *$"),
        Kind::Rate { .. } => text("^ *[0-9.]+ */ *[sm] *$"),
        Kind::Rates => text("^ *[0-9.]+ */ *[sm] *(\\.\\. *[0-9.]+ */ *[sm] *)?$"),
        Kind::Counts { most } => {
            let one = json!({ "type": "integer", "minimum": 1, "maximum": most });
            json!({ "anyOf": [one, text("^ *[0-9]+ *(\\.\\. *[0-9]+ *)?$")] })
        }
        Kind::Threshold => text("^ *[a-z][A-Za-z0-9_.-]*\\.[a-z0-9]+ *(<=|>=|==|<|>) *[0-9]"),
        Kind::Hex => text("^( *[0-9A-Fa-f] *[0-9A-Fa-f])* *$"),
        Kind::NewName => text("^[A-Za-z_][A-Za-z0-9_-]*$"),
        Kind::Word { words, .. } => word(words),
        Kind::Value => json!({}),
        Kind::Pattern => json!({ "$ref": "#/definitions/pattern" }),
        Kind::List(of) => json!({ "type": "array", "items": kind(of) }),
        Kind::Steps => json!({ "type": "array", "items": { "$ref": "#/definitions/step" } }),
        Kind::Request => {
            let bare = json!({ "enum": STEP.keys().map(|key| key.name).collect::<Vec<_>>() });
            json!({ "anyOf": [bare, { "$ref": "#/definitions/step" }] })
        }
        Kind::Map(of) => map(of),
        Kind::MapOf(of) => json!({ "type": "object", "additionalProperties": kind(of) }),
        Kind::Nothing => json!({ "type": "null" }),
        Kind::Either(kinds) => json!({ "anyOf": kinds.iter().map(kind).collect::<Vec<_>>() }),
    }
}

fn word(words: &[Word]) -> Value {
    let words: Vec<Value> =
        words.iter().map(|word| json!({ "const": word.name, "description": word.doc })).collect();
    json!({ "type": "string", "anyOf": words })
}

/// A name alone where the step needs no value, or a map with one key.
fn step() -> Value {
    let bare = STEP.keys().filter(|key| crate::scenario::check::takes_nothing(&key.kind));
    let bare: Vec<Value> =
        bare.map(|key| json!({ "const": key.name, "description": key.doc })).collect();
    let mut one = map(&STEP);
    one["minProperties"] = 1.into();
    one["maxProperties"] = 1.into();
    json!({ "anyOf": [{ "type": "string", "anyOf": bare }, one] })
}

/// Any value; a map with a key that begins with `$` is a matcher.
fn pattern() -> Value {
    let matchers = MATCHERS.keys().map(|key| {
        let mut matcher = map(&MATCHERS);
        matcher["required"] = json!([key.name]);
        matcher["properties"] = json!({ key.name: explained(key) });
        matcher
    });
    let here = json!({ "$ref": "#/definitions/pattern" });
    let plain = [
        json!({ "type": ["string", "number", "boolean", "null"] }),
        json!({ "type": "array", "items": here }),
        json!({
            "type": "object",
            "propertyNames": { "pattern": "^([^$]|$)" },
            "additionalProperties": here,
        }),
    ];
    json!({ "anyOf": plain.into_iter().chain(matchers).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::*;

    #[track_caller]
    fn is_fresh(shipped: &str, schema: &Value) {
        let mut fresh = serde_json::to_string_pretty(schema).expect("it is JSON");
        fresh.push('\n');
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(shipped, &fresh).expect("the schema can be written");
        }
        assert_eq!(fs::read_to_string(shipped).unwrap_or_default(), fresh, "{shipped}");
    }

    #[test]
    fn the_shipped_schemas_are_fresh() {
        is_fresh("schemas/scenario.schema.json", &editor_schema());
        is_fresh("schemas/profile.schema.json", &profile_schema());
    }

    #[test]
    fn every_example_fits_its_own_key() {
        let whole = editor_schema();
        let check = |map: &Map| {
            for key in map.keys() {
                let mut schema = kind(&key.kind);
                schema["definitions"] = whole["definitions"].clone();
                let validator = jsonschema::draft7::new(&schema).expect("it is a schema");
                let value = example(key.example);
                assert!(validator.is_valid(&value), "{}.{}: {value}", map.name, key.name);
            }
        };
        each_map(&FILE, &check);
        each_map(&STEP, &check);
        each_map(&PROFILE, &check);
        check(&MATCHERS);
    }

    fn each_map(map: &Map, check: &impl Fn(&Map)) {
        check(map);
        map.keys().for_each(|key| each_in(&key.kind, check));
    }

    fn each_in(kind: &Kind, check: &impl Fn(&Map)) {
        match kind {
            Kind::Map(map) => each_map(map, check),
            Kind::List(of) | Kind::MapOf(of) => each_in(of, check),
            Kind::Either(kinds) => kinds.iter().for_each(|kind| each_in(kind, check)),
            _ => {}
        }
    }

    /// The files of a folder of test data, and whether each fits the schema.
    fn fits(folder: &str, schema: &Value) -> Vec<(String, bool)> {
        let validator = jsonschema::draft7::new(schema).expect("it is a schema");
        let entries = fs::read_dir(folder).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("it can be listed").path());
        let yaml = paths.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
        yaml.filter_map(|path| {
            let text = fs::read_to_string(&path).expect("test data is text");
            let source = SourceFile::new("a.yaml", text).into();
            let (node, _) = yaml::parse(&source).ok()?;
            Some((path.display().to_string(), validator.is_valid(&json_of(&node))))
        })
        .collect()
    }

    #[test]
    fn good_files_fit_the_schema_and_most_bad_ones_do_not() {
        for folder in
            ["src/scenario/testdata/ok", "scenarios", "scenarios/conformance", "scenarios/load"]
        {
            for (file, fits) in fits(folder, &editor_schema()) {
                assert!(fits, "{file}");
            }
        }
        let bad = fits("src/scenario/testdata/bad", &editor_schema());
        let told = bad.iter().filter(|(_, fits)| !fits).count();
        assert!(told >= 35, "{told} of {}", bad.len());
    }

    #[test]
    fn good_profiles_fit_the_schema_and_most_bad_ones_do_not() {
        for (file, fits) in fits("src/scenario/testdata/profile/ok", &profile_schema()) {
            assert!(fits, "{file}");
        }
        let bad = fits("src/scenario/testdata/profile/bad", &profile_schema());
        let told = bad.iter().filter(|(_, fits)| !fits).count();
        assert!(told >= 5, "{told} of {}", bad.len());
    }
}
