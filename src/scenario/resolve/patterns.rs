//! What an answer or an event must hold.

use regex::Regex;

use crate::scenario::model::{Expect, JsonType, Pattern};
use crate::scenario::node::{Entry, Node};
use crate::scenario::template::SavedKind;

use super::Resolver;

impl Resolver<'_> {
    /// What a step's `expect` asks for.
    pub(super) fn expectation(&mut self, value: &Node) -> Expect {
        let Some(node) = value.get("expect") else { return Expect::Ok };
        match node.text() {
            Some("error") => Expect::Error,
            Some("error-or-close") => Expect::ErrorOrClose,
            Some("any") => Expect::Any,
            Some(_) => Expect::Ok,
            None => {
                let status = node.get("status").and_then(Node::count);
                let body = node.get("body").and_then(|body| self.pattern(body));
                Expect::Reply { status: status.and_then(|n| i64::try_from(n).ok()), body }
            }
        }
    }

    /// A value to be compared with.
    pub(super) fn pattern(&mut self, node: &Node) -> Option<Pattern> {
        match (node.describe(), node.entries()) {
            ("a list", _) => {
                let elements: Vec<_> =
                    node.elements().iter().map(|element| self.pattern(element)).collect();
                elements.into_iter().collect::<Option<_>>().map(Pattern::List)
            }
            (_, [Entry { key, value }]) if key.name.starts_with('$') => {
                self.matcher(&key.name, value)
            }
            ("a map", entries) => {
                let patterns: Vec<_> = entries
                    .iter()
                    .map(|Entry { key, value }| Some((key.name.clone(), self.pattern(value)?)))
                    .collect();
                patterns.into_iter().collect::<Option<_>>().map(Pattern::Object)
            }
            _ => self.template(node).map(Pattern::Scalar),
        }
    }

    fn matcher(&mut self, name: &str, value: &Node) -> Option<Pattern> {
        match name {
            "$type" => json_type(value.text()?).map(Pattern::Type),
            "$match" => match Regex::new(value.text()?) {
                Ok(regex) => Some(Pattern::Match(regex)),
                Err(error) => {
                    let why = error.to_string();
                    let why = why.lines().last().unwrap_or_default();
                    let message = "this is no regular expression";
                    self.complain(value.span, message, why.trim_start_matches("error: "));
                    None
                }
            },
            "$any" => Some(Pattern::Any),
            "$save" => {
                let name = value.text()?;
                self.refuse_variable(value, name);
                Some(Pattern::Save(self.save_name(value, name, SavedKind::Any)))
            }
            _ => None,
        }
    }
}

fn json_type(name: &str) -> Option<JsonType> {
    Some(match name {
        "null" => JsonType::Null,
        "boolean" => JsonType::Boolean,
        "integer" => JsonType::Integer,
        "number" => JsonType::Number,
        "string" => JsonType::String,
        "array" => JsonType::Array,
        "object" => JsonType::Object,
        _ => return None,
    })
}
