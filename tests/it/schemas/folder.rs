//! Schemas given as a folder, in place of the built-in ones.

use std::fs;
use std::path::Path;

use deskbell::protocol::{Route, SchemaName, SchemaSet};
use serde_json::{Value, json};

const SEND: &str = "responses/send.json";

/// The built-in folder, copied and then changed: files written, or taken away where `None`.
fn folder(changes: &[(&str, Option<String>)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    for folder in ["requests", "responses", "events", "http", "types"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let from = entry.unwrap().path();
            fs::copy(&from, dir.path().join(folder).join(from.file_name().unwrap())).unwrap();
        }
    }
    for (file, text) in changes {
        match text {
            Some(text) => fs::write(dir.path().join(file), text).unwrap(),
            None => fs::remove_file(dir.path().join(file)).unwrap(),
        }
    }
    dir
}

/// A built-in file with one place of it changed.
fn changed(file: &str, pointer: &str, to: Value) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(file);
    let mut schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    *schema.pointer_mut(pointer).unwrap() = to;
    schema.to_string()
}

/// What is told of a folder with these changes: how the message's lines after the first begin.
#[track_caller]
fn check(changes: &[(&str, Option<String>)], expected: &[&str]) {
    let dir = folder(changes);
    let error = SchemaSet::load(dir.path()).expect_err("the folder is flawed").to_string();
    let mut lines = error.lines();
    let head = format!("the schemas in {} cannot be used", dir.path().display());
    assert_eq!(lines.next(), Some(&*head));
    for expected in expected {
        let line = lines.next().unwrap_or_default();
        assert!(line.trim_start().starts_with(expected), "{error}");
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn a_folder_like_the_built_in_one_takes_its_place() {
    let looser = changed(SEND, "/properties/status", json!({ "type": "integer" }));
    let dir = folder(&[(SEND, Some(looser))]);
    let given = SchemaSet::load(dir.path()).unwrap();
    let mut frame = super::examples::example("responses/send").value;
    frame["status"] = json!(201);
    let name = SchemaName::Response(&Route::Send);
    assert_eq!(given.validate(name, &(&frame).into()), Ok(()));
    assert!(SchemaSet::builtin().validate(name, &(&frame).into()).is_err());
}

#[test]
fn every_flaw_of_every_file_is_told_at_once() {
    check(
        &[
            ("requests/end.json", None),
            (SEND, Some("{".to_owned())),
            ("responses/end.json", Some(r#"{ "type": 1, "type": 2 }"#.to_owned())),
            (
                "events/delete.json",
                Some(changed("events/delete.json", "/$id", json!("delete.json"))),
            ),
            ("types/id.json", Some(changed("types/id.json", "/type", json!("sting")))),
            ("types/paginate.json", None),
        ],
        &[
            "requests/end.json: there is no such file; copy the built-in one and change that",
            "responses/end.json: the key `type` stands twice in one object; remove one",
            "responses/send.json: ends too early, at line 1 column 1",
            "events/delete.json: `$id` must be \"https://deskbell.example.com/schemas/events/delete.json\"",
            "types/id.json: \"sting\" is not valid under any of the schemas listed in the 'anyOf' keyword, at `/type`",
            "responses/messages.json: the `$ref` \"../types/paginate.json\" leads to no schema of this folder",
        ],
    );
}

#[test]
fn a_pattern_format_or_pointer_that_means_nothing_is_told() {
    check(
        &[(
            "types/error.json",
            Some(changed("types/error.json", "/properties/channel", json!({ "format": "uid" }))),
        )],
        &["types/error.json: Unknown format: 'uid'"],
    );
    check(
        &[(
            "types/error.json",
            Some(changed(
                "types/error.json",
                "/properties/channel",
                json!({ "$ref": "#/$defs/no" }),
            )),
        )],
        &["types/error.json: Pointer '/$defs/no' does not exist, at ``"],
    );
}

#[test]
fn a_schema_that_holds_itself_is_fine() {
    let file = "types/metadata.json";
    let nested = changed(file, "/type", json!(["object", "null"]));
    let nested = nested.replacen('{', r##"{"properties":{"inner":{"$ref":"#"}},"##, 1);
    let dir = folder(&[(file, Some(nested))]);
    let given = SchemaSet::load(dir.path()).unwrap();
    let mut frame = super::examples::example("responses/send").value;
    frame["body"]["chatMessage"]["metdata"] = json!({ "inner": { "inner": { "inner": 7 } } });
    let violations =
        given.validate(SchemaName::Response(&Route::Send), &(&frame).into()).unwrap_err();
    assert_eq!(violations[0].pointer, "/body/chatMessage/metdata/inner/inner/inner");
}

#[test]
fn a_file_that_is_no_text_is_told_once() {
    let dir = folder(&[]);
    fs::write(dir.path().join("types/id.json"), [0xff, 0xfe]).unwrap();
    let error = SchemaSet::load(dir.path()).expect_err("the file is no text").to_string();
    assert_eq!(error.lines().count(), 2, "{error}");
    assert!(error.contains("  types/id.json: cannot be read: "), "{error}");
}

#[test]
fn an_empty_folder_names_every_schema_that_it_lacks() {
    let dir = tempfile::tempdir().unwrap();
    let error = SchemaSet::load(dir.path()).expect_err("there is nothing in it");
    assert_eq!(error.flaws.len(), 26);
}

#[test]
fn a_folder_that_is_not_there_is_told_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let error = SchemaSet::load(&dir.path().join("none")).expect_err("there is no such folder");
    assert_eq!(error.flaws.len(), 1);
    assert!(error.to_string().contains("\n  .: cannot be read: "), "{error}");
}
