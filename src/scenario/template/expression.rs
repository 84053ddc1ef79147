//! Reads what stands inside `${...}`, and resolves its names.

mod call;

use crate::scenario::diagnostic::{LISTED, nearest, quoted, suggest};
use crate::scenario::source::Span;

use super::Expression;
use super::evaluate::field;
use super::names::{Columns, Names, SavedKind};
use super::parse::Flaw;

/// The language's own names, as they are written.
const OWN: [&str; 13] = [
    "env.NAME",
    "data.COLUMN",
    "device.id",
    "device.index",
    "actor",
    "session.id",
    "iteration",
    "turn",
    "random.int(a, b)",
    "random.uuid",
    "random.text(n)",
    "int(x)",
    "str(x)",
];
/// First words that nothing else may be named.
const ROOTS: [&str; 11] = [
    "env",
    "device",
    "actor",
    "session",
    "iteration",
    "turn",
    "random",
    "int",
    "str",
    "data",
    "last",
];
/// What the data of an upload holds (document: 5b).
const UPLOAD_FIELDS: [&str; 4] = ["uploadURL", "fileName", "uploadPath", "resourceUrl"];

/// Whether a text can name a variable or a saved value.
pub(in crate::scenario) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && !ROOTS.contains(&text)
}

/// Reads what stands between the braces of a `${...}`.
///
/// # Errors
/// Gives the first flaw.
pub(super) fn read_expression(
    text: &str,
    inside: Span,
    names: &Names<'_>,
) -> Result<Expression, Flaw> {
    Reader::new(text, inside, names).read()
}

/// A word of a path, and where it stands.
type Word = (Box<str>, Span);

