//! One strict pass over a JSON text: the value, and what RFC 8259 holds against the text.

use std::collections::HashMap;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::{FEW, Json, Key, Object, quick};

/// A parsed text and the flaws that a lenient parser would pass over.
#[derive(Debug, PartialEq)]
pub(in crate::protocol) struct Parsed {
    /// The value; of a key that stands twice, the last.
    pub(in crate::protocol) value: Json,
    /// The first key found twice in one object (RFC 8259 section 4).
    pub(in crate::protocol) duplicate_key: Option<String>,
    /// Whether the text begins with a byte order mark (RFC 8259 section 8.1).
    pub(in crate::protocol) byte_order_mark: bool,
}

/// For how many members, or items, room is kept from one frame to the next.
const MOST_ROOM: usize = 4 * FEW;

/// Parses one JSON text.
///
/// # Errors
/// What is wrong, without a word of the text itself: no JSON, more than one value, or nested more
/// than 128 deep.
pub(in crate::protocol) fn parse(text: &str) -> Result<Parsed, String> {
    if let Some(value) = quick::read(text) {
        return Ok(Parsed { value, duplicate_key: None, byte_order_mark: false });
    }
    strict(text)
}

/// The same, of any text.
pub(super) fn strict(text: &str) -> Result<Parsed, String> {
    let bare = text.strip_prefix('\u{feff}');
    let mut heap = Heap::default();
    let mut source = serde_json::Deserializer::from_str(bare.unwrap_or(text));
    let value = Tree(&mut heap)
        .deserialize(&mut source)
        .and_then(|value| source.end().map(|()| value))
        .map_err(|error| describe(&error))?;
    let Heap { duplicate_key, .. } = heap;
    Ok(Parsed { value, duplicate_key, byte_order_mark: bare.is_some() })
}

fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Syntax
        | serde_json::error::Category::Data
        | serde_json::error::Category::Io => "is no JSON text",
    };
    format!("{what}, at line {} column {}", error.line(), error.column())
}

/// What was read of the objects and lists that are not closed yet: the inner ones lie on top, so that
/// each is moved once, to the room that it needs.
#[derive(Default)]
pub(super) struct Heap {
    pub(super) members: Vec<(Key, Json)>,
    pub(super) items: Vec<Json>,
    pub(super) duplicate_key: Option<String>,
}

impl Heap {
    /// The same room with nothing in it; none where it is far more than a usual frame takes.
    pub(super) fn emptied(mut self) -> Self {
        if self.members.capacity().max(self.items.capacity()) > MOST_ROOM {
            return Self::default();
        }
        self.members.clear();
        self.items.clear();
        Self { duplicate_key: None, ..self }
    }

    /// Takes in a member of the object that begins at this place.
    pub(super) fn member(&mut self, from: usize, key: Key, member: Json) {
        let is_it = |known: &Key| known.is(key.print(), key.as_str());
        let known = self.members[from..].iter_mut().find(|(known, _)| is_it(known));
        match known {
            Some((key, known)) => {
                self.duplicate_key.get_or_insert_with(|| key.as_str().to_owned());
                *known = member;
            }
            None => self.members.push((key, member)),
        }
    }

    /// Of the members of a large object that has some twice, the last of each.
    fn without_doubles(&mut self, from: usize) {
        let mut last = HashMap::new();
        let large: Vec<_> = self.members.drain(from..).collect();
        for (key, member) in large {
            match last.get(key.as_str()) {
                Some(at) => {
                    self.duplicate_key.get_or_insert_with(|| key.as_str().to_owned());
                    let (_, known): &mut (_, Json) = &mut self.members[*at];
                    *known = member;
                }
                None => {
                    last.insert(key.as_str().to_owned(), self.members.len());
                    self.members.push((key, member));
                }
            }
        }
    }
}

/// Builds a value, and notes the first duplicate key on the way.
struct Tree<'a>(&'a mut Heap);

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Json, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let Self(heap) = self;
        let from = heap.items.len();
        while let Some(item) = items.next_element_seed(Tree(heap))? {
            heap.items.push(item);
        }
        Ok(Json::Array(heap.items.split_off(from).into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let Self(heap) = self;
        let from = heap.members.len();
        while let Some(key) = members.next_key_seed(ReadKey)? {
            let member = members.next_value_seed(Tree(heap))?;
            if heap.members.len() - from < FEW {
                heap.member(from, key, member);
            } else {
                heap.members.push((key, member));
            }
        }
        if heap.members.len() - from > FEW {
            heap.without_doubles(from);
        }
        Ok(Json::Object(Object(heap.members.split_off(from).into())))
    }
}

/// Reads a key.
struct ReadKey;

impl<'de> DeserializeSeed<'de> for ReadKey {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Key, D::Error> {
        source.deserialize_str(self)
    }
}

impl Visitor<'_> for ReadKey {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Key, E> {
        Ok(Key::new(value))
    }
}
