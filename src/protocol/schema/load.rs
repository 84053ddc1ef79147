//! From files to a compiled set; every flaw is kept, so that a user sees all of them at once.

use std::fs;
use std::io;
use std::path::Path;

use jsonschema::{Draft, PatternOptions, Registry, ValidationError, ValidationOptions, Validator};
use serde_json::Value;
use url::Url;

use super::drift::Known;
use super::embedded::EMBEDDED;
use super::name::FILES;
use super::shape::Shape;
use super::{Documents, Schema, SchemaFlaw, SchemaSet, widen};
use crate::protocol::{Dialect, json};

/// What the `$id` of every schema begins with; the rest is the file's path.
const BASE: &str = "https://deskbell.example.com/schemas/";
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
const FOLDERS: [&str; 5] = ["requests", "responses", "events", "http", "types"];

/// Compiles the set that is built in.
pub(super) fn builtin() -> Result<SchemaSet, Vec<SchemaFlaw>> {
    let mut reading = Reading::default();
    for &(file, text) in EMBEDDED {
        reading.text(file, text);
    }
    reading.compile()
}

/// Compiles a set that takes digits in either spelling, where they come from a server's socket.
pub(super) fn lenient(documents: &Documents) -> Result<SchemaSet, Vec<SchemaFlaw>> {
    let wide = widen::all(documents);
    let mut schemas = build(documents)?;
    for (schema, (file, wide_schema)) in schemas.iter_mut().zip(FILES.iter().zip(build(&wide)?)) {
        if widen::is_told(file) {
            let id = format!("{BASE}{file}");
            schema.validator = wide_schema.validator;
            schema.wide = wide_schema.shape;
            schema.known = Known::spelled(documents, &id, &documents[&id]);
        }
    }
    Ok(SchemaSet::new(schemas, wide, Dialect::Lenient))
}

/// Reads and compiles the set of a folder.
pub(super) fn from_dir(dir: &Path) -> Result<SchemaSet, Vec<SchemaFlaw>> {
    if let Err(source) = fs::read_dir(dir) {
        return Err(vec![SchemaFlaw::Unreadable { file: ".".to_owned(), source }]);
    }
    let mut reading = Reading::default();
    let mut files = Vec::new();
    for folder in FOLDERS {
        match list(dir, folder) {
            Ok(found) => files.extend(found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => {
                reading.flaws.push(SchemaFlaw::Unreadable { file: folder.to_owned(), source });
            }
        }
    }
    let absent = FILES.iter().filter(|file| !files.iter().any(|found| found == *file));
    reading.flaws.extend(absent.map(|file| SchemaFlaw::Missing { file: (*file).to_owned() }));
    for file in files {
        match fs::read_to_string(dir.join(&file)) {
            Ok(text) => reading.text(&file, &text),
            Err(source) => reading.unreadable(file, source),
        }
    }
    reading.compile()
}

/// The JSON files of one folder, in the order of their names.
fn list(dir: &Path, folder: &str) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir.join(folder))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            files.push(format!("{folder}/{name}"));
        }
    }
    files.sort();
    Ok(files)
}

/// What has been read so far, and what was wrong with it.
#[derive(Default)]
struct Reading {
    /// Faulty ones stand as null, so that a `$ref` to one is not a second flaw.
    documents: Documents,
    flaws: Vec<SchemaFlaw>,
}

impl Reading {
    fn text(&mut self, file: &str, text: &str) {
        let document = parse(file, text).unwrap_or_else(|flaws| {
            self.flaws.extend(flaws);
            Value::Null
        });
        self.documents.insert(format!("{BASE}{file}"), document);
    }

    fn unreadable(&mut self, file: String, source: io::Error) {
        self.documents.insert(format!("{BASE}{file}"), Value::Null);
        self.flaws.push(SchemaFlaw::Unreadable { file, source });
    }

    fn compile(mut self) -> Result<SchemaSet, Vec<SchemaFlaw>> {
        for (id, document) in &self.documents {
            let dangling = references(document).into_iter().filter(|reference| {
                join(id, reference).is_none_or(|(id, _)| !self.documents.contains_key(&id))
            });
            self.flaws.extend(dangling.map(|reference| SchemaFlaw::DanglingReference {
                file: file_of(id),
                reference: reference.to_owned(),
            }));
        }
        if !self.flaws.is_empty() {
            return Err(self.flaws);
        }
        let schemas = build(&self.documents)?;
        Ok(SchemaSet::new(schemas, self.documents, Dialect::Documented))
    }
}

