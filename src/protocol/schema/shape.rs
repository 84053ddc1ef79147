//! A quick look at a value that is as its schema has it, which almost all are.
//!
//! A shape knows the plain keywords only. It says yes where a value is surely valid and has no key
//! beyond the schema's; of all else the validator and [`Known`] have to say what it is.
//! Start from [`Shape`].
//!
//! [`Known`]: super::drift::Known

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::protocol::json::Print;
use crate::protocol::{Json, Object};

use super::Documents;
use super::drift::Trail;
use super::load::leaf;
use super::violation::DIGITS;

/// The longest text that is remembered as matching, in bytes.
const LONGEST: usize = 128;

/// What a schema asks of a value, in one tree through its `$ref`s.
#[derive(Debug)]
pub(super) struct Shape {
    /// The kinds that it may be of, a bit each.
    kinds: u8,
    /// The only values that it may have.
    options: Option<Box<[Value]>>,
    /// What it has to be where it is a string.
    text: Text,
    /// The least that it may be where it is a number.
    least: Option<u64>,
    /// Its keys where it is an object, sorted; none where all are free.
    keys: Option<Vec<Key>>,
    /// What its items are where it is an array.
    items: Option<Box<Self>>,
}

#[derive(Debug)]
struct Key {
    name: Box<str>,
    print: Print,
    is_required: bool,
    /// None where it is required and not described, and so beyond the schema.
    shape: Option<Shape>,
}

#[derive(Debug)]
enum Text {
    Any,
    Digits,
    Uuid,
    /// This, and a UUID right behind it.
    EndsInUuid(Box<str>),
    Pattern(Box<Pattern>),
}

/// Any other pattern. Most texts that it is asked about are one and the same, such as a route.
#[derive(Debug)]
struct Pattern {
    validator: Validator,
    /// The first text that matched.
    matched: OnceLock<Box<str>>,
}

impl Shape {
    /// The shape of a schema; none where some keyword of it is not plain.
    pub(super) fn of(documents: &Documents, id: &str, document: &Value) -> Option<Self> {
        let mut shape = Self::any();
        shape.absorb(documents, document, &Trail { id, schema: document, up: None })?;
        Some(shape)
    }

    fn any() -> Self {
        let (options, least, keys, items) = (None, None, None, None);
        Self { kinds: u8::MAX, options, text: Text::Any, least, keys, items }
    }

    /// Asks for what a schema asks for, too.
    fn absorb(&mut self, documents: &Documents, schema: &Value, trail: &Trail<'_>) -> Option<()> {
        for (keyword, asked) in schema.as_object()? {
            match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" => {}
                "$id" => (asked.as_str() == Some(trail.id)).then_some(())?,
                // Whatever the condition, what fits both branches is valid.
                "if" => {}
                "then" | "else" => self.absorb(documents, asked, trail)?,
                "allOf" => {
                    let mut parts = asked.as_array()?.iter();
                    parts.try_for_each(|part| self.absorb(documents, part, trail))?;
                }
                "$ref" => {
                    let target = trail.follow(documents, asked.as_str()?)?;
                    (!trail.holds(target.schema)).then_some(())?;
                    self.absorb(documents, target.schema, &target)?;
                }
                "properties" => {
                    self.keys.get_or_insert_default();
                    for (name, property) in asked.as_object()? {
                        let shape = self.key(name).shape.get_or_insert_with(Self::any);
                        shape.absorb(documents, property, trail)?;
                    }
                }
                "items" => {
                    let items = self.items.get_or_insert_with(|| Box::new(Self::any()));
                    items.absorb(documents, asked, trail)?;
                }
                _ => self.narrow(keyword, asked)?,
            }
        }
        Some(())
    }

    /// Asks for what a keyword asks for that holds no schema.
    fn narrow(&mut self, keyword: &str, asked: &Value) -> Option<()> {
        match keyword {
            "required" => {
                for name in asked.as_array()? {
                    self.key(name.as_str()?).is_required = true;
                }
            }
            "type" => self.kinds &= kinds(asked)?,
            "const" if self.options.is_none() => self.options = Some([asked.clone()].into()),
            "enum" if self.options.is_none() => {
                self.options = Some(asked.as_array()?.clone().into());
            }
            "minimum" if self.least.is_none() => self.least = Some(asked.as_u64()?),
            "pattern" | "format" if matches!(self.text, Text::Any) => {
                self.text = match (keyword, asked.as_str()?) {
                    ("pattern", DIGITS) => Text::Digits,
                    ("pattern", pattern) if before_uuid(pattern).is_some() => {
                        Text::EndsInUuid(before_uuid(pattern)?.into())
                    }
                    ("pattern", pattern) => {
                        let validator = leaf(&json!({ "pattern": pattern }))?;
                        Text::Pattern(Box::new(Pattern { validator, matched: OnceLock::new() }))
                    }
                    ("format", "uuid") => Text::Uuid,
                    _ => return None,
                };
            }
            _ => return None,
        }
        Some(())
    }

    fn key(&mut self, name: &str) -> &mut Key {
        let keys = self.keys.get_or_insert_default();
        let at = keys.partition_point(|key| *key.name < *name);
        if keys.get(at).is_none_or(|key| *key.name != *name) {
            keys.insert(at, {
                let (name, print) = (name.into(), Print::of(name));
                Key { name, print, is_required: false, shape: None }
            });
        }
        &mut keys[at]
    }

    /// Whether a value is surely valid, and has no key beyond the schema's.
    pub(super) fn fits(&self, value: &Json) -> bool {
        self.kinds & kind(value) != 0
            && self.options.as_ref().is_none_or(|options| options.iter().any(|one| value == one))
            && match value {
                Json::Null | Json::Bool(_) => true,
                Json::Number(number) => {
                    let is_enough = |least| number.as_u64().is_some_and(|number| number >= least);
                    self.least.is_none_or(is_enough)
                }
                Json::String(text) => match &self.text {
                    Text::Any => true,
                    Text::Digits => !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()),
                    Text::Uuid => is_uuid(text),
                    Text::EndsInUuid(start) => text.strip_prefix(&**start).is_some_and(is_uuid),
                    Text::Pattern(pattern) => pattern.matches(text),
                },
                Json::Array(items) => {
                    let fits = |known: &Self| items.iter().all(|item| known.fits(item));
                    self.items.as_deref().is_none_or(fits)
                }
                Json::Object(members) => self.keys.as_ref().is_none_or(|keys| fit(keys, members)),
            }
    }
}

