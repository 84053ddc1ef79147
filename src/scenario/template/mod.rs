//! `${...}` in scenario texts: read and resolved once, evaluated per step.
//!
//! It knows neither YAML nor devices: what changes while a flow runs comes through a [`Scope`].
//! Start from [`Template`] and [`ValueTemplate`].

mod evaluate;
mod expression;
mod names;
mod parse;

use std::fmt;

use serde_json::{Map, Value};
use thiserror::Error;

use super::model::Slot;

use evaluate::Path;
pub(super) use expression::is_name;
pub(super) use names::{Columns, Names, SavedKind};

/// A scalar that may hold `${...}`.
///
/// Its `Debug` shows it as the user wrote it, never the value of an environment variable.
#[derive(Clone)]
pub struct Template {
    written: Box<str>,
    content: Content,
}

/// A value with templates for scalars.
#[derive(Clone, Debug)]
pub enum ValueTemplate {
    /// A text, number, boolean or null.
    Scalar(Template),
    /// A list.
    List(Vec<Self>),
    /// A map, in the order of the file.
    Object(Vec<(String, Self)>),
}

/// What a template may ask for while a flow runs.
pub trait Scope {
    /// The `deviceId` of the device that makes the step.
    fn device_id(&self) -> &str;
    /// The device's number over the whole run, from 0.
    fn device_index(&self) -> u64;
    /// The name of the actor that makes the step.
    fn actor(&self) -> &str;
    /// The flow's session, once there is one.
    fn session_id(&self) -> Option<&str>;
    /// Which iteration of the flow this is, from 0.
    fn iteration(&self) -> u64;
    /// Which turn of the innermost repeat this is, from 0.
    fn turn(&self) -> u64;
    /// What a step saved, if it got that far.
    fn saved(&self, slot: Slot) -> Option<&Value>;
    /// A column of the iteration's row of data, by its place among the columns.
    fn data(&self, column: usize) -> Option<&str>;
    /// The next number of the flow instance's seeded generator.
    fn random_u64(&mut self) -> u64;
}

/// Why a template has no value at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// The step that saves the name was skipped or failed.
    #[error("nothing was saved as `{0}`")]
    NotSaved(Box<str>),
    /// The saved value has nothing at this path.
    #[error("there is no `{0}`")]
    NoSuchField(Box<str>),
    /// This iteration has no row of data.
    #[error("there is no row of data for `{0}`")]
    NoRow(Box<str>),
    /// No session was opened yet.
    #[error("there is no session yet")]
    NoSession,
    /// `int(...)`, or a place for a whole number, got something else.
    #[error("`{0}` is not a whole number")]
    NotAnInteger(Box<str>),
    /// `random.int(a, b)` with `a` above `b`.
    #[error("`{0}` has no number to choose from")]
    EmptyRange(Box<str>),
    /// `random.text(n)` with `n` above a million.
    #[error("`{0}` is longer than a million characters")]
    TooLong(Box<str>),
}

#[derive(Clone)]
enum Content {
    Constant(Value),
    One(Expression),
    Parts(Vec<Part>),
}

#[derive(Clone)]
enum Part {
    Text(String),
    Expression(Expression),
}

#[derive(Clone)]
enum Expression {
    Constant(Value),
    DeviceId,
    DeviceIndex,
    Actor,
    SessionId,
    Iteration,
    Turn,
    Column { at: usize, name: Box<str> },
    Saved { slot: Slot, name: Box<str>, path: Path },
    RandomInt { low: Box<Self>, high: Box<Self>, written: Box<str> },
    RandomUuid,
    RandomText { length: Box<Self>, written: Box<str> },
    Int { of: Box<Self>, written: Box<str> },
    Str(Box<Self>),
}

impl Template {
    /// A template that is always the same value.
    pub fn constant(value: impl Into<Value>) -> Self {
        let value = value.into();
        Self { written: evaluate::text_of(&value).into(), content: Content::Constant(value) }
    }

    /// The value, where it never changes.
    pub fn as_constant(&self) -> Option<&Value> {
        match &self.content {
            Content::Constant(value) => Some(value),
            Content::One(_) | Content::Parts(_) => None,
        }
    }

    /// Evaluates it. A scalar that is one `${}` keeps its type, anything else is a text.
    ///
    /// # Errors
    /// Something that it needs is not there, or of the wrong kind.
    pub fn eval(&self, scope: &mut dyn Scope) -> Result<Value, TemplateError> {
        match &self.content {
            Content::Constant(value) => Ok(value.clone()),
            Content::One(expression) => expression.eval(scope),
            Content::Parts(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Text(literal) => text.push_str(literal),
                        Part::Expression(expression) => {
                            evaluate::append(&expression.eval(scope)?, &mut text);
                        }
                    }
                }
                Ok(Value::String(text))
            }
        }
    }

    /// Evaluates it to a text: numbers as digits, lists and maps as JSON.
    ///
    /// # Errors
    /// As [`Template::eval`].
    pub fn text(&self, scope: &mut dyn Scope) -> Result<String, TemplateError> {
        Ok(match self.eval(scope)? {
            Value::String(text) => text,
            other => evaluate::text_of(&other),
        })
    }

    /// Evaluates it to a whole number from 0; digits in a text count as one.
    ///
    /// # Errors
    /// As [`Template::eval`], and where it is no such number.
    pub fn count(&self, scope: &mut dyn Scope) -> Result<u64, TemplateError> {
        let value = self.eval(scope)?;
        let count = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        count.ok_or_else(|| TemplateError::NotAnInteger(self.written.clone()))
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.written).finish()
    }
}

impl ValueTemplate {
    /// The value, where it never changes.
    pub fn as_constant(&self) -> Option<Value> {
        match self {
            Self::Scalar(template) => template.as_constant().cloned(),
            Self::List(elements) => elements.iter().map(Self::as_constant).collect(),
            Self::Object(entries) => {
                let entries = entries.iter();
                entries.map(|(key, value)| Some((key.clone(), value.as_constant()?))).collect()
            }
        }
    }

    /// Evaluates it, element by element.
    ///
    /// # Errors
    /// As [`Template::eval`].
    pub fn eval(&self, scope: &mut dyn Scope) -> Result<Value, TemplateError> {
        match self {
            Self::Scalar(template) => template.eval(scope),
            Self::List(elements) => elements.iter().map(|element| element.eval(scope)).collect(),
            Self::Object(entries) => {
                let mut object = Map::new();
                for (key, value) in entries {
                    object.insert(key.clone(), value.eval(scope)?);
                }
                Ok(Value::Object(object))
            }
        }
    }
}

#[cfg(test)]
mod tests;
