//! Rows of labels and texts, broken at the width of a page.

use std::io;

use comfy_table::{ContentArrangement, Table, presets};

use crate::report::escape::one_line;
use crate::run::Verdict;

use super::{Look, MOST, Style};

/// Width of the labels on the left.
const LABEL: usize = 9;

/// How far labels of details are to the right, and how wide they are.
const INSET: usize = 12;
const DETAIL: usize = 8;

/// How much of a sentence that holds a server's words is told.
const LONGEST_SENTENCE: usize = 200;

/// Widths that lines are still read well at.
const NARROWEST: u16 = 60;
const WIDEST: u16 = 120;

/// A text beside its label.
#[derive(Clone, Debug)]
pub(in crate::report) struct Row {
    label: String,
    text: String,
    tone: Tone,
}

#[derive(Clone, Copy, Debug)]
enum Tone {
    Plain,
    /// Its first word names what is wrong.
    Wrong,
    /// Its label is the verdict.
    Verdict(Verdict),
}

impl Row {
    /// A text beside a label of the first column.
    pub(in crate::report) fn of(label: &str, text: String) -> Self {
        Self { label: format!("{label:<LABEL$}"), text, tone: Tone::Plain }
    }

    /// A text below another one, beside a label of its own.
    pub(in crate::report) fn detail(label: &str, text: String) -> Self {
        Self { label: format!("{:INSET$}{label:<DETAIL$}", ""), text, tone: Tone::Plain }
    }

    pub(in crate::report) fn with_wrong(self) -> Self {
        Self { tone: Tone::Wrong, ..self }
    }

    pub(in crate::report) fn with_verdict(self, verdict: Verdict) -> Self {
        Self { tone: Tone::Verdict(verdict), ..self }
    }

    /// Its lines, in colour where that is wanted.
    fn laid_out(&self, look: Look) -> String {
        let mut table = bare_table();
        table.set_width(width(look));
        table.add_row([&self.label, &self.text]);
        for (column, after) in table.column_iter_mut().zip([1, 0]) {
            column.set_padding((0, after));
        }
        let text = table.trim_fmt();
        match look.style {
            Style::Plain => text,
            Style::Colour => self.painted(&text),
        }
    }

    fn painted(&self, text: &str) -> String {
        let (label, rest) = text.split_at_checked(self.label.len()).unwrap_or((text, ""));
        let word = label.trim();
        let painted = match self.tone {
            _ if word.is_empty() => label.to_owned(),
            Tone::Verdict(verdict) => label.replacen(word, &bold(word, verdict), 1),
            Tone::Plain | Tone::Wrong => label.replacen(word, &format!("\x1b[2m{word}\x1b[0m"), 1),
        };
        let Tone::Wrong = self.tone else { return painted + rest };
        let rest = rest.trim_start_matches(' ');
        let end = rest.find([' ', '\n']).unwrap_or(rest.len());
        format!("{painted} \x1b[31m{}\x1b[0m{}", &rest[..end], &rest[end..])
    }
}

/// Green, red or yellow, as people expect.
fn bold(word: &str, verdict: Verdict) -> String {
    let colour = match verdict {
        Verdict::Passed => 32,
        Verdict::Failed | Verdict::Error => 31,
        Verdict::Invalid | Verdict::Interrupted => 33,
    };
    format!("\x1b[1;{colour}m{word}\x1b[0m")
}

/// What rows are written on.
pub(in crate::report) struct Page<'a> {
    look: Look,
    to: &'a mut dyn io::Write,
}

impl<'a> Page<'a> {
    pub(in crate::report) fn new(look: Look, to: &'a mut dyn io::Write) -> Self {
        Self { look, to }
    }

    pub(in crate::report) fn rows(&mut self, rows: &[Row]) -> io::Result<()> {
        rows.iter().try_for_each(|row| writeln!(self.to, "{}", row.laid_out(self.look)))
    }

    /// Rows below an empty line, where there are any.
    pub(in crate::report) fn group(&mut self, rows: &[Row]) -> io::Result<()> {
        if rows.is_empty() { Ok(()) } else { writeln!(self.to).and_then(|()| self.rows(rows)) }
    }

    /// A text that is laid out already, below an empty line.
    pub(in crate::report) fn block(&mut self, text: &str) -> io::Result<()> {
        write!(self.to, "\n{text}")
    }

    /// A line that is never broken.
    pub(in crate::report) fn copyable(&mut self, label: &str, text: &str) -> io::Result<()> {
        let label = format!("{label:<LABEL$}");
        match self.look.style {
            Style::Plain => writeln!(self.to, "{label} {text}"),
            Style::Colour => writeln!(self.to, "\x1b[2m{label}\x1b[0m {text}"),
        }
    }
}

/// Texts below each other, the first beside its label.
pub(in crate::report) fn labelled(label: &str, texts: impl Iterator<Item = String>) -> Vec<Row> {
    texts.enumerate().map(|(at, text)| Row::of(if at == 0 { label } else { "" }, text)).collect()
}

pub(in crate::report) fn beyond(count: usize, what: &str) -> Option<String> {
    (count > MOST).then(|| format!("and {} more {what}", count - MOST))
}

/// Text of others in one line, not too long.
pub(in crate::report) fn said(text: &str) -> String {
    let clean = one_line(text).into_owned();
    match clean.char_indices().nth(LONGEST_SENTENCE) {
        Some((end, _)) => format!("{}...", &clean[..end]),
        None => clean,
    }
}

/// How many columns of the terminal are taken.
pub(in crate::report) fn width(look: Look) -> u16 {
    look.columns.clamp(NARROWEST, WIDEST)
}

pub(in crate::report) fn bare_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table
}
