//! The text that a user wrote, and places in it.
//!
//! It knows no YAML and no language. Start from [`SourceFile`].

use std::ops::Range;

/// A file's name and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// As the user named it, or `builtin:chat`.
    pub name: String,
    /// Its whole text.
    pub text: String,
    line_starts: Vec<usize>,
}

/// A range of bytes of a [`SourceFile`]'s text, on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

/// A place as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl Span {
    /// The bytes from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The same as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl SourceFile {
    /// Wraps a text under a name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(after_breaks.map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), text, line_starts }
    }

    /// Line and column of a byte; one past the end is the end.
    pub fn position(&self, at: usize) -> Position {
        let at = self.floor(at);
        let line = self.line_starts.partition_point(|start| *start <= at);
        let column = self.text[self.line_starts[line - 1]..at].chars().count() + 1;
        Position { line, column }
    }

    /// The line's number of a byte, from 1.
    pub fn line(&self, at: usize) -> u32 {
        let line = self.line_starts.partition_point(|start| *start <= at);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The bytes of a line, from 1, without its break.
    pub fn line_span(&self, line: usize) -> Span {
        let start = self.line_starts[line - 1];
        let next = self.line_starts.get(line).map_or(self.text.len(), |next| next - 1);
        let kept = self.text[start..next].trim_end_matches('\r').len();
        Span::new(start, start + kept)
    }

    /// The text at a span; empty where the span leaves the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The next character boundary at or before a byte.
    pub fn floor(&self, at: usize) -> usize {
        self.text.floor_char_boundary(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, at: usize, expected: (usize, usize)) {
        let position = SourceFile::new("a.yaml", text).position(at);
        assert_eq!((position.line, position.column), expected);
    }

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        check("", 0, (1, 1));
        check("ab\ncd", 1, (1, 2));
        check("ab\ncd", 3, (2, 1));
        check("สวัสดี: x", "สวัสดี".len(), (1, 7));
        check("ab\n", 99, (2, 1));
    }

    #[test]
    fn a_line_is_given_without_its_break() {
        let source = SourceFile::new("a.yaml", "one\r\ntwo\n");
        assert_eq!(source.slice(source.line_span(1)), "one");
        assert_eq!(source.slice(source.line_span(2)), "two");
        assert_eq!(source.slice(source.line_span(3)), "");
    }
}
