//! Steps that wait for an event.

use crate::scenario::diagnostic::{nearest, quoted};
use crate::scenario::model::{Await, AwaitedEvent, Pattern, Sender};
use crate::scenario::node::{Entry, Node};

use super::Resolver;
use super::actors::CONCIERGE;
use super::limits::duration;

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
    pub(super) fn awaited(&mut self, value: &Node) -> Option<Await> {
        if value.describe() != "a map" {
            return None;
        }
        let event = match value.get("event").map(Node::text) {
            None => AwaitedEvent::Frame,
            Some(Some("message")) => AwaitedEvent::Message,
            Some(Some("delete")) => AwaitedEvent::Delete,
            Some(Some("update")) => AwaitedEvent::Update,
            Some(_) => return None,
        };
        let from = value.get("from");
        if let Some(node) = from
            && !matches!(event, AwaitedEvent::Message | AwaitedEvent::Frame)
        {
            self.complain(node.span, "only a message has a sender", "take `from` out");
        }
        let from = match from {
            Some(node) if node.text() == Some(CONCIERGE) => Some(Sender::Concierge),
            Some(node) => {
                let actor = self.one_actor(node);
                if actor.is_some_and(|actor| self.is_desk(actor)) {
                    let message = "what a concierge sends comes from the concierge";
                    self.complain(node.span, message, "write `from: concierge`");
                }
                actor.map(Sender::Actor)
            }
            None => None,
        };
        if event == AwaitedEvent::Message {
            let fields = value.get("match").map_or(&[][..], Node::entries);
            fields.iter().for_each(|field| self.message_field(field));
        }
        let matching = match value.get("match") {
            Some(node) => self.pattern(node)?,
            None => Pattern::Object(Vec::new()),
        };
        let flag = |key| value.get(key).and_then(Node::flag).unwrap_or(false);
        let (required, none) = (flag("required"), flag("none"));
        for key in ["as", "required"] {
            if let Some(entry) = value.entry(key)
                && none
            {
                let message = format!("nothing is to come, so `{key}` means nothing");
                self.complain(entry.key.span, message, format!("take `{key}` or `none` out"));
            }
        }
        let within = duration(value.get("within"));
        Some(Await { event, from, matching, within, required, none })
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
}
