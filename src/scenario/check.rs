//! Walks a file against the grammar: unknown keys, wrong types, missing keys.
//!
//! It knows no construct by name, and resolves nothing. What passes here has the shape that the
//! grammar asks for; what does not has been told. Start from [`check`].

use std::sync::Arc;

use crate::metrics::Threshold;

use super::diagnostic::{Diagnostic, nearest, quoted, suggest};
use super::duration::{parse_backoff, parse_duration, parse_pause};
use super::grammar::{FILE, Key, Kind, MATCHERS, Map, STEP, Word};
use super::node::{Entry, Node, NodeValue};
use super::rate::{parse_counts, parse_rate, parse_rates};
use super::source::{SourceFile, Span};
use super::template::is_name;

/// A file with more mistakes than these is not looked at any further.
pub(super) const MOST_MISTAKES: usize = 1_000;

/// Every mistake in the shape of a file.
pub(super) fn check(source: &Arc<SourceFile>, root: &Node) -> Vec<Diagnostic> {
    let mut checker = Checker { source, mistakes: Vec::new() };
    if matches!(root.value, NodeValue::Null) {
        let help = "it begins with `name:` and `flow:`";
        checker.complain(Span::new(0, 0), "the file holds no scenario", help);
    } else if root.entries().is_empty() {
        let message =
            format!("a scenario is a map with `name:` and `flow:`, not {}", root.describe());
        checker.complain(root.span, message, "");
    } else {
        checker.map(root, &FILE, root.entries()[0].key.span);
    }
    checker.mistakes
}

/// Every mistake in the shape of a map with known keys, none of which it needs.
pub(super) fn check_map(
    source: &Arc<SourceFile>,
    node: &Node,
    map: &'static Map,
) -> Vec<Diagnostic> {
    let mut checker = Checker { source, mistakes: Vec::new() };
    checker.map(node, map, node.span);
    checker.mistakes
}

/// Whether a kind takes an empty value.
pub(super) fn takes_nothing(kind: &Kind) -> bool {
    match kind {
        Kind::Nothing => true,
        Kind::Either(kinds) => kinds.iter().any(takes_nothing),
        _ => false,
    }
}

/// The bytes of pairs of hexadecimal digits, with blanks between them or none.
pub(super) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
        Some(digit(pair[0])? * 16 + digit(pair[1])?)
    };
    pairs.iter().map(byte).collect()
}

/// What a construct that this version does not have is told.
pub(super) fn not_supported(name: &str) -> String {
    format!("`{name}` is not supported by this version of deskbell")
}

struct Checker<'a> {
    source: &'a Arc<SourceFile>,
    mistakes: Vec<Diagnostic>,
}

/// The key whose value is looked at, for messages.
#[derive(Clone, Copy)]
struct Place<'a> {
    name: &'a str,
    example: &'a str,
    span: Span,
    /// Whether it is one of the key's list.
    is_element: bool,
}

impl Place<'_> {
    fn of(key: &'static Key, span: Span) -> Self {
        Self { name: key.name, example: key.example, span, is_element: false }
    }

    fn describe(&self) -> String {
        let each = if self.is_element { "each of " } else { "" };
        format!("{each}`{}`", self.name)
    }
}

