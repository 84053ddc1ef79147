//! Waiver files: lists of known deviations, read with places and checked to the last key.
//!
//! It knows no clause: which there are, it is told. Start from [`load_waivers`].

use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

use crate::protocol::{EventKind, Route};

use super::diagnostic::{Diagnostic, Diagnostics, quoted, suggest};
use super::library::read_source;
use super::node::{Node, NodeValue};
use super::source::{SourceFile, Span};
use super::{ParseContext, yaml};

/// One entry of a waiver file, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaiverEntry {
    /// The clause, one of those that there are.
    pub clause: String,
    /// Only where this documented route was called.
    pub route: Option<Route>,
    /// Only where this event came, by its name without a session.
    pub event: Option<String>,
    /// Only at this JSON pointer.
    pub pointer: Option<String>,
    /// Only in this scenario.
    pub scenario: Option<String>,
    /// Why it is lived with; never blank.
    pub reason: String,
    /// Where it is followed up.
    pub ticket: Option<String>,
    /// The last day on which it holds.
    pub until: Date,
    /// Whether the deviation may also stay away.
    pub is_intermittent: bool,
}

const KEYS: [&str; 9] = [
    "clause",
    "route",
    "event",
    "pointer",
    "scenario",
    "reason",
    "ticket",
    "until",
    "intermittent",
];

/// Reads a waiver file. `clauses` are the ids of those that there are.
///
/// # Errors
/// Every mistake in it, each with its place.
pub fn load_waivers(
    path: &str,
    clauses: &[&str],
    context: &ParseContext<'_>,
) -> Result<Vec<WaiverEntry>, Diagnostics> {
    let source = Arc::new(read_source(Path::new(path), context)?);
    let (root, mistakes) = yaml::parse(&source).map_err(Diagnostics::sorted)?;
    let mut reader = Reader { source: &source, clauses, mistakes };
    let entries = reader.entries(&root);
    if reader.mistakes.is_empty() { Ok(entries) } else { Err(Diagnostics::sorted(reader.mistakes)) }
}

/// Whether a file has the shape of a waiver file: a list of entries that say what they waive, or a
/// list of nothing. A file that cannot be read has none.
pub fn holds_waivers(path: &str, context: &ParseContext<'_>) -> bool {
    let root = read_source(Path::new(path), context)
        .ok()
        .and_then(|source| yaml::parse(&Arc::new(source)).ok())
        .map(|(root, _)| root);
    let says =
        |entry: &Node| ["clause", "reason", "until"].iter().any(|key| entry.get(key).is_some());
    root.is_some_and(|root| match &root.value {
        NodeValue::List(entries) => entries.is_empty() || entries.iter().any(says),
        _ => false,
    })
}

