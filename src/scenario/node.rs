//! A YAML document as a tree in which every key and value keeps its place.
//!
//! It knows neither the parser nor the language. Start from [`Node`].

use serde_json::{Number, Value};

use super::source::{SourceFile, Span};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: NodeValue,
}

/// The values of YAML 1.2's core schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum NodeValue {
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) value: Node,
}

/// A key and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) span: Span,
    pub(super) name: String,
}

impl Node {
    /// The text of a text.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub(super) fn flag(&self) -> Option<bool> {
        match &self.value {
            NodeValue::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The value of a number that is whole and not negative.
    pub(super) fn count(&self) -> Option<u64> {
        match &self.value {
            NodeValue::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// The elements of a list; none of anything else.
    pub(super) fn elements(&self) -> &[Self] {
        match &self.value {
            NodeValue::List(elements) => elements,
            _ => &[],
        }
    }

    /// The entries of a map; none of anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            NodeValue::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a map under a key.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key.name == name)
    }

    /// The value of a map under a key.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// What it is, for people.
    pub(super) fn describe(&self) -> &'static str {
        match &self.value {
            NodeValue::Null => "nothing",
            NodeValue::Flag(_) => "true or false",
            NodeValue::Number(_) => "a number",
            NodeValue::Text(_) => "text",
            NodeValue::List(_) => "a list",
            NodeValue::Map(_) => "a map",
        }
    }

    /// The scalar as JSON; `None` of a list or a map.
    pub(super) fn scalar(&self) -> Option<Value> {
        match &self.value {
            NodeValue::Null => Some(Value::Null),
            NodeValue::Flag(flag) => Some(Value::Bool(*flag)),
            NodeValue::Number(number) => Some(Value::Number(number.clone())),
            NodeValue::Text(text) => Some(Value::String(text.clone())),
            NodeValue::List(_) | NodeValue::Map(_) => None,
        }
    }

    /// Where a part of this text stands in the file: exact where the file spells the part in one
    /// way only, else the whole scalar.
    pub(super) fn part(&self, source: &SourceFile, part: Span) -> Span {
        let Some(text) = self.text() else { return self.span };
        let written = source.slice(self.span);
        let inside = written.trim_start_matches(['"', '\'']);
        let offset = self.span.start + (written.len() - inside.len());
        if inside.starts_with(text) {
            return Span::new(offset + part.start, offset + part.end);
        }
        let Some(wanted) = text.get(part.range()).filter(|wanted| !wanted.is_empty()) else {
            return self.span;
        };
        let mut places = written.match_indices(wanted);
        match (places.next(), places.next()) {
            (Some((at, _)), None) => {
                Span::new(self.span.start + at, self.span.start + at + wanted.len())
            }
            _ => self.span,
        }
    }
}
