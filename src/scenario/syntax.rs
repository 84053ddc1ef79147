//! What is wrong with a text that is no YAML, in words for people who don't know its grammar.

use std::sync::Arc;

use granit_parser::{ErrorKind, ScanError};

use super::diagnostic::Diagnostic;
use super::source::{SourceFile, Span};
use super::yaml::DEEPEST;

/// What lists and maps too deep inside each other are told.
pub(super) fn too_deep(source: &Arc<SourceFile>, span: Span) -> Diagnostic {
    let message = format!("lists and maps stand at most {DEEPEST} deep inside each other");
    Diagnostic::at(source, span, message)
}

/// What the parser could not read, and how to mend it.
pub(super) fn syntax_error(source: &Arc<SourceFile>, error: &ScanError) -> Diagnostic {
    let start = source.floor(error.marker().byte_offset().unwrap_or(0));
    let length = source.text[start..].chars().next().map_or(0, char::len_utf8);
    let span = Span::new(start, start + length);
    let (message, help) = match error.kind() {
        ErrorKind::RecursionLimitExceeded => return too_deep(source, span),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => ("a tab can't indent YAML", "indent with blanks"),
        ErrorKind::UnclosedQuotedScalar => ("a quote is never closed", "close it"),
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence => ("a bracket is never closed", "close it"),
        ErrorKind::MappingValueNotAllowed => (
            "a `:` can't stand here",
            "quote a text that holds `: `, and give the keys of one map the same indentation",
        ),
        ErrorKind::UnknownAnchor => {
            ("this alias names no anchor before it", "quote a text that begins with `*`")
        }
        ErrorKind::DirectiveDisallowed => {
            ("YAML directives are not supported", "quote a text that begins with `%`")
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            ("a text can't begin with this character", "quote the text")
        }
        other => {
            let message = format!("this is not YAML: {other}");
            return Diagnostic::at(source, span, message)
                .help("check the indentation, brackets and quotes before this place");
        }
    };
    Diagnostic::at(source, span, message).help(help)
}
