//! A frame laid out to be read: a member a line, with the place that a JSON pointer leads to.
//!
//! A frame that was kept may be cut, or be no JSON at all, so it is laid out by its brackets as far
//! as it goes, and its spelling stays. Start from [`evidence`].

#[cfg(test)]
mod tests;

use std::ops::Range;

use maud::{Markup, html};

use crate::protocol::cut;
use crate::report::escape::{one_line, printable};

/// Lines that are shown.
const LINES: usize = 36;

/// Lines before the place, where there are more lines than are shown.
const LINES_BEFORE: usize = 12;

/// How much of a value is shown, in bytes.
const LONGEST_VALUE: usize = 160;

/// How much of a text that is no JSON is shown, in bytes.
const LONGEST_TEXT: usize = 600;

/// How far a line is moved in at most, in steps of two.
const DEEPEST: usize = 20;

/// The frame, with the place marked. `whole` says where all of it stands.
pub(super) fn evidence(frame: &str, pointer: &str, whole: &str) -> Markup {
    let Some(Layout { lines, place, is_there }) = laid_out(frame, pointer) else {
        return plain(frame, whole);
    };
    let start = place.start.saturating_sub(LINES_BEFORE).min(lines.len().saturating_sub(LINES));
    let end = lines.len().min(start + LINES);
    html! {
        pre.frame tabindex="0" {
            @if start > 0 { i { "... " (start) " lines before, in " (whole) "\n" } }
            @for (nth, line) in lines.iter().enumerate().take(end).skip(start) {
                @if !pointer.is_empty() && place.contains(&nth) { mark { (row(line)) } }
                @else { (row(line)) }
                "\n"
            }
            @if end < lines.len() {
                i { "... " (lines.len() - end) " lines after, in " (whole) "\n" }
            }
        }
        @if !is_there {
            p.muted {
                "Nothing stands at " code { (one_line(cut(pointer, LONGEST_VALUE))) }
                "; the nearest place is marked."
            }
        }
    }
}

fn plain(frame: &str, whole: &str) -> Markup {
    let start = cut(frame, LONGEST_TEXT);
    html! {
        pre.frame tabindex="0" {
            (printable(start))
            @if start.len() < frame.len() {
                i { "... and " (frame.len() - start.len()) " bytes, in " (whole) }
            }
        }
    }
}

fn row(line: &Line<'_>) -> Markup {
    let value = cut(line.value, LONGEST_VALUE);
    html! {
        ("  ".repeat(line.depth.min(DEEPEST)))
        @if let Some(key) = line.key { b { (one_line(cut(key, LONGEST_VALUE))) } ": " }
        (one_line(value))
        @if value.len() < line.value.len() {
            i { "... " (line.value.len() - value.len()) " more bytes" }
        }
        @if line.has_comma { "," }
    }
}

/// A frame by lines.
struct Layout<'a> {
    lines: Vec<Line<'a>>,
    /// The lines that the pointer leads to, or the first one of what comes nearest.
    place: Range<usize>,
    /// Whether it leads anywhere.
    is_there: bool,
}

/// A line, of parts as they stand in the frame.
struct Line<'a> {
    depth: usize,
    key: Option<&'a str>,
    /// A value without parts, or what opens or closes one with parts.
    value: &'a str,
    has_comma: bool,
}

/// The lines of a frame; `None` where it is neither an object nor a list.
fn laid_out<'a>(frame: &'a str, pointer: &str) -> Option<Layout<'a>> {
    let mut rest = frame.trim_start();
    if !rest.starts_with(['{', '[']) {
        return None;
    }
    let mut scribe = Scribe::new(pointer);
    while !rest.is_empty() {
        let (token, after) = rest.split_at(token_length(rest));
        rest = after.trim_start();
        match (token, rest.chars().next()) {
            ("{", Some('}')) | ("[", Some(']')) => {
                scribe.value(if token == "{" { "{}" } else { "[]" });
                rest = rest[1..].trim_start();
            }
            ("{" | "[", _) => scribe.open(token),
            ("}" | "]", _) => scribe.close(token),
            (",", _) => scribe.comma(),
            (":", _) => {}
            (_, Some(':')) => scribe.key = Some(token),
            _ => drop(scribe.value(token)),
        }
    }
    let (led, place) = scribe.nearest;
    Some(Layout { lines: scribe.lines, place, is_there: led == scribe.steps.len() })
}

fn token_length(rest: &str) -> usize {
    let is_structure = |c: char| "{}[],:".contains(c);
    let ends = |c: char| is_structure(c) || c == '"' || c.is_whitespace();
    if rest.starts_with(is_structure) {
        return 1;
    }
    let Some(inside) = rest.strip_prefix('"') else { return rest.find(ends).unwrap_or(rest.len()) };
    let mut is_escaped = false;
    let end = inside.find(|c| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    end.map_or(rest.len(), |end| end + 2)
}

/// Writes lines, and follows the pointer as it does.
struct Scribe<'a> {
    steps: Vec<String>,
    lines: Vec<Line<'a>>,
    open: Vec<Open>,
    /// The key of the next value.
    key: Option<&'a str>,
    /// How many steps lead to what comes nearest so far, and its lines.
    nearest: (usize, Range<usize>),
}

/// An object or a list that is open.
struct Open {
    /// The line on which it begins.
    line: usize,
    /// How many steps of the pointer lead to it; `None` where they lead elsewhere.
    led: Option<usize>,
    /// How many items it has so far; `None` of an object.
    items: Option<usize>,
}

impl<'a> Scribe<'a> {
    fn new(pointer: &str) -> Self {
        let unescaped = |step: &str| step.replace("~1", "/").replace("~0", "~");
        let steps = pointer.split('/').skip(1).map(unescaped).collect();
        Self { steps, lines: Vec::new(), open: Vec::new(), key: None, nearest: (0, 0..1) }
    }

    /// Writes a value, and returns how many steps lead to it.
    fn value(&mut self, value: &'a str) -> Option<usize> {
        let led = self.led();
        let line = self.lines.len();
        if let Some(led) = led.filter(|led| *led > self.nearest.0) {
            self.nearest = (led, line..line + 1);
        }
        let (depth, key) = (self.open.len(), self.key.take());
        self.lines.push(Line { depth, key, value, has_comma: false });
        led
    }

    fn open(&mut self, bracket: &'a str) {
        let (line, led) = (self.lines.len(), self.value(bracket));
        self.open.push(Open { line, led, items: (bracket == "[").then_some(0) });
    }

    fn close(&mut self, bracket: &'a str) {
        let closed = self.open.pop();
        self.lines.push(Line {
            depth: self.open.len(),
            key: None,
            value: bracket,
            has_comma: false,
        });
        let is_meant = |closed: Open| {
            closed.led == Some(self.steps.len()) && closed.line == self.nearest.1.start
        };
        if closed.is_some_and(is_meant) {
            self.nearest.1.end = self.lines.len();
        }
    }

    fn comma(&mut self) {
        if let Some(line) = self.lines.last_mut() {
            line.has_comma = true;
        }
    }

    /// How many steps lead to the next value; `None` where they lead elsewhere.
    fn led(&mut self) -> Option<usize> {
        let Some(parent) = self.open.last_mut() else { return Some(0) };
        let step = match &mut parent.items {
            Some(items) => {
                *items += 1;
                (*items - 1).to_string()
            }
            None => serde_json::from_str(self.key?).ok()?,
        };
        let led = parent.led?;
        (self.steps.get(led) == Some(&step)).then_some(led + 1)
    }
}