impl Checker<'_> {
    fn complain(&mut self, span: Span, message: impl Into<String>, help: &str) {
        self.mistakes.push(Diagnostic::at(self.source, span, message).help(help));
    }

    /// A map against its keys; `owner` is where a missing key is told.
    fn map(&mut self, node: &Node, map: &'static Map, owner: Span) {
        for Entry { key, value } in node.entries() {
            if self.mistakes.len() > MOST_MISTAKES {
                return;
            }
            if let Some(rule) = map.key(&key.name) {
                let place = Place::of(rule, key.span);
                self.value(value, &rule.kind, place);
            } else if map.later.contains(&key.name.as_str()) {
                self.complain(key.span, not_supported(&key.name), "");
            } else {
                let message = format!("{} has no key {}", map.name, quoted(&key.name));
                let known = map.keys().map(|key| key.name);
                self.complain(key.span, message, &suggest(&key.name, known, "its keys"));
            }
        }
        for key in map.keys().filter(|key| key.required && node.entry(key.name).is_none()) {
            let help = format!("{} For example `{}: {}`", key.doc, key.name, key.example);
            self.complain(owner, format!("{} needs `{}`", map.name, key.name), &help);
        }
    }

    fn value(&mut self, node: &Node, kind: &'static Kind, place: Place<'_>) {
        let kind = match kind {
            Kind::Either(kinds) => kinds.iter().find(|kind| fits(node, kind)).unwrap_or(kind),
            kind => kind,
        };
        if !fits(node, kind) {
            return self.wrong(node, kind, place);
        }
        match kind {
            Kind::Map(map) => self.map(node, map, place.span),
            Kind::MapOf(of) => {
                for Entry { key, value } in node.entries() {
                    let name =
                        Place { name: &key.name, example: "", span: key.span, is_element: false };
                    self.value(value, of, name);
                }
            }
            Kind::List(of) => {
                for element in node.elements() {
                    self.value(
                        element,
                        of,
                        Place { span: element.span, is_element: true, ..place },
                    );
                }
            }
            Kind::Steps => node.elements().iter().for_each(|step| self.step(step)),
            Kind::Request => self.request(node),
            Kind::Pattern => self.pattern(node),
            Kind::Count { least, most } => self.count(node, *least, *most, place),
            Kind::Counts { most } if node.text().is_none() => self.count(node, 1, *most, place),
            Kind::Word { words, later } => self.word(node, words, later, place),
            _ => self.text(node, kind, place),
        }
    }

    /// A text that has to be more than a text.
    fn text(&mut self, node: &Node, kind: &Kind, place: Place<'_>) {
        let written = node.scalar().unwrap_or_default();
        let written = written.as_str().map_or_else(|| written.to_string(), str::to_owned);
        let flaw = match kind {
            Kind::Duration { zero } => match parse_duration(&written) {
                Ok(duration) if duration.is_zero() && !zero => {
                    Some(format!("`{}` must be longer than zero", place.name))
                }
                parsed => parsed.err().map(|error| error.to_string()),
            },
            Kind::Pause => parse_pause(&written).err().map(|error| error.to_string()),
            Kind::Backoff => parse_backoff(&written).err().map(|error| error.to_string()),
            Kind::Rate { zero } => match parse_rate(&written) {
                Ok(per_s) if per_s == 0.0 && !zero => {
                    Some(format!("`{}` must be more than none", place.name))
                }
                parsed => parsed.err().map(|error| error.to_string()),
            },
            Kind::Rates => match parse_rates(&written) {
                Ok((from, to)) if from + to == 0.0 && written.contains("..") => {
                    Some("a ramp from none to none starts nothing; a pause is `0/s`".into())
                }
                parsed => parsed.err().map(|error| error.to_string()),
            },
            Kind::Counts { most } => match parse_counts(&written) {
                Some((from, to)) if from.max(to) == 0 => {
                    Some("a stage has one device at least".into())
                }
                Some((from, to)) if u64::from(from.max(to)) <= *most => None,
                _ => Some(format!("devices are written like `500`, or `100..500`, {most} at most")),
            },
            Kind::Threshold => Threshold::parse(&written).err().map(|error| error.to_string()),
            Kind::Hex => parse_hex(&written).is_none().then(|| {
                "a binary frame is written as pairs of hexadecimal digits, like `\"00 ff 7f\"`"
                    .into()
            }),
            Kind::NewName if !is_name(&written) => {
                let rule = "a name begins with a letter, holds letters, digits, `_` and `-`, and is none of the language's own";
                Some(format!("{} can't be a name: {rule}", quoted(&written)))
            }
            Kind::Text | Kind::File if written.contains("${") => {
                Some(format!("`{}` takes no `${{...}}`", place.name))
            }
            _ => None,
        };
        if let Some(message) = flaw {
            self.complain(node.span, message, "");
        }
    }

    fn count(&mut self, node: &Node, least: u64, most: u64, place: Place<'_>) {
        if node.count().is_none_or(|count| count < least || count > most) {
            let message = format!("{} is a whole number from {least} to {most}", place.describe());
            self.complain(node.span, message, "");
        }
    }

    fn word(&mut self, node: &Node, words: &'static [Word], later: &[&str], place: Place<'_>) {
        let written = node.text().unwrap_or_default();
        if later.contains(&written) {
            self.complain(node.span, not_supported(written), "");
        } else if !words.iter().any(|word| word.name == written) {
            let message = format!("`{}` can't be {}", place.name, quoted(written));
            let help = match nearest(written, words.iter().map(|word| word.name)) {
                Some(name) => format!("did you mean `{name}`?"),
                None => {
                    let words = words.iter().map(|word| format!("`{}`: {}", word.name, word.doc));
                    words.collect::<Vec<_>>().join(" ")
                }
            };
            self.complain(node.span, message, &help);
        }
    }

    /// A value to be compared with: a map whose keys begin with `$` is a matcher.
    fn pattern(&mut self, node: &Node) {
        node.elements().iter().for_each(|element| self.pattern(element));
        for Entry { key, value } in node.entries() {
            if !key.name.starts_with('$') {
                self.pattern(value);
            } else if let Some(rule) = MATCHERS.key(&key.name) {
                let place = Place::of(rule, key.span);
                self.value(value, &rule.kind, place);
                if node.entries().len() > 1 {
                    let message = format!("`{}` stands alone in its map", key.name);
                    self.complain(key.span, message, "take the other keys out");
                } else if value.flag() == Some(false) {
                    let help = "no pattern asks for a key that is absent; leave it out";
                    self.complain(value.span, "`$any` takes `true`", help);
                }
            } else {
                let known = MATCHERS.keys().map(|key| key.name);
                let message = format!("there is no matcher {}", quoted(&key.name));
                self.complain(key.span, message, &suggest(&key.name, known, "matchers"));
            }
        }
    }

    /// A request: a step, or the name of one with what it needs made up.
    fn request(&mut self, node: &Node) {
        match node.text() {
            Some(name) if STEP.key(name).is_some() => {}
            _ => self.step(node),
        }
    }

    /// A step: a name, or a map with one key.
    fn step(&mut self, node: &Node) {
        if self.mistakes.len() > MOST_MISTAKES {
            return;
        }
        if let Some(name) = node.text() {
            return match STEP.key(name) {
                Some(rule) if takes_nothing(&rule.kind) => {}
                Some(Key { example, .. }) => {
                    let help = format!("for example `{name}: {example}`");
                    self.complain(node.span, format!("`{name}` needs a value"), &help);
                }
                None => self.no_step(name, node.span),
            };
        }
        match node.entries() {
            [Entry { key, value }] => match STEP.key(&key.name) {
                Some(rule) => {
                    let place = Place::of(rule, key.span);
                    self.value(value, &rule.kind, place);
                }
                None => self.no_step(&key.name, key.span),
            },
            [step, further, ..] => {
                let (step, written) = (&step.key.name, quoted(&further.key.name));
                let message = format!("a step has one key, and {written} is a second one");
                let help = if STEP.key(&further.key.name).is_some() {
                    "begin each step with `- `".to_owned()
                } else {
                    format!("put it inside: `- {step}: {{ ... }}`, or indent it below `{step}:`")
                };
                self.complain(further.key.span, message, &help);
            }
            [] => {
                let message =
                    format!("a step is a name or a map with one key, not {}", node.describe());
                self.complain(node.span, message, "for example `- send: hello`");
            }
        }
    }

    fn no_step(&mut self, name: &str, span: Span) {
        let known = STEP.keys().map(|key| key.name);
        let message = format!("there is no step {}", quoted(name));
        self.complain(span, message, &suggest(name, known, "steps"));
    }

    fn wrong(&mut self, node: &Node, kind: &Kind, place: Place<'_>) {
        let found = node.describe();
        let message = format!("{} must be {}, not {found}", place.describe(), kind.describe());
        let is_text = matches!(kind, Kind::Text | Kind::Template | Kind::NewName | Kind::File)
            || matches!(kind, Kind::Either(kinds) if matches!(kinds[0], Kind::Template));
        let help = match node.scalar() {
            Some(value) if is_text && !value.is_null() => {
                format!("quote it to make it a text: `\"{}\"`", self.source.slice(node.span))
            }
            _ if place.example.is_empty() => String::new(),
            _ => format!("for example `{}: {}`", place.name, place.example),
        };
        let span = if node.span.start == node.span.end { place.span } else { node.span };
        self.complain(span, message, &help);
    }
}