/// Reads one expression from left to right.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    /// Calls inside each other.
    depth: usize,
    names: &'a Names<'a>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, inside: Span, names: &'a Names<'a>) -> Self {
        Self { text, at: inside.start, end: inside.end, depth: 0, names }
    }

    fn read(mut self) -> Result<Expression, Flaw> {
        let expression = self.expression()?;
        self.skip_blanks();
        if self.at < self.end {
            let span = Span::new(self.at, self.end);
            let message = format!("{} does not belong here", quoted(&self.text[span.range()]));
            return Err(self.flaw(span, message, "`${...}` takes one name or one call"));
        }
        Ok(expression)
    }

    fn expression(&mut self) -> Result<Expression, Flaw> {
        self.skip_blanks();
        let start = self.at;
        let number = self.take_while(|c| c.is_ascii_digit() || c == '-');
        if let Ok(number) = number.parse::<i64>() {
            return Ok(Expression::Constant(number.into()));
        }
        self.at = start;
        let words = self.path()?;
        if self.peek() == Some('(') {
            return self.call(start, &words);
        }
        self.name(start, &words)
    }

    /// `word(.word|[index])*`
    fn path(&mut self) -> Result<Vec<Word>, Flaw> {
        let mut words = vec![self.word()?];
        loop {
            match self.peek() {
                Some('.') => {
                    self.at += 1;
                    words.push(self.word()?);
                }
                Some('[') => {
                    self.at += 1;
                    words.push(self.word()?);
                    self.expect(']')?;
                }
                _ => return Ok(words),
            }
        }
    }

    fn word(&mut self) -> Result<Word, Flaw> {
        let start = self.at;
        let word = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !word.is_empty() {
            return Ok((word.into(), Span::new(start, self.at)));
        }
        if start == self.end {
            let span = Span::new(start - 1, self.end + 1);
            return Err(self.flaw(
                span,
                "a name is missing".into(),
                "write it like `${device.id}`",
            ));
        }
        let wrong = self.peek().map_or(0, char::len_utf8);
        let span = Span::new(start, start + wrong);
        let message = format!("{} can't stand in a name", quoted(&self.text[span.range()]));
        let help =
            "names hold letters, digits, `_` and `-`; write `$${` for the characters themselves";
        Err(self.flaw(span, message, help))
    }

    fn name(&self, start: usize, words: &[Word]) -> Result<Expression, Flaw> {
        let span = Span::new(start, self.at);
        let (root, rest) = words.split_first().expect("a path has a word");
        let spelled: Vec<&str> = words.iter().map(|(word, _)| word.as_ref()).collect();
        let expression = match spelled.as_slice() {
            ["env", name] => return self.environment(name, span),
            ["device", "id"] => Expression::DeviceId,
            ["device", "index"] => Expression::DeviceIndex,
            ["actor"] => Expression::Actor,
            ["session", "id"] => Expression::SessionId,
            ["iteration"] => Expression::Iteration,
            ["turn"] if self.names.repeats == 0 && self.names.running => {
                let help = "use it in the steps of a `repeat`; `${iteration}` counts the flow's iterations";
                return Err(self.flaw(span, "there is no `turn` outside a `repeat`".into(), help));
            }
            ["turn"] => Expression::Turn,
            ["random", "uuid"] => Expression::RandomUuid,
            ["data", path @ ..] => self.column(path, span)?,
            _ if self.names.saved.contains_key(root.0.as_ref()) => return self.saved(root, rest),
            _ if self.names.vars.contains_key(root.0.as_ref()) => return self.variable(root, rest),
            _ => return Err(self.unknown(&spelled.join("."), span, &root.0)),
        };
        self.runs(expression, span)
    }

    /// `${data.column}`.
    fn column(&self, path: &[&str], span: Span) -> Result<Expression, Flaw> {
        let [name] = path else {
            let message = "a column of the data is written like `${data.name}`".into();
            return Err(self.flaw(span, message, ""));
        };
        let columns = match &self.names.columns {
            Columns::Absent => {
                let help = "add `data: { file: data/guests.csv }` to the file";
                return Err(self.flaw(span, "this scenario has no data".into(), help));
            }
            Columns::Unknown => &[][..],
            Columns::Known(columns) => columns,
        };
        let at = columns.iter().position(|column| column == name);
        if at.is_none() && !columns.is_empty() {
            let known = columns.iter().map(String::as_str);
            let message = format!("the data has no column {}", quoted(name));
            return Err(self.flaw(span, message, &suggest(name, known, "its columns")));
        }
        if self.names.running && !self.names.has_row {
            let help = "each iteration of `flow` has a row; use it there";
            return Err(self.flaw(span, "there is no row of data here".into(), help));
        }
        Ok(Expression::Column { at: at.unwrap_or_default(), name: (*name).into() })
    }

    /// Refuses, outside a flow, what only a running flow has.
    fn runs(&self, expression: Expression, span: Span) -> Result<Expression, Flaw> {
        if self.names.running {
            return Ok(expression);
        }
        let message = format!("{} has no value here", quoted(&self.text[span.range()]));
        let help = "`vars` may use `env.NAME` and the variables above; use it in the steps";
        Err(self.flaw(span, message, help))
    }

    fn environment(&self, name: &str, span: Span) -> Result<Expression, Flaw> {
        let help = "set it, or put the value into `vars`";
        match self.names.environment(name) {
            Some(value) if !value.is_empty() => Ok(Expression::Constant(value.into())),
            Some(_) => {
                Err(self.flaw(span, format!("the environment variable `{name}` is empty"), help))
            }
            None => {
                Err(self.flaw(span, format!("the environment variable `{name}` is not set"), help))
            }
        }
    }

    fn variable(&self, root: &Word, rest: &[Word]) -> Result<Expression, Flaw> {
        let path: Vec<Box<str>> = rest.iter().map(|(word, _)| word.clone()).collect();
        match field(&self.names.vars[root.0.as_ref()], &path) {
            Some(value) => Ok(Expression::Constant(value.clone())),
            None => {
                let span = Span::new(rest[0].1.start, rest[rest.len() - 1].1.end);
                let message = format!("`{}` holds no {}", root.0, quoted(&path.join(".")));
                Err(self.flaw(span, message, "see `vars`"))
            }
        }
    }

    fn saved(&self, root: &Word, rest: &[Word]) -> Result<Expression, Flaw> {
        let saved = self.names.saved[root.0.as_ref()];
        if let Some((first, span)) = rest.first() {
            let message = format!("`{}` is {}", root.0, saved.kind.describe());
            match saved.kind {
                SavedKind::Number => {
                    return Err(self.flaw(*span, message, &format!("write `${{{}}}`", root.0)));
                }
                SavedKind::Upload if !UPLOAD_FIELDS.contains(&first.as_ref()) => {
                    let message = format!("{message}, it holds no {}", quoted(first));
                    return Err(self.flaw(
                        *span,
                        message,
                        &suggest(first, UPLOAD_FIELDS, "its fields"),
                    ));
                }
                SavedKind::List if first.parse::<usize>().is_err() => {
                    let help = format!("its first one is `${{{}[0]}}`", root.0);
                    return Err(self.flaw(*span, message, &help));
                }
                _ => {}
            }
        }
        let path = rest.iter().map(|(word, _)| word.clone()).collect();
        Ok(Expression::Saved { slot: saved.slot, name: root.0.clone(), path })
    }

    fn unknown(&self, written: &str, span: Span, root: &str) -> Flaw {
        if let Some(line) = self.names.anywhere.get(root) {
            let message = format!("nothing is saved as `{root}` before this step");
            let help = format!(
                "the step at line {line} saves it; names last for one iteration, those of `setup` for all"
            );
            return self.flaw(span, message, &help);
        }
        let message = format!("nothing is named {}", quoted(written));
        if let Some(line) = self.names.items.get(root) {
            let help = format!(
                "the `for_each` at line {line} gives its items this name, in its own steps"
            );
            return self.flaw(span, message, &help);
        }
        let own_names = self.names.vars.keys().chain(self.names.saved.keys()).map(String::as_str);
        let own: Vec<&str> = own_names.collect();
        if let Some(name) = nearest(root, own.iter().copied()) {
            let meant = written.replacen(root, name, 1);
            return self.flaw(span, message, &format!("did you mean `${{{meant}}}`?"));
        }
        let calls = OWN.map(|name| name.split('(').next().unwrap_or(name));
        if let Some(name) = nearest(written, calls) {
            return self.flaw(span, message, &format!("did you mean `${{{name}}}`?"));
        }
        let known: Vec<&str> = own.into_iter().take(LISTED).chain(OWN).collect();
        self.flaw(span, message, &format!("there are {}", known.join(", ")))
    }

    fn flaw(&self, span: Span, message: String, help: &str) -> Flaw {
        Flaw { span, message, help: help.to_owned() }
    }

    fn expect(&mut self, wanted: char) -> Result<(), Flaw> {
        self.skip_blanks();
        if self.peek() == Some(wanted) {
            self.at += 1;
            return Ok(());
        }
        let length = self.peek().map_or(0, char::len_utf8);
        let span = Span::new(self.at, (self.at + length).max(self.at + usize::from(length == 0)));
        Err(self.flaw(span, format!("a `{wanted}` is missing here"), ""))
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..self.end].chars().next()
    }

    fn skip_blanks(&mut self) {
        self.take_while(|c| c == ' ');
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.at..self.end];
        let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }
}
