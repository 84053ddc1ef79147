//! What is wrong with a user's file, where, and how to mend it; and the one renderer.
//!
//! It knows nothing of the language. Start from [`Diagnostics`] and [`render`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::source::{SourceFile, Span};

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file and the place in it; `None` where there is no such file.
    pub place: Option<(Arc<SourceFile>, Span)>,
    /// What is wrong, in one line.
    pub message: String,
    /// What stands at the place; may be empty.
    pub label: String,
    /// How to mend it; may be empty.
    pub help: String,
}

/// All mistakes of all files, file by file from top to bottom. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

/// More mistakes than these are counted, not shown.
const SHOWN: usize = 100;
/// Lines longer than this are not shown.
const LONGEST_LINE: usize = 2_000;
/// A near name is looked for among the first of these.
const MOST_KNOWN: usize = 500;
/// Known names are listed up to here.
pub(super) const LISTED: usize = 24;
/// Names longer than this are cut.
const LONGEST_QUOTE: usize = 60;

impl Diagnostic {
    /// A mistake that has no place in a file.
    pub fn placeless(message: impl Into<String>, help: impl Into<String>) -> Self {
        let (message, help) = (message.into(), help.into());
        Self { place: None, message, label: String::new(), help }
    }

    /// A mistake at a place.
    pub fn at(source: &Arc<SourceFile>, span: Span, message: impl Into<String>) -> Self {
        let place = Some((Arc::clone(source), span));
        Self { place, message: message.into(), label: String::new(), help: String::new() }
    }

    /// With a word at the carets.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With a way to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl Diagnostics {
    /// The mistakes of one file, of which there is at least one, by their place.
    pub(super) fn sorted(mut mistakes: Vec<Diagnostic>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.place.as_ref().map(|(_, span)| *span));
        mistakes.dedup();
        Self(mistakes)
    }

    /// The mistakes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// Adds another file's mistakes at the end.
    pub(super) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(mistake: Diagnostic) -> Self {
        Self(vec![mistake])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(self, false))
    }
}

impl std::error::Error for Diagnostics {}

/// The mistakes as text: each with file, line and column, the line itself, carets and help. Ends
/// with a line break.
pub fn render(diagnostics: &Diagnostics, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for mistake in diagnostics.iter().take(SHOWN) {
        text.push_str(&render_one(mistake, &renderer));
        text.push_str("\n\n");
    }
    if let Some(hidden) = diagnostics.iter().len().checked_sub(SHOWN + 1) {
        text.push_str(&format!("... and {} more\n\n", hidden + 1));
    }
    text.pop();
    text
}

fn render_one(mistake: &Diagnostic, renderer: &Renderer) -> String {
    let title = Level::ERROR.primary_title(printable(&mistake.message));
    let mut group = match &mistake.place {
        None => Group::with_title(title),
        Some((source, span)) => place(Group::with_title(title), source, *span, &mistake.label),
    };
    if !mistake.help.is_empty() {
        group = group.element(Level::HELP.message(printable(&mistake.help)));
    }
    renderer.render(&[group])
}

/// Adds the line of the place with carets under it; of a place over many lines, the first line.
fn place<'a>(group: Group<'a>, source: &'a SourceFile, span: Span, label: &'a str) -> Group<'a> {
    let position = source.position(span.start);
    let line = source.line_span(position.line);
    let shown = source.slice(line);
    if shown.len() > LONGEST_LINE {
        let origin = Origin::path(&source.name).line(position.line);
        return group.element(origin.char_column(position.column));
    }
    let start = source.floor(span.start) - line.start;
    let end = source.floor(span.end).min(line.end).max(line.start) - line.start;
    let carets = AnnotationKind::Primary.span(start.min(shown.len())..end.max(start));
    let label = (!label.is_empty()).then(|| printable(label));
    group.element(
        Snippet::source(shown)
            .path(&source.name)
            .line_start(position.line)
            .annotation(carets.label(label)),
    )
}

/// A name out of a user's file, in backquotes and not too long.
pub(super) fn quoted(text: &str) -> String {
    let mut chars = text.chars();
    let kept: String = chars.by_ref().take(LONGEST_QUOTE).collect();
    format!("`{kept}{}`", if chars.next().is_some() { "..." } else { "" })
}

/// The text without characters that would steer a terminal.
fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| c.is_control() && c != '\n') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect(),
    )
}

/// The known name that was probably meant, if one is near.
pub(super) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if written.len() > LONGEST_QUOTE {
        return None;
    }
    let lower = written.to_lowercase();
    let allowed = written.chars().count().div_ceil(3);
    known
        .into_iter()
        .take(MOST_KNOWN)
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `did you mean ...?` where a known name is near, or else what is known.
pub(super) fn suggest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    what: &str,
) -> String {
    if let Some(name) = nearest(written, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    let names: Vec<String> = known.into_iter().take(LISTED + 1).map(quoted).collect();
    match names.as_slice() {
        many if many.len() > LISTED => format!("{what} are {}, ...", many[..LISTED].join(", ")),
        [] => String::new(),
        [one] => format!("{what} is {one}"),
        [most @ .., last] => format!("{what} are {} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, span: Span, expected: &str) {
        let source = Arc::new(SourceFile::new("a.yaml", text));
        let mistake = Diagnostic::at(&source, span, "unknown key `sned`")
            .label("here")
            .help("did you mean `send`?");
        assert_eq!(render(&mistake.into(), false), expected);
    }

    #[test]
    fn a_mistake_shows_its_place_its_line_and_what_helps() {
        let expected = "\
error: unknown key `sned`
 --> a.yaml:2:3
  |
2 | - sned: สวัสดี
  |   ^^^^ here
  |
  = help: did you mean `send`?
";
        check("flow:\n- sned: สวัสดี\n- end\n", Span::new(8, 12), expected);
    }

    #[test]
    fn spans_at_the_end_over_lines_and_in_huge_lines_are_shown_as_well() {
        for (text, start, end) in [("a", 1, 1), ("a\nb\nc", 2, 5), ("", 0, 0), ("a\n", 2, 9)] {
            let source = Arc::new(SourceFile::new("a.yaml", text));
            let shown =
                render(&Diagnostic::at(&source, Span::new(start, end), "bad").into(), false);
            assert!(shown.contains("a.yaml:"), "{shown}");
        }
        let source = Arc::new(SourceFile::new("a.yaml", "x".repeat(1_000_000)));
        let shown = render(&Diagnostic::at(&source, Span::new(3, 5), "bad").into(), false);
        assert!(shown.contains("a.yaml:1:4") && shown.len() < 200, "{shown}");
    }

    #[test]
    fn nothing_in_a_file_steers_the_terminal() {
        let source = Arc::new(SourceFile::new("a.yaml", "a: \u{1b}[31m"));
        let mistake = Diagnostic::at(&source, Span::new(0, 1), "bad \u{1b}[2J").into();
        assert!(!render(&mistake, false).contains('\u{1b}'));
    }

    #[test]
    fn a_near_name_is_suggested_and_otherwise_all_are_told() {
        assert_eq!(suggest("sned", ["send", "end"], "steps"), "did you mean `send`?");
        assert_eq!(suggest("dance", ["send", "end"], "steps"), "steps are `send` and `end`");
        assert_eq!(suggest("x", [], "steps"), "");
    }

    #[test]
    fn beyond_a_hundred_mistakes_are_counted() {
        let many = (0..130).map(|n| Diagnostic::placeless(format!("bad {n}"), "")).collect();
        assert!(render(&Diagnostics::sorted(many), false).ends_with("... and 30 more\n"));
    }
}