/// Whether a value has the shape of a kind, whatever it says.
fn fits(node: &Node, kind: &Kind) -> bool {
    match kind {
        Kind::Value | Kind::Pattern => true,
        Kind::Nothing => matches!(node.value, NodeValue::Null),
        Kind::Flag => matches!(node.value, NodeValue::Flag(_)),
        Kind::Count { .. } => matches!(node.value, NodeValue::Number(_)),
        Kind::CountTemplate => {
            node.count().is_some() || node.text().is_some_and(|text| text.contains("${"))
        }
        Kind::Duration { .. }
        | Kind::Pause
        | Kind::Backoff
        | Kind::Rate { .. }
        | Kind::Rates
        | Kind::Counts { .. } => {
            matches!(node.value, NodeValue::Text(_) | NodeValue::Number(_))
        }
        Kind::Request => matches!(node.value, NodeValue::Text(_) | NodeValue::Map(_)),
        Kind::Map(_) | Kind::MapOf(_) => matches!(node.value, NodeValue::Map(_)),
        Kind::List(_) | Kind::Steps => matches!(node.value, NodeValue::List(_)),
        Kind::Either(kinds) => kinds.iter().any(|kind| fits(node, kind)),
        Kind::Text
        | Kind::Template
        | Kind::NewName
        | Kind::Actor
        | Kind::Message
        | Kind::File
        | Kind::Threshold
        | Kind::Hex
        | Kind::Word { .. } => matches!(node.value, NodeValue::Text(_)),
    }
}
