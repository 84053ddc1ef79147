//! Steps that send or list messages.

use crate::protocol::ContentType;
use crate::scenario::model::{Action, Metadata};
use crate::scenario::node::{Node, NodeValue};
use crate::scenario::template::Template;

use super::Resolver;

const FIRST_PAGE: u64 = 1;
const PAGE_SIZE: u64 = 50;
/// Each key gives a message's content in one way.
const CONTENTS: [&str; 4] = ["text", "image", "file", "content"];

impl Resolver<'_> {
    pub(super) fn messages(&mut self, value: &Node) -> Option<Action> {
        let mut count = |key, otherwise: u64| match value.get(key) {
            Some(node) => self.template(node),
            None => Some(Template::constant(otherwise)),
        };
        let (page, limit) = (count("page", FIRST_PAGE), count("limit", PAGE_SIZE));
        let all = value.get("all").and_then(Node::flag).unwrap_or(false);
        if let Some(page) = value.entry("page")
            && all
        {
            self.complain(page.key.span, "`all` goes through all pages", "take `page` out");
        }
        Some(Action::Messages { page: page?, limit: limit?, all })
    }

    pub(super) fn send(&mut self, value: &Node) -> Option<Action> {
        if value.text().is_some() {
            let content = self.template(value)?;
            let metadata = Metadata::With(Vec::new());
            return Some(Action::Send { content_type: ContentType::Text, content, metadata });
        }
        if value.describe() != "a map" {
            return None;
        }
        let given: Vec<_> = CONTENTS.iter().filter_map(|key| value.entry(key)).collect();
        let content = match given.as_slice() {
            [entry] => *entry,
            [] => {
                let span = value.entries().first().map_or(value.span, |entry| entry.key.span);
                let help = "give it `text`, `image` or `file`, or `content_type` and `content`";
                self.complain(span, "this message has no content", help);
                return None;
            }
            [first, second, ..] => {
                let message =
                    format!("a message has one content, and `{}` is there", first.key.name);
                self.complain(second.key.span, message, "take one of them out");
                return None;
            }
        };
        let content_type = self.content_type(value, &content.key.name)?;
        let metadata = self.metadata(value);
        let content = self.template(&content.value)?;
        Some(Action::Send { content_type, content, metadata: metadata? })
    }

    fn content_type(&mut self, value: &Node, content: &str) -> Option<ContentType> {
        match (content, value.entry("content_type")) {
            ("content", Some(entry)) => entry.value.text().map(ContentType::parse),
            ("content", None) => {
                let span = value.entry("content").map_or(value.span, |entry| entry.key.span);
                let help = "add a `content_type`, or write `text` for `content`";
                self.complain(span, "this content has no type", help);
                None
            }
            (_, Some(entry)) => {
                let message = format!("`{content}` has its own content type");
                let help = format!("take `content_type` out, or write `content` for `{content}`");
                self.complain(entry.key.span, message, help);
                None
            }
            ("image", None) => Some(ContentType::Image),
            ("file", None) => Some(ContentType::File),
            _ => Some(ContentType::Text),
        }
    }

    fn metadata(&mut self, value: &Node) -> Option<Metadata> {
        match value.get("metadata") {
            None => Some(Metadata::With(Vec::new())),
            Some(node) if node.value == NodeValue::Null => Some(Metadata::None),
            Some(node) => self.object(node).map(Metadata::With),
        }
    }
}
