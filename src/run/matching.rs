//! Whether a value is what a step expects: objects match as subsets, arrays and scalars exactly.

use regex::Regex;
use serde_json::Value;

use crate::protocol::{Json, digits, holds_digits};
use crate::scenario::{JsonType, Pattern, Scope, Slot, TemplateError};

/// A pattern whose templates have their values.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    Is(Value),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
    Type(JsonType),
    Match(Regex),
    Any(Option<Slot>),
}

/// Where a value differs from what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// JSON pointer to the place.
    pub(super) pointer: String,
    /// In words.
    pub(super) expected: String,
    /// In words.
    pub(super) actual: String,
    /// Whether `actual` is the value that stands there, and not our own words.
    pub(super) is_quote: bool,
    /// Whether `expected` is a value, which may stem from an earlier frame.
    pub(super) expects_value: bool,
}

impl Wanted {
    /// Evaluates a pattern's templates.
    pub(super) fn of(pattern: &Pattern, scope: &mut dyn Scope) -> Result<Self, TemplateError> {
        Ok(match pattern {
            Pattern::Scalar(template) => Self::Is(template.eval(scope)?),
            Pattern::List(items) => Self::List(
                items.iter().map(|item| Self::of(item, scope)).collect::<Result<_, _>>()?,
            ),
            Pattern::Object(entries) => {
                let entry = |(key, inner): &(String, Pattern)| {
                    Self::of(inner, scope).map(|inner| (key.clone(), inner))
                };
                Self::Object(entries.iter().map(entry).collect::<Result<_, _>>()?)
            }
            Pattern::Type(wanted) => Self::Type(*wanted),
            Pattern::Match(regex) => Self::Match(regex.clone()),
            Pattern::Any => Self::Any(None),
            Pattern::Save(slot) => Self::Any(Some(*slot)),
        })
    }

    /// The first place at which a value is not what is wanted.
    pub(super) fn mismatch(&self, actual: &Json) -> Option<Mismatch> {
        match (self, actual) {
            (Self::Object(entries), Json::Object(object)) => {
                entries.iter().find_map(|(key, wanted)| match object.get(key) {
                    Some(inner) if wanted.is_same_number(key, inner) => None,
                    Some(inner) => wanted.mismatch(inner).map(|found| found.below(key)),
                    None => Some(wanted.differs("nothing".into()).below(key)),
                })
            }
            (Self::List(wanted), Json::Array(items)) if wanted.len() == items.len() => {
                wanted.iter().zip(items.iter()).enumerate().find_map(|(at, (wanted, item))| {
                    wanted.mismatch(item).map(|found| found.below(&at.to_string()))
                })
            }
            (Self::Is(wanted), actual) if actual == wanted => None,
            (Self::Type(wanted), actual) if is_type(*wanted, actual) => None,
            (Self::Match(regex), Json::String(text)) if regex.is_match(text) => None,
            (Self::Any(_), _) => None,
            (_, Json::Array(items)) if matches!(self, Self::List(_)) => {
                Some(self.differs(format!("a list of {}", items.len())))
            }
            (_, actual) => Some(Mismatch { is_quote: true, ..self.differs(actual.to_string()) }),
        }
    }

    /// Whether this is the same id or time, spelled however; its spelling is for the schemas.
    fn is_same_number(&self, key: &str, actual: &Json) -> bool {
        let Self::Is(wanted) = self else { return false };
        holds_digits(key) && digits(wanted).is_some_and(|wanted| digits(actual) == Some(wanted))
    }

    /// What a matching value saves.
    pub(super) fn saves(&self, actual: &Json, to: &mut Vec<(Slot, Value)>) {
        match (self, actual) {
            (Self::Any(Some(slot)), actual) => to.push((*slot, actual.to_value())),
            (Self::Object(entries), Json::Object(object)) => {
                for (key, wanted) in entries {
                    if let Some(inner) = object.get(key) {
                        wanted.saves(inner, to);
                    }
                }
            }
            (Self::List(wanted), Json::Array(items)) => {
                for (wanted, item) in wanted.iter().zip(items.iter()) {
                    wanted.saves(item, to);
                }
            }
            _ => {}
        }
    }

    fn differs(&self, actual: String) -> Mismatch {
        let expected = match self {
            Self::Is(value) => value.to_string(),
            Self::List(items) => format!("a list of {}", items.len()),
            Self::Object(_) => "an object".into(),
            Self::Type(wanted) => in_words(*wanted).into(),
            Self::Match(regex) => format!("a string that matches /{regex}/"),
            Self::Any(_) => "anything".into(),
        };
        let expects_value = matches!(self, Self::Is(_));
        Mismatch { pointer: String::new(), expected, actual, is_quote: false, expects_value }
    }
}

fn in_words(wanted: JsonType) -> &'static str {
    match wanted {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "an array",
        JsonType::Object => "an object",
    }
}

fn is_type(wanted: JsonType, value: &Json) -> bool {
    match wanted {
        JsonType::Null => value.is_null(),
        JsonType::Boolean => value.is_boolean(),
        JsonType::Integer => value.is_integer(),
        JsonType::Number => value.is_number(),
        JsonType::String => value.is_string(),
        JsonType::Array => value.is_array(),
        JsonType::Object => value.is_object(),
    }
}

impl Mismatch {
    fn below(mut self, key: &str) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        self.pointer.insert_str(0, &format!("/{key}"));
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(key: &str, inner: Wanted) -> Wanted {
        Wanted::Object(vec![(key.into(), inner)])
    }

    #[track_caller]
    fn check(wanted: &Wanted, actual: &Value, pointer: Option<&str>) {
        let found = wanted.mismatch(&actual.into()).map(|mismatch| mismatch.pointer);
        assert_eq!(found.as_deref(), pointer);
    }

    #[test]
    fn an_object_may_hold_more_than_is_expected() {
        let wanted = object("a", object("b", Wanted::Is(json!(1))));
        check(&wanted, &json!({"a": {"b": 1, "c": 2}, "d": 3}), None);
    }

    #[test]
    fn the_place_of_the_first_difference_is_named() {
        let wanted = object("a", object("b/c", Wanted::Is(json!(1))));
        check(&wanted, &json!({"a": {"b/c": "1"}}), Some("/a/b~1c"));
        check(&wanted, &json!({"a": {}}), Some("/a/b~1c"));
        check(&wanted, &json!({"a": 1}), Some("/a"));
    }

    #[test]
    fn a_list_matches_one_by_one() {
        let wanted = Wanted::List(vec![Wanted::Is(json!(1)), Wanted::Any(None)]);
        check(&wanted, &json!([1, 2]), None);
        check(&wanted, &json!([2, 2]), Some("/0"));
        check(&wanted, &json!([1]), Some(""));
    }

    #[test]
    fn types_and_expressions_are_held_to() {
        check(&Wanted::Type(JsonType::Integer), &json!(3), None);
        check(&Wanted::Type(JsonType::Integer), &json!(3.5), Some(""));
        check(&Wanted::Match(Regex::new("^[0-9]+$").unwrap()), &json!("12"), None);
        check(&Wanted::Match(Regex::new("^[0-9]+$").unwrap()), &json!(12), Some(""));
    }

    #[test]
    fn what_matches_is_saved() {
        let wanted = object("a", Wanted::List(vec![Wanted::Any(Some(Slot(3)))]));
        let mut saved = Vec::new();
        wanted.saves(&json!({"a": ["x"]}).into(), &mut saved);
        assert_eq!(saved, [(Slot(3), json!("x"))]);
    }
}
