//! That the schema files explain themselves.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// The sections a description may end with: the document's, and what stands outside it.
const SECTIONS: [&str; 16] = [
    "How to Connect to the WebSocket API",
    "1. Init Chat With Concierge",
    "2. Continue Previous Chat Session",
    "3. Get All Chat Messages",
    "4. Ping Chat Session",
    "5. Send Message",
    "5b. Send Message with Image/File Payload",
    "6. UnSent Message",
    "7. Mark Message As seen",
    "8. Get Unread Message Count",
    "9. End Chat Session",
    "Event: chat-message-${chatSessionId}",
    "Event: chat-message-delete",
    "Event: chat-session-update-${chatSessionId}",
    "Outside the document: errors",
    "Outside the document: API Gateway",
];

/// Every schema file with its path below the folder.
fn files() -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let mut files = Vec::new();
    for folder in ["requests", "responses", "events", "http", "types"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let text = fs::read_to_string(root.join(folder).join(&name)).unwrap();
            files.push((format!("{folder}/{name}"), serde_json::from_str(&text).unwrap()));
        }
    }
    files
}

/// Every property of a schema, however deep.
fn properties<'a>(schema: &'a Value, into: &mut Vec<(&'a str, &'a Value)>) {
    match schema {
        Value::Object(keywords) => {
            for (keyword, inner) in keywords {
                match inner.as_object().filter(|_| keyword == "properties") {
                    Some(named) => {
                        for (key, property) in named {
                            into.push((key, property));
                            properties(property, into);
                        }
                    }
                    None => properties(inner, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, into)),
        _ => {}
    }
}

#[test]
fn every_file_says_what_it_is() {
    for (file, schema) in files() {
        let id = format!("https://deskbell.example.com/schemas/{file}");
        assert_eq!(schema["$id"], id);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{file}");
        assert!(schema["title"].is_string(), "{file} has no title");
    }
}

#[test]
fn every_property_is_described_with_its_section() {
    for (file, schema) in files() {
        let mut found = Vec::new();
        properties(&schema, &mut found);
        let own = schema.get("description").map(|_| ("the file itself", &schema));
        for (key, property) in found.into_iter().chain(own) {
            let text = property["description"].as_str().unwrap_or_default();
            let is_told = SECTIONS.iter().any(|section| text.ends_with(&format!(" ({section})")));
            assert!(is_told, "{file}, {key}: {text:?}");
        }
    }
}
