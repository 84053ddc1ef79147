//! The value of one expression.

use std::fmt::Write as _;

use serde_json::Value;
use uuid::Builder;

use super::{Expression, Scope, TemplateError};

/// Keys and indices into a saved value.
pub(super) type Path = Box<[Box<str>]>;

const LONGEST_RANDOM_TEXT: u64 = 1_000_000;
const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

impl Expression {
    pub(super) fn eval(&self, scope: &mut dyn Scope) -> Result<Value, TemplateError> {
        Ok(match self {
            Self::Constant(value) => value.clone(),
            Self::DeviceId => scope.device_id().into(),
            Self::DeviceIndex => scope.device_index().into(),
            Self::Actor => scope.actor().into(),
            Self::SessionId => scope.session_id().ok_or(TemplateError::NoSession)?.into(),
            Self::Iteration => scope.iteration().into(),
            Self::Turn => scope.turn().into(),
            Self::Column { at, name } => {
                scope.data(*at).ok_or_else(|| TemplateError::NoRow(name.clone()))?.into()
            }
            Self::Saved { slot, name, path } => {
                let saved = scope.saved(*slot);
                let value = saved.ok_or_else(|| TemplateError::NotSaved(name.clone()))?;
                field(value, path)
                    .ok_or_else(|| TemplateError::NoSuchField(written(name, path)))?
                    .clone()
            }
            Self::RandomInt { low, high, written } => {
                let low = low.integer(scope, written)?;
                let high = high.integer(scope, written)?;
                if low > high {
                    return Err(TemplateError::EmptyRange(written.clone()));
                }
                between(low, high, scope.random_u64()).into()
            }
            Self::RandomUuid => {
                let (high, low) = (scope.random_u64(), scope.random_u64());
                let bytes = ((u128::from(high) << 64) | u128::from(low)).to_be_bytes();
                Builder::from_random_bytes(bytes).into_uuid().to_string().into()
            }
            Self::RandomText { length, written } => {
                let length = u64::try_from(length.integer(scope, written)?)
                    .map_err(|_| TemplateError::NotAnInteger(written.clone()))?;
                if length > LONGEST_RANDOM_TEXT {
                    return Err(TemplateError::TooLong(written.clone()));
                }
                (0..length).map(|_| letter(scope.random_u64())).collect::<String>().into()
            }
            Self::Int { of, written } => of.integer(scope, written)?.into(),
            Self::Str(of) => text_of(&of.eval(scope)?).into(),
        })
    }

    fn integer(&self, scope: &mut dyn Scope, written: &str) -> Result<i64, TemplateError> {
        let value = self.eval(scope)?;
        let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
        number.ok_or_else(|| TemplateError::NotAnInteger(written.into()))
    }
}

/// A value inside a text.
pub(super) fn text_of(value: &Value) -> String {
    let mut text = String::new();
    append(value, &mut text);
    text
}

/// Writes a value behind a text.
pub(super) fn append(value: &Value, to: &mut String) {
    let written = match value {
        Value::String(text) => to.write_str(text),
        Value::Number(number) => write!(to, "{number}"),
        other => write!(to, "{other}"),
    };
    written.expect("a text takes whatever is written into it");
}

/// The value at a path, if there is one.
pub(super) fn field<'a>(value: &'a Value, path: &[Box<str>]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::Object(object) => object.get(step.as_ref()),
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A name with its path, as in a template.
pub(super) fn written(name: &str, path: &[Box<str>]) -> Box<str> {
    let steps = path.iter().map(|step| format!(".{step}"));
    std::iter::once(name.to_owned()).chain(steps).collect::<String>().into()
}

/// Spreads 64 random bits over a closed range: `low + floor(random * size / 2^64)`.
fn between(low: i64, high: i64, random: u64) -> i64 {
    let size = u128::from(high.abs_diff(low)) + 1;
    let offset = (u128::from(random) * size) >> 64;
    low.wrapping_add_unsigned(u64::try_from(offset).expect("an offset is below the size"))
}

fn letter(random: u64) -> char {
    let last = i64::try_from(LETTERS.len() - 1).expect("there are few letters");
    let at = usize::try_from(between(0, last, random)).expect("a letter's index is small");
    char::from(LETTERS[at])
}
