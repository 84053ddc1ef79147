//! Names that steps save.

use crate::scenario::diagnostic::{quoted, suggest};
use crate::scenario::grammar::Key;
use crate::scenario::model::{MessageRef, Slot};
use crate::scenario::node::{Entry, Node};
use crate::scenario::template::SavedKind;

use super::Resolver;

/// Names that one scenario saves.
const MOST_NAMES: usize = 1_000;
/// The key whose `as` names an item, not an outcome.
const LOOP: &str = "for_each";

/// Gives every name that the steps in a node save, wherever they are, with its place.
pub(super) fn each_saved(node: &Node, found: &mut impl FnMut(&str, &Node)) {
    for element in node.elements() {
        each_saved(element, found);
    }
    for Entry { key, value } in node.entries() {
        match value.text() {
            Some(name) if key.name == "as" || key.name == "$save" => found(name, value),
            _ if key.name == LOOP => {
                let inside = value.entries().iter().filter(|entry| entry.key.name != "as");
                inside.for_each(|entry| each_saved(&entry.value, found));
            }
            _ => each_saved(value, found),
        }
    }
}

impl Resolver<'_> {
    /// Notes every name that steps save, and every item's, wherever they are.
    pub(super) fn note_saved(&mut self, node: &Node) {
        let source = self.source;
        each_saved(node, &mut |name, node| {
            let line = source.line(node.span.start);
            self.names.anywhere.entry(name.to_owned()).or_insert(line);
        });
        self.note_items(node);
    }

    fn note_items(&mut self, node: &Node) {
        node.elements().iter().for_each(|element| self.note_items(element));
        for Entry { key, value } in node.entries() {
            if key.name == LOOP
                && let Some(name) = value.get("as").and_then(Node::text)
            {
                let line = self.source.line(key.span.start);
                self.names.items.entry(name.to_owned()).or_insert(line);
            }
            self.note_items(value);
        }
    }

    /// Saves what an unreadable step names, as something unknown.
    pub(super) fn forget(&mut self, value: &Node) {
        self.unsure = true;
        let base = self.first_slot;
        each_saved(value, &mut |name, _| {
            self.names.save(name, SavedKind::Any, base);
        });
    }

    /// Where a step's outcome is saved.
    pub(super) fn save(&mut self, rule: &Key, value: &Node) -> Option<Slot> {
        if rule.name == LOOP {
            return None;
        }
        let node = value.get("as")?;
        let name = node.text()?;
        self.refuse_variable(node, name);
        let event = value.get("event").and_then(Node::text);
        let kind = match rule.name {
            "send" | "seen" => SavedKind::Message,
            "await" if event == Some("message") => SavedKind::Message,
            "upload" => SavedKind::Upload,
            "messages" => SavedKind::List,
            "unread" => SavedKind::Number,
            "await" if event.is_none() => SavedKind::Frame,
            "call" => SavedKind::Frame,
            _ => SavedKind::Body,
        };
        Some(self.save_name(node, name, kind))
    }

    /// Saves a name from here on.
    pub(super) fn save_name(&mut self, node: &Node, name: &str, kind: SavedKind) -> Slot {
        if self.names.slots == MOST_NAMES {
            let message = format!("a scenario saves at most {MOST_NAMES} names");
            self.complain(node.span, message, "save a name again that is not needed any more");
        }
        self.names.save(name, kind, self.first_slot)
    }

    pub(super) fn refuse_variable(&mut self, node: &Node, name: &str) {
        if self.names.vars.contains_key(name) {
            let message = format!("`{name}` is a variable already");
            self.complain(node.span, message, "save it under another name");
        }
    }

    /// The message that `unsend` or `seen` speaks of.
    pub(super) fn message(&mut self, value: &Node) -> Option<MessageRef> {
        let node = value.get("message").unwrap_or(value);
        let name = node.text()?;
        if name == "last" {
            return Some(MessageRef::Last);
        }
        let saved = self.names.saved.get(name).copied();
        match saved {
            Some(saved)
                if matches!(saved.kind, SavedKind::Message | SavedKind::Any) || self.unsure =>
            {
                Some(MessageRef::Saved(saved.slot))
            }
            Some(saved) => {
                let message = format!("`{name}` is {}, not a message", saved.kind.describe());
                let help = "messages are saved by `send`, `seen` and `await: { event: message }`";
                self.complain(node.span, message, help);
                None
            }
            None => {
                self.never_saved(node, name);
                None
            }
        }
    }

    fn never_saved(&mut self, node: &Node, name: &str) {
        let (message, help) = match self.names.anywhere.get(name) {
            Some(line) => (
                format!("nothing is saved as {} before this step", quoted(name)),
                format!(
                    "the step at line {line} saves it; names last for one iteration, those of `setup` for all"
                ),
            ),
            None => {
                let messages = self.names.saved.iter();
                let messages = messages.filter(|(_, saved)| saved.kind == SavedKind::Message);
                let known: Vec<&str> =
                    messages.map(|(name, _)| name.as_str()).chain(["last"]).collect();
                let help = suggest(name, known, "messages here");
                (format!("no step saves {}", quoted(name)), help)
            }
        };
        self.complain(node.span, message, help);
    }
}