/// Whether members are those of a schema, and fit. The order of keys hardly ever changes, so that
/// each is looked for behind the one before.
fn fit(keys: &[Key], members: &Object) -> bool {
    let mut required = 0;
    let mut next = 0;
    for (name, member) in members.members() {
        let is_it = |at: &usize| name.is(keys[*at].print, &keys[*at].name);
        let at = (next..keys.len()).chain(0..next).find(is_it);
        let Some(at) = at else { return false };
        let key = &keys[at];
        if !key.shape.as_ref().is_some_and(|shape| shape.fits(member)) {
            return false;
        }
        required += usize::from(key.is_required);
        next = at + 1;
    }
    required == keys.iter().filter(|key| key.is_required).count()
}

impl Pattern {
    fn matches(&self, text: &str) -> bool {
        if self.matched.get().is_some_and(|matched| **matched == *text) {
            return true;
        }
        let matches = self.validator.is_valid(&Value::from(text));
        if matches && text.len() <= LONGEST {
            self.matched.get_or_init(|| text.into());
        }
        matches
    }
}

/// The bit of a value's kind. An integer in another spelling, such as 1.0, is left to the validator.
fn kind(value: &Json) -> u8 {
    match value {
        Json::Null => 1,
        Json::Bool(_) => 2,
        Json::Number(number) if number.is_u64() || number.is_i64() => 4,
        Json::Number(_) => 8,
        Json::String(_) => 16,
        Json::Array(_) => 32,
        Json::Object(_) => 64,
    }
}

fn kinds(asked: &Value) -> Option<u8> {
    match asked {
        Value::Array(names) => names.iter().try_fold(0, |all, name| Some(all | kinds(name)?)),
        name => Some(match name.as_str()? {
            "null" => 1,
            "boolean" => 2,
            "integer" => 4,
            "number" => 4 | 8,
            "string" => 16,
            "array" => 32,
            "object" => 64,
            _ => return None,
        }),
    }
}

/// What a pattern asks for before the UUID that it ends with, where that is plain text.
fn before_uuid(pattern: &str) -> Option<&str> {
    const UUID: &str =
        "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
    let start = pattern.strip_prefix('^')?.strip_suffix(UUID)?;
    start.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-').then_some(start)
}

/// Whether a text is a UUID as RFC 9562 section 4 writes it.
fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && [8, 13, 18, 23].iter().all(|at| bytes[*at] == b'-')
        && bytes.iter().filter(|byte| byte.is_ascii_hexdigit()).count() == 32
}
