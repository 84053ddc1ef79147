//! What goes beyond the document and is allowed, and worth telling: keys that it does not have, and
//! in a lenient set digits in another spelling.

use serde_json::Value;

use super::load::join;
use super::{Documents, widen};
use crate::protocol::{Json, Spelling};

/// How many places are told of one value.
const MOST: usize = 64;
/// How much of a key is told, in characters.
const KEY_LENGTH: usize = 64;

/// The keys that a schema names, as a tree. A schema that names none leaves them free.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Sorted.
    keys: Vec<(Box<str>, Self)>,
    names_keys: bool,
    items: Option<Box<Self>>,
    /// How digits are spelled here, where that is to be told.
    spelling: Option<Spelling>,
}

impl Known {
    /// Gathers what a document names, over all its branches and through its `$ref`s.
    pub(super) fn of(documents: &Documents, id: &str, document: &Value) -> Self {
        let mut known = Self::default();
        let trail = Trail { id, schema: document, up: None };
        known.absorb(documents, document, &trail, Tells::Keys);
        known
    }

    /// The same, and how digits are spelled.
    pub(super) fn spelled(documents: &Documents, id: &str, document: &Value) -> Self {
        let mut known = Self::default();
        let trail = Trail { id, schema: document, up: None };
        known.absorb(documents, document, &trail, Tells::KeysAndSpelling);
        known
    }

    fn absorb(&mut self, documents: &Documents, schema: &Value, trail: &Trail<'_>, tells: Tells) {
        if tells == Tells::KeysAndSpelling {
            self.spelling = self.spelling.or_else(|| widen::spelling(trail.id, schema));
        }
        if let Some(target) = schema["$ref"].as_str().and_then(|to| trail.follow(documents, to)) {
            // A schema that holds itself has no finite tree: its inner part is left free.
            if !trail.holds(target.schema) {
                self.absorb(documents, target.schema, &target, tells);
            }
        }
        for branches in ["allOf", "anyOf", "oneOf"] {
            for branch in schema[branches].as_array().into_iter().flatten() {
                self.absorb(documents, branch, trail, tells);
            }
        }
        for branch in ["then", "else"].into_iter().filter_map(|branch| schema.get(branch)) {
            self.absorb(documents, branch, trail, tells);
        }
        if let Some(properties) = schema["properties"].as_object() {
            self.names_keys = true;
            for (key, property) in properties {
                self.key(key).absorb(documents, property, trail, tells);
            }
        }
        if schema["items"].is_object() {
            self.items.get_or_insert_default().absorb(documents, &schema["items"], trail, tells);
        }
    }

    fn key(&mut self, key: &str) -> &mut Self {
        let at = match self.keys.binary_search_by(|(known, _)| (**known).cmp(key)) {
            Ok(at) => at,
            Err(at) => {
                self.keys.insert(at, (key.into(), Self::default()));
                at
            }
        };
        &mut self.keys[at].1
    }

    /// Pointers to the keys of a value that are not named, none twice. Allocates only for those.
    pub(super) fn strays(&self, value: &Json) -> Vec<String> {
        let mut strays = Vec::new();
        self.walk(value, None, &mut strays);
        strays
    }

    fn walk(&self, value: &Json, path: Option<&Path<'_>>, strays: &mut Vec<String>) {
        match value {
            Json::Object(members) if self.names_keys => {
                for (key, member) in members.iter() {
                    let path = Path { up: path, step: key };
                    match self.keys.binary_search_by(|(known, _)| (**known).cmp(key)) {
                        Ok(at) => self.keys[at].1.walk(member, Some(&path), strays),
                        Err(_) => path.note(strays, ""),
                    }
                }
            }
            Json::Array(items) => {
                let Some(known) = &self.items else { return };
                let path = Path { up: path, step: "*" };
                for item in items {
                    known.walk(item, Some(&path), strays);
                }
            }
            Json::String(_) if self.spelling == Some(Spelling::Number) => {
                path.inspect(|path| path.note(strays, " as a string"));
            }
            Json::Number(_) if self.spelling == Some(Spelling::Text) => {
                path.inspect(|path| path.note(strays, " as a number"));
            }
            _ => {}
        }
    }
}

/// What is told of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    Keys,
    KeysAndSpelling,
}

/// The `$ref`s that led to a schema.
pub(super) struct Trail<'a> {
    pub(super) id: &'a str,
    pub(super) schema: &'a Value,
    pub(super) up: Option<&'a Self>,
}

impl<'a> Trail<'a> {
    pub(super) fn follow(&'a self, documents: &'a Documents, reference: &str) -> Option<Self> {
        let (id, pointer) = join(self.id, reference)?;
        let (id, document) = documents.get_key_value(&id)?;
        Some(Self { id, schema: document.pointer(&pointer)?, up: Some(self) })
    }

    pub(super) fn holds(&self, schema: &Value) -> bool {
        std::ptr::eq(self.schema, schema) || self.up.is_some_and(|up| up.holds(schema))
    }
}

/// Where in a value a walk is; a list on the stack, so that a path costs nothing until it is told.
struct Path<'a> {
    up: Option<&'a Self>,
    step: &'a str,
}

impl Path<'_> {
    fn note(&self, strays: &mut Vec<String>, how: &str) {
        if strays.len() < MOST {
            let mut pointer = String::new();
            self.write(&mut pointer);
            pointer.push_str(how);
            if !strays.contains(&pointer) {
                strays.push(pointer);
            }
        }
    }

    fn write(&self, pointer: &mut String) {
        if let Some(up) = self.up {
            up.write(pointer);
        }
        pointer.push('/');
        for (at, character) in self.step.chars().enumerate() {
            match character {
                _ if at == KEY_LENGTH => return pointer.push('…'),
                '~' => pointer.push_str("~0"),
                '/' => pointer.push_str("~1"),
                other => pointer.push(other),
            }
        }
    }
}
