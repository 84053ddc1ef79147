//! Requests with one field wrong at a time.

use crate::protocol::ContentType;
use crate::scenario::diagnostic::{quoted, suggest};
use crate::scenario::grammar::STEP;
use crate::scenario::model::{Action, ActorIndex, Expect, Metadata, Mutation, Step, StepNo};
use crate::scenario::node::{Entry, Node, NodeValue};
use crate::scenario::source::Span;
use crate::scenario::template::Template;

use super::Resolver;

/// The requests that can be mutated, and the fields of their bodies (document: the request
/// payloads).
const FIELDS: [(&str, &[&str]); 9] = [
    ("init", &["newSession"]),
    ("resume", &["newSession", "chatSessionId"]),
    ("session", &["chatSessionId"]),
    ("messages", &["chatSessionId"]),
    ("ping", &["chatSessionId"]),
    ("send", &["chatSessionId", "contentType", "messageContent", "metdata", "metadata"]),
    ("unsend", &["messageId", "chatSessionId"]),
    ("seen", &["messageId", "chatSessionId"]),
    ("end", &["chatSessionId"]),
];
/// Keys of a request that `mutate` decides on.
const DECIDED: [&str; 4] = ["by", "as", "expect", "eventually"];

impl Resolver<'_> {
    pub(super) fn mutate(&mut self, value: &Node, line: u32) -> Option<Action> {
        let node = value.get("call")?;
        let nothing = Node { span: node.span, value: NodeValue::Null };
        let (name, span, inner) = match (node.text(), node.entries()) {
            (Some(name), _) => (name, node.span, &nothing),
            (None, [Entry { key, value }]) => (key.name.as_str(), key.span, value),
            _ => return None,
        };
        let Some((name, known)) = FIELDS.iter().find(|(known, _)| *known == name) else {
            if STEP.key(name).is_some() {
                let known = FIELDS.map(|(name, _)| format!("`{name}`")).join(", ");
                let message = format!("`{name}` has no field to be wrong");
                self.complain(span, message, format!("those that have one are {known}"));
            }
            return None;
        };
        for entry in DECIDED.iter().filter_map(|key| inner.entry(key)) {
            let message = format!("`{}` does not belong inside `call`", entry.key.name);
            let help = "`by` and `expect` stand beside `call`, and no answer is saved";
            self.complain(entry.key.span, message, help);
        }
        let action = self.right_request(name, span, inner);
        let session = match inner.get("session") {
            Some(node) => Some(self.template(node)?),
            None => None,
        };
        let fields = self.fields(value.get("fields"), name, known);
        let no = StepNo(self.places.len() - 1);
        let by = self.by(value).start;
        let call = Box::new(Step {
            no,
            line,
            name,
            by: ActorIndex(by),
            action: action?,
            save: None,
            expect: match value.get("expect").and_then(Node::text) {
                Some("any") => Expect::Any,
                _ => Expect::Error,
            },
            session,
            eventually: None,
        });
        Some(Action::Mutate { call, fields: fields?, kinds: self.kinds(value.get("kinds")) })
    }

    /// The request as it would be right; a name alone is made up to one.
    fn right_request(&mut self, name: &str, span: Span, value: &Node) -> Option<Action> {
        match (name, &value.value) {
            ("send", NodeValue::Null) => Some(Action::Send {
                content_type: ContentType::Text,
                content: Template::constant("hello"),
                metadata: Metadata::With(Vec::new()),
            }),
            ("unsend" | "seen", NodeValue::Null) => {
                let help = format!("for example `call: {{ {name}: question }}`");
                self.complain(span, format!("`{name}` needs a message"), help);
                None
            }
            _ => self.action(name, value, span, 0),
        }
    }

    /// The fields as JSON pointers; `Some(None)` is all.
    fn fields(
        &mut self,
        node: Option<&Node>,
        name: &str,
        known: &[&'static str],
    ) -> Option<Option<Vec<String>>> {
        let Some(list) = node.filter(|node| node.text().is_none()) else { return Some(None) };
        if list.elements().is_empty() {
            self.complain(list.span, "no field is named", "leave `fields` out for all of them");
            return None;
        }
        let mut pointers = Vec::new();
        for node in list.elements() {
            let written = node.text()?;
            let pointer = match written.strip_prefix('/') {
                Some(_) => written.to_owned(),
                None => format!("/{}", written.replace('~', "~0").replace('/', "~1")),
            };
            let first = pointer[1..].split('/').next().unwrap_or_default();
            if !known.contains(&first) {
                let message = format!("the body of `{name}` has no field {}", quoted(written));
                self.complain(
                    node.span,
                    message,
                    suggest(first, known.iter().copied(), "its fields"),
                );
            }
            pointers.push(pointer);
        }
        Some(Some(pointers))
    }

    fn kinds(&mut self, node: Option<&Node>) -> Vec<Mutation> {
        let Some(list) = node else { return vec![Mutation::Missing, Mutation::IllTyped] };
        if list.describe() == "a list" && list.elements().is_empty() {
            self.complain(list.span, "no kind is named", "leave `kinds` out for both of them");
        }
        let words = list.elements().iter().filter_map(Node::text);
        words
            .filter_map(|word| match word {
                "missing" => Some(Mutation::Missing),
                "ill-typed" => Some(Mutation::IllTyped),
                _ => None,
            })
            .collect()
    }
}
