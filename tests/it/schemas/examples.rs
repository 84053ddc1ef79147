//! The document's examples: a file each, `<schema>[.<variant>].json`. Events, errors and the
//! acknowledgment, of which the document gives none, are made from its interfaces and readings.

use std::fs;
use std::path::{Path, PathBuf};

use deskbell::protocol::{EventKind, Route, SchemaName, SessionId};
use serde_json::Value;

/// One example.
pub(crate) struct Example {
    /// Its file without `.json`, such as `responses/init.new`.
    pub(crate) name: String,
    /// The schema it is to satisfy, such as `responses/init`.
    pub(crate) schema: String,
    /// The frame, or the body of an HTTP call.
    pub(crate) value: Value,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schemas")
}

/// Every example, in the order of their names.
pub(crate) fn examples() -> Vec<Example> {
    let mut names = Vec::new();
    for side in ["events", "http", "requests", "responses", "types"] {
        for entry in fs::read_dir(folder().join("examples").join(side)).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            names.push(format!("{side}/{}", file.strip_suffix(".json").unwrap()));
        }
    }
    names.sort();
    names.iter().map(|name| example(name)).collect()
}

/// The example of a name.
#[track_caller]
pub(crate) fn example(name: &str) -> Example {
    let path = folder().join("examples").join(format!("{name}.json"));
    let value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let schema = name.split_once('.').map_or(name, |(schema, _)| schema);
    Example { name: name.to_owned(), schema: schema.to_owned(), value }
}

/// Calls `with` the name of the schema that stands in `<schema>.json`.
#[track_caller]
pub(crate) fn with_name<T>(schema: &str, with: impl FnOnce(SchemaName<'_>) -> T) -> T {
    let (side, what) = schema.split_once('/').unwrap();
    let steps = ["init", "session", "messages", "ping", "send", "unsend", "seen", "unread", "end"];
    let route = steps.into_iter().zip(Route::documented()).find(|(step, _)| *step == what);
    let session = SessionId::new("4482e256-da14-47cc-b119-9575bbb3b6d3");
    let event = match what {
        "message" => EventKind::Message(session),
        "update" => EventKind::Update(session),
        _ => EventKind::Delete,
    };
    let name = match (side, what, &route) {
        ("requests", _, Some((_, route))) => SchemaName::Request(route),
        ("responses", _, Some((_, route))) => SchemaName::Response(route),
        ("events", ..) => SchemaName::Event(&event),
        (_, "upload-url-request", _) => SchemaName::UploadRequest,
        (_, "upload-url-response", _) => SchemaName::UploadResponse,
        (_, "error", _) => SchemaName::Error,
        (_, "gateway-error", _) => SchemaName::GatewayError,
        (_, "acknowledgment", _) => SchemaName::Acknowledgment,
        _ => panic!("{schema} is no schema of a frame"),
    };
    assert_eq!(name.file(), Some(&*format!("{schema}.json")));
    with(name)
}