fn parse(file: &str, text: &str) -> Result<Value, Vec<SchemaFlaw>> {
    let file = file.to_owned();
    let parsed = match json::parse(text) {
        Ok(parsed) => parsed,
        Err(why) => return Err(vec![SchemaFlaw::NotJson { file, why }]),
    };
    if let Some(key) = parsed.duplicate_key {
        return Err(vec![SchemaFlaw::DuplicateKey { file, key }]);
    }
    let value = parsed.value.to_value();
    let required = [("$schema", DIALECT.to_owned()), ("$id", format!("{BASE}{file}"))];
    let mut flaws: Vec<_> = required
        .into_iter()
        .filter(|(key, expected)| value[*key].as_str() != Some(expected))
        .map(|(key, expected)| SchemaFlaw::WrongKeyword { file: file.clone(), key, expected })
        .collect();
    if let Err(error) = jsonschema::draft202012::meta::validate(&value) {
        flaws.push(refused(file, &error));
    }
    if flaws.is_empty() { Ok(value) } else { Err(flaws) }
}

/// Compiles every schema that has a name.
fn build(documents: &Documents) -> Result<Vec<Schema>, Vec<SchemaFlaw>> {
    let registry = Registry::new()
        .draft(Draft::Draft202012)
        .extend(documents.iter())
        .and_then(jsonschema::RegistryBuilder::prepare)
        .map_err(|error| {
            let error = ValidationError::from(error);
            vec![refused("all files".to_owned(), &error)]
        })?;
    let mut schemas = Vec::with_capacity(FILES.len());
    let mut flaws = Vec::new();
    for file in FILES {
        let id = format!("{BASE}{file}");
        let document = &documents[&id];
        match validator(&registry, &id, document) {
            Ok(validator) => {
                let known = Known::of(documents, &id, document);
                let shape = Shape::of(documents, &id, document);
                schemas.push(Schema { validator, known, shape, wide: None });
            }
            Err(error) => flaws.push(refused(file.to_owned(), &error)),
        }
    }
    if flaws.is_empty() { Ok(schemas) } else { Err(flaws) }
}

/// Formats are asserted and unknown ones refused; by default the draft only annotates them.
fn validator(
    registry: &Registry<'_>,
    id: &str,
    document: &Value,
) -> Result<Validator, ValidationError<'static>> {
    options().with_registry(registry).with_base_uri(id).build(document)
}

/// Compiles a schema without a `$ref`; none where that fails.
pub(super) fn leaf(schema: &Value) -> Option<Validator> {
    options().build(schema).ok()
}

fn options<'a>() -> ValidationOptions<'a> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
}

fn refused(file: String, error: &ValidationError<'_>) -> SchemaFlaw {
    let pointer = error.instance_path().to_string();
    SchemaFlaw::NotASchema { file, pointer, why: error.to_string() }
}

fn file_of(id: &str) -> String {
    id.strip_prefix(BASE).unwrap_or(id).to_owned()
}

/// Every `$ref` in a document.
fn references(schema: &Value) -> Vec<&str> {
    match schema {
        Value::Object(keywords) => {
            let own = keywords.get("$ref").and_then(Value::as_str);
            own.into_iter().chain(keywords.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// The document a `$ref` leads to, and the JSON pointer into it.
pub(super) fn join(base: &str, reference: &str) -> Option<(String, String)> {
    let mut target = Url::parse(base).ok()?.join(reference).ok()?;
    let pointer = target.fragment().unwrap_or_default().to_owned();
    target.set_fragment(None);
    Some((target.into(), pointer))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_is_embedded() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        let on_disk = FOLDERS.map(|folder| list(&dir, folder).unwrap()).concat();
        let embedded: Vec<_> = EMBEDDED.iter().map(|&(file, _)| file).collect();
        assert_eq!(embedded, on_disk);
    }

    #[test]
    fn every_file_is_a_named_schema_or_used_by_one() {
        let set = builtin().unwrap();
        let mut used = BTreeSet::new();
        let mut open: Vec<_> = FILES.iter().map(|file| format!("{BASE}{file}")).collect();
        while let Some(id) = open.pop() {
            let targets = references(&set.documents[&id]).into_iter();
            let targets: Vec<_> = targets.map(|to| join(&id, to).unwrap().0).collect();
            if used.insert(id) {
                open.extend(targets);
            }
        }
        assert_eq!(
            used.into_iter().collect::<Vec<_>>(),
            set.documents.into_keys().collect::<Vec<_>>()
        );
    }
}
