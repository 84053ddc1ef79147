//! Reads templates: finds each `${...}` in a text.

use serde_json::Value;

use crate::scenario::source::Span;

use super::evaluate::text_of;
use super::expression::read_expression;
use super::names::Names;
use super::{Content, Expression, Part, Template};

/// A text with more flaws than these is not read any further.
const MOST_FLAWS: usize = 20;

/// What is wrong in a template, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scenario) struct Flaw {
    pub(in crate::scenario) span: Span,
    pub(in crate::scenario) message: String,
    pub(in crate::scenario) help: String,
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// Gives every flaw of it.
    pub(in crate::scenario) fn parse(text: &str, names: &Names<'_>) -> Result<Self, Vec<Flaw>> {
        let mut parts = Vec::new();
        let mut flaws = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(found) = text[at..].find("${") {
            let start = at + found;
            if text[at..start].ends_with('$') {
                literal.push_str(&text[at..start - 1]);
                literal.push_str("${");
                at = start + 2;
                continue;
            }
            literal.push_str(&text[at..start]);
            let Some(length) = text[start..].find('}') else {
                flaws.push(Flaw {
                    span: Span::new(start, text.len()),
                    message: "a `${` is never closed".into(),
                    help: "close it with `}`, or write `$${` for the characters themselves".into(),
                });
                return Err(flaws);
            };
            let inside = Span::new(start + 2, start + length);
            match read_expression(text, inside, names) {
                Ok(expression) => {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                    parts.push(Part::Expression(expression));
                }
                Err(flaw) => flaws.push(flaw),
            }
            if flaws.len() == MOST_FLAWS {
                return Err(flaws);
            }
            at = start + length + 1;
        }
        if !flaws.is_empty() {
            return Err(flaws);
        }
        literal.push_str(&text[at..]);
        parts.push(Part::Text(literal));
        Ok(Self { written: text.into(), content: content(parts) })
    }
}

/// Joins texts and constants that stand side by side; an expression alone keeps its type.
fn content(parts: Vec<Part>) -> Content {
    let is_empty = |part: &Part| matches!(part, Part::Text(text) if text.is_empty());
    let parts: Vec<Part> = parts.into_iter().filter(|part| !is_empty(part)).collect();
    match parts.as_slice() {
        [Part::Expression(Expression::Constant(value))] => return Content::Constant(value.clone()),
        [Part::Expression(expression)] => return Content::One(expression.clone()),
        _ => {}
    }
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        let text = match part {
            Part::Text(text) => text,
            Part::Expression(Expression::Constant(value)) => text_of(&value),
            expression @ Part::Expression(_) => {
                joined.push(expression);
                continue;
            }
        };
        match joined.last_mut() {
            Some(Part::Text(before)) => before.push_str(&text),
            _ => joined.push(Part::Text(text)),
        }
    }
    match joined.as_slice() {
        [] => Content::Constant(Value::String(String::new())),
        [Part::Text(text)] => Content::Constant(Value::String(text.clone())),
        _ => Content::Parts(joined),
    }
}
