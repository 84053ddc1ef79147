//! Steps, and what they save.

use crate::scenario::check::MOST_MISTAKES;
use crate::scenario::diagnostic::{nearest, quoted, suggest};
use crate::scenario::duration::parse_pause;
use crate::scenario::grammar::{Key, STEP};
use crate::scenario::model::{
    Action, ActorIndex, Await, AwaitedEvent, Expect, MessageRef, Sender, Slot, Step, StepNo,
};
use crate::scenario::node::{Entry, Node, NodeValue};
use crate::scenario::template::SavedKind;

use super::Resolver;
use super::actors::CONCIERGE;
use super::limits::duration;

/// Steps of a file, after each step of several actors became several.
const MOST_STEPS: usize = 100_000;
/// What a message holds, in responses and events (document: 3, 5 and the events).
const MESSAGE_FIELDS: [&str; 14] = [
    "id",
    "type",
    "chatSessionId",
    "contentType",
    "deliveredAt",
    "messageContent",
    "metadata",
    "metdata",
    "orgId",
    "seenAt",
    "senderEntityId",
    "senderEntityType",
    "sentAt",
    "status",
];

impl Resolver<'_> {
    /// Resolves a list of steps in order.
    pub(super) fn steps(&mut self, list: &Node) -> Vec<Step> {
        list.elements().iter().flat_map(|node| self.step(node)).collect()
    }

    /// One step; several where it is made by several actors.
    fn step(&mut self, node: &Node) -> Vec<Step> {
        if self.mistakes.len() > MOST_MISTAKES {
            return Vec::new();
        }
        let nothing = Node { span: node.span, value: NodeValue::Null };
        let (name, span, value) = match (node.text(), node.entries()) {
            (Some(name), _) => (name, node.span, &nothing),
            (None, [Entry { key, value }, ..]) => (key.name.as_str(), key.span, value),
            (None, []) => ("", node.span, node),
        };
        let Some(rule) = STEP.key(name) else {
            self.forget(value);
            return Vec::new();
        };
        let no = StepNo(self.places.len());
        self.places.push(span);
        let by = self.by(value);
        let line = self.source.line(node.span.start);
        let before = self.mistakes.len();
        let action = self.action(rule.name, value);
        let expect = self.expectation(value);
        let save = self.save(rule, value);
        let (Some(action), true) = (action, before == self.mistakes.len()) else {
            self.unsure = true;
            return Vec::new();
        };
        self.made += by.len();
        if self.made > MOST_STEPS {
            let message =
                format!("a scenario has at most {MOST_STEPS} steps, counted for each actor");
            self.complain(span, message, "name one actor, or use `repeat`");
            return Vec::new();
        }
        let make = |actor| {
            let (action, expect) = (action.clone(), expect.clone());
            Step { no, line, name: rule.name, by: ActorIndex(actor), action, save, expect }
        };
        by.map(make).collect()
    }

    /// Saves what an unreadable step names, as something unknown.
    fn forget(&mut self, value: &Node) {
        self.unsure = true;
        for element in value.elements() {
            self.forget(element);
        }
        for Entry { key, value } in value.entries() {
            match value.text() {
                Some(name) if key.name == "as" => {
                    self.names.save(name, SavedKind::Body, self.first_slot);
                }
                _ => self.forget(value),
            }
        }
    }

    fn action(&mut self, name: &str, value: &Node) -> Option<Action> {
        Some(match name {
            "init" => Action::Init,
            "session" => Action::Session,
            "resume" => Action::Resume,
            "ping" => Action::Ping,
            "unread" => Action::Unread,
            "end" => Action::End,
            "messages" => return self.messages(value),
            "send" => return self.send(value),
            "upload" => return self.upload(value),
            "unsend" => Action::Unsend(self.message(value)?),
            "seen" => Action::Seen(self.message(value)?),
            "await" => Action::Await(self.awaited(value)?),
            "think" => Action::Think(value.text().and_then(|text| parse_pause(text).ok())?),
            "repeat" => return self.repeat(value),
            _ => return None,
        })
    }

    fn repeat(&mut self, value: &Node) -> Option<Action> {
        let times = value.get("times").and_then(Node::count).and_then(|n| u32::try_from(n).ok());
        let list = value.get("steps")?;
        if list.describe() == "a list" && list.elements().is_empty() {
            self.complain(list.span, "a `repeat` has at least one step", "for example `[ping]`");
        }
        self.names.repeats += 1;
        let steps = self.steps(list);
        self.names.repeats -= 1;
        Some(Action::Repeat { times: times?, steps })
    }

    fn save(&mut self, rule: &Key, value: &Node) -> Option<Slot> {
        let node = value.get("as")?;
        let name = node.text()?;
        if self.names.vars.contains_key(name) {
            let message = format!("`{name}` is a variable already");
            self.complain(node.span, message, "save it under another name");
        }
        let event = value.get("event").and_then(Node::text);
        let kind = match rule.name {
            "send" | "seen" => SavedKind::Message,
            "await" if event == Some("message") => SavedKind::Message,
            "upload" => SavedKind::Upload,
            "messages" => SavedKind::List,
            "unread" => SavedKind::Number,
            _ => SavedKind::Body,
        };
        Some(self.names.save(name, kind, self.first_slot))
    }

    /// The message that `unsend` or `seen` speaks of.
    fn message(&mut self, value: &Node) -> Option<MessageRef> {
        let node = value.get("message").unwrap_or(value);
        let name = node.text()?;
        if name == "last" {
            return Some(MessageRef::Last);
        }
        let saved = self.names.saved.get(name).copied();
        match saved {
            Some(saved) if saved.kind == SavedKind::Message || self.unsure => {
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

    fn awaited(&mut self, value: &Node) -> Option<Await> {
        let event = match value.get("event")?.text()? {
            "message" => AwaitedEvent::Message,
            "delete" => AwaitedEvent::Delete,
            "update" => AwaitedEvent::Update,
            _ => return None,
        };
        let from = value.get("from");
        if let Some(node) = from
            && event != AwaitedEvent::Message
        {
            self.complain(node.span, "only a message has a sender", "take `from` out");
        }
        let from = match from {
            Some(node) if node.text() == Some(CONCIERGE) => Some(Sender::Concierge),
            Some(node) => self.one_actor(node).map(Sender::Actor),
            None => None,
        };
        if event == AwaitedEvent::Message {
            let fields = value.get("match").map_or(&[][..], Node::entries);
            fields.iter().for_each(|field| self.message_field(field));
        }
        let matching = match value.get("match") {
            Some(node) => self.object(node)?,
            None => Vec::new(),
        };
        let within = duration(value.get("within"));
        let required = value.get("required").and_then(Node::flag).unwrap_or(false);
        Some(Await { event, from, matching, within, required })
    }

    /// Tells a misspelt field; a service may have fields that the document does not.
    fn message_field(&mut self, Entry { key, .. }: &Entry) {
        if MESSAGE_FIELDS.contains(&key.name.as_str()) {
            return;
        }
        if let Some(meant) = nearest(&key.name, MESSAGE_FIELDS) {
            let message = format!("a message has no field {}", quoted(&key.name));
            self.complain(key.span, message, format!("did you mean `{meant}`?"));
        }
    }

    fn expectation(&mut self, value: &Node) -> Expect {
        let Some(node) = value.get("expect") else { return Expect::Ok };
        match node.text() {
            Some("error") => Expect::Error,
            Some("any") => Expect::Any,
            Some(_) => Expect::Ok,
            None => {
                let status = node.get("status").and_then(Node::count);
                let body = node.get("body").and_then(|body| self.value(body));
                Expect::Reply { status: status.and_then(|n| i64::try_from(n).ok()), body }
            }
        }
    }
}