struct Reader<'a> {
    source: &'a Arc<SourceFile>,
    clauses: &'a [&'a str],
    mistakes: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn complain(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.mistakes.push(Diagnostic::at(self.source, span, message).help(help));
    }

    fn entries(&mut self, root: &Node) -> Vec<WaiverEntry> {
        match &root.value {
            NodeValue::List(entries) => {
                entries.iter().filter_map(|entry| self.entry(entry)).collect()
            }
            NodeValue::Null => Vec::new(),
            _ => {
                let message = format!("a waiver file is a list, not {}", root.describe());
                self.complain(root.span, message, "begin each waiver with `- clause: `");
                Vec::new()
            }
        }
    }

    fn entry(&mut self, entry: &Node) -> Option<WaiverEntry> {
        if !matches!(entry.value, NodeValue::Map(_)) {
            let message = format!("a waiver is a map, not {}", entry.describe());
            self.complain(entry.span, message, "begin it with `- clause: `");
            return None;
        }
        for key in entry.entries().iter().map(|entry| &entry.key) {
            if !KEYS.contains(&key.name.as_str()) {
                let help = suggest(&key.name, KEYS, "the keys of a waiver");
                self.complain(key.span, format!("unknown key {}", quoted(&key.name)), help);
            }
        }
        // All of them are read before any that is missing ends it, so that all mistakes are told.
        let clause = self.clause(entry);
        let route = self.route(entry);
        let event = self.event(entry);
        let pointer = self.pointer(entry);
        let (scenario, ticket) = (self.text(entry, "scenario"), self.text(entry, "ticket"));
        let reason = self.needed(entry, "reason", "say why the deviation is lived with");
        let until = self.until(entry);
        let is_intermittent = self.flag(entry, "intermittent");
        Some(WaiverEntry {
            clause: clause?,
            route,
            event,
            pointer,
            scenario,
            reason: reason?,
            ticket,
            until: until?,
            is_intermittent,
        })
    }

    fn clause(&mut self, entry: &Node) -> Option<String> {
        let clause = self.needed(entry, "clause", "`deskbell clauses` tells all of them")?;
        if !self.clauses.contains(&clause.as_str()) {
            let near = suggest(&clause, self.clauses.iter().copied(), "");
            let is_near = near.starts_with("did you mean");
            let help = if is_near { near } else { "`deskbell clauses` tells all of them".into() };
            self.complain_at(
                entry,
                "clause",
                format!("there is no clause {}", quoted(&clause)),
                help,
            );
        }
        Some(clause)
    }

    fn route(&mut self, entry: &Node) -> Option<Route> {
        let text = self.text(entry, "route")?;
        let route = Route::parse(&text);
        if !route.is_documented() {
            let known: Vec<_> = Route::documented().collect();
            let help = suggest(&text, known.iter().map(Route::as_str), "the routes");
            let message = format!("the document has no route {}", quoted(&text));
            self.complain_at(entry, "route", message, help);
        }
        Some(route)
    }

    fn event(&mut self, entry: &Node) -> Option<String> {
        let text = self.text(entry, "event")?;
        if !EventKind::NAMES.contains(&text.as_str()) {
            let named = EventKind::parse(&text).map(|kind| kind.name().to_owned());
            let named = named.filter(|name| EventKind::NAMES.contains(&name.as_str()));
            let help = match named {
                Some(name) => format!("name it without its session: `{name}`"),
                None => suggest(&text, EventKind::NAMES, "the events"),
            };
            let message = format!("the document has no event {}", quoted(&text));
            self.complain_at(entry, "event", message, help);
        }
        Some(text)
    }

    fn pointer(&mut self, entry: &Node) -> Option<String> {
        let text = self.text(entry, "pointer")?;
        if !text.starts_with('/') {
            let message = format!("{} is no JSON pointer", quoted(&text));
            let help = "write it like `/body/chatMessage/id`; `*` stands for any one key or index";
            self.complain_at(entry, "pointer", message, help);
        }
        Some(text)
    }

    fn until(&mut self, entry: &Node) -> Option<Date> {
        let text =
            self.needed(entry, "until", "name the last day on which it holds: `2027-03-31`")?;
        let is_day = text.len() == "2027-03-31".len();
        let date = text.parse().ok().filter(|_| is_day);
        if date.is_none() {
            let message = format!("{} is no date", quoted(&text));
            self.complain_at(entry, "until", message, "write a day like `2027-03-31`");
        }
        date
    }

    fn flag(&mut self, entry: &Node, key: &str) -> bool {
        let Some(node) = entry.get(key) else { return false };
        node.flag().unwrap_or_else(|| {
            let message = format!("`{key}` is true or false, not {}", node.describe());
            self.complain(node.span, message, "");
            false
        })
    }

    fn text(&mut self, entry: &Node, key: &str) -> Option<String> {
        let node = entry.get(key)?;
        let text = node.text().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            let what = if node.text().is_some() { "an empty one" } else { node.describe() };
            self.complain(node.span, format!("`{key}` is a text, not {what}"), "");
        }
        text.map(str::to_owned)
    }

    fn needed(&mut self, entry: &Node, key: &str, help: &str) -> Option<String> {
        if entry.entry(key).is_none() {
            let span = entry.entries().first().map_or(entry.span, |first| first.key.span);
            self.complain(span, format!("this waiver has no `{key}`"), help);
            return None;
        }
        self.text(entry, key)
    }

    fn complain_at(&mut self, entry: &Node, key: &str, message: String, help: impl Into<String>) {
        let span = entry.get(key).map_or(entry.span, |node| node.span);
        self.complain(span, message, help);
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn read(text: &str) -> Result<Vec<WaiverEntry>, Diagnostics> {
        let read_file = |_: &Path| -> io::Result<Vec<u8>> { Ok(text.into()) };
        let (env, list_folder) = (&|_: &str| None, &|_: &Path| Ok(None));
        let context = ParseContext { env, read_file: &read_file, list_folder };
        load_waivers("waivers.yaml", &["EVENT-5", "ENV-5"], &context)
    }

    #[track_caller]
    fn refused(text: &str, message: &str, help: &str) {
        let mistakes = read(text).expect_err(text);
        let told: Vec<_> = mistakes.iter().map(|one| (&*one.message, &*one.help)).collect();
        assert_eq!(told, [(message, help)], "{text}");
    }

    #[test]
    fn a_waiver_says_where_why_and_until_when() {
        let text = "- { clause: EVENT-5, event: chat-message, pointer: /payload/chatMessage/id,\n\
                    \x20   reason: \"ids are strings on UAT\", until: 2027-03-31, intermittent: true }\n\
                    - clause: ENV-5\n  route: client/send-message\n  scenario: chat\n  reason: old\n\
                    \x20 ticket: CHAT-12\n  until: 2027-03-31\n";
        let waivers = read(text).expect("both are fine");
        assert_eq!(waivers[0].event.as_deref(), Some("chat-message"));
        assert!(waivers[0].is_intermittent && !waivers[1].is_intermittent);
        assert_eq!(waivers[1].route, Some(Route::Send));
        assert_eq!(waivers[1].until.to_string(), "2027-03-31");
        assert_eq!(read("# none yet\n"), Ok(Vec::new()));
    }

    #[test]
    fn every_mistake_is_told_with_a_way_to_mend_it() {
        let with =
            |more: &str| format!("- {{ clause: ENV-5, reason: x, until: 2027-03-31{more} }}");
        refused(&with(", rout: x"), "unknown key `rout`", "did you mean `route`?");
        refused(
            &with(", route: client/send-mesage"),
            "the document has no route `client/send-mesage`",
            "did you mean `client/send-message`?",
        );
        refused(
            &with(", event: chat-message-4482e256"),
            "the document has no event `chat-message-4482e256`",
            "name it without its session: `chat-message`",
        );
        refused(
            &with(", pointer: body"),
            "`body` is no JSON pointer",
            "write it like `/body/chatMessage/id`; `*` stands for any one key or index",
        );
        refused(&with(", intermittent: maybe"), "`intermittent` is true or false, not text", "");
        refused(
            "- { clause: ENV-55, reason: x, until: 2027-03-31 }",
            "there is no clause `ENV-55`",
            "did you mean `ENV-5`?",
        );
        refused(
            "- { clause: ENV-5, reason: x, until: 31.3.2027 }",
            "`31.3.2027` is no date",
            "write a day like `2027-03-31`",
        );
        refused(
            "- { clause: ENV-5, reason: x, until: 2027-02-30 }",
            "`2027-02-30` is no date",
            "write a day like `2027-03-31`",
        );
        refused(
            "- { clause: ENV-5, until: 2027-03-31 }",
            "this waiver has no `reason`",
            "say why the deviation is lived with",
        );
        refused(
            "- { clause: ENV-5, reason: ' ', until: 2027-03-31 }",
            "`reason` is a text, not an empty one",
            "",
        );
        refused("- ENV-5", "a waiver is a map, not text", "begin it with `- clause: `");
        refused(
            "clause: ENV-5",
            "a waiver file is a list, not a map",
            "begin each waiver with `- clause: `",
        );
    }

    #[test]
    fn mistakes_of_all_entries_are_told_at_once_each_with_its_place() {
        let mistakes =
            read("- { clause: NO-1, reason: x }\n- { until: never }\n").expect_err("bad");
        let told = mistakes.to_string();
        for part in
            ["waivers.yaml:1:13", "waivers.yaml:1:5", "waivers.yaml:2:5", "waivers.yaml:2:12"]
        {
            assert!(told.contains(part), "{part}\n{told}");
        }
        assert_eq!(mistakes.iter().len(), 5, "{told}");
    }
}
