//! Calls inside `${...}`: `random.int(1, 6)`.

use crate::scenario::diagnostic::{quoted, suggest};
use crate::scenario::source::Span;
use crate::scenario::template::Expression;
use crate::scenario::template::parse::Flaw;

use super::{Reader, Word};

/// Calls nest no deeper than this.
const DEEPEST_CALL: usize = 8;

impl Reader<'_> {
    /// A call, up to its closing bracket.
    pub(super) fn call(&mut self, start: usize, words: &[Word]) -> Result<Expression, Flaw> {
        self.depth += 1;
        let name: Vec<&str> = words.iter().map(|(word, _)| word.as_ref()).collect();
        let name = name.join(".");
        let name_span = Span::new(start, self.at);
        if self.depth > DEEPEST_CALL {
            return Err(self.flaw(name_span, "calls stand too deep inside each other".into(), ""));
        }
        self.at += 1;
        let mut arguments = Vec::new();
        self.skip_blanks();
        while self.peek() != Some(')') {
            if !arguments.is_empty() {
                self.expect(',')?;
            }
            arguments.push(Box::new(self.expression()?));
            self.skip_blanks();
            if !matches!(self.peek(), Some(',' | ')')) {
                break;
            }
        }
        self.expect(')')?;
        self.depth -= 1;
        let written: Box<str> = self.text[start..self.at].into();
        let wanted = match name.as_str() {
            "int" | "str" | "random.text" => 1,
            "random.int" => 2,
            "random.uuid" => 0,
            _ => {
                let calls = ["int", "str", "random.int", "random.text", "random.uuid"];
                let message = format!("there is no function {}", quoted(&name));
                return Err(self.flaw(name_span, message, &suggest(&name, calls, "functions")));
            }
        };
        let given = arguments.len();
        let mut arguments = arguments.into_iter();
        let span = Span::new(start, self.at);
        match (name.as_str(), arguments.next(), arguments.next(), arguments.next()) {
            ("int", Some(of), None, None) => Ok(Expression::Int { of, written }),
            ("str", Some(of), None, None) => Ok(Expression::Str(of)),
            ("random.text", Some(length), None, None) => {
                Ok(Expression::RandomText { length, written })
            }
            ("random.int", Some(low), Some(high), None) => {
                self.random_int(low, high, written, span)
            }
            ("random.uuid", None, None, None) => Ok(Expression::RandomUuid),
            _ => {
                let message = format!("`{name}` takes {wanted} values, not {given}");
                Err(self.flaw(span, message, ""))
            }
        }
        .and_then(|expression| self.runs(expression, name_span))
    }

    fn random_int(
        &self,
        low: Box<Expression>,
        high: Box<Expression>,
        written: Box<str>,
        span: Span,
    ) -> Result<Expression, Flaw> {
        if let (Expression::Constant(low), Expression::Constant(high)) = (&*low, &*high)
            && low.as_i64() > high.as_i64()
        {
            let message = format!("there is no number from {low} to {high}");
            return Err(self.flaw(span, message, "put the smaller one first"));
        }
        Ok(Expression::RandomInt { low, high, written })
    }
}
