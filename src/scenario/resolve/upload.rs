//! Steps that upload a file.

use crate::scenario::MAX_UPLOAD;
use crate::scenario::diagnostic::quoted;
use crate::scenario::model::{Action, Upload};
use crate::scenario::node::Node;
use crate::scenario::template::Template;

use super::Resolver;

const KIND: &str = "chat-images";

impl Resolver<'_> {
    pub(super) fn upload(&mut self, value: &Node) -> Option<Action> {
        let node = value.get("file")?;
        let file = node.text()?;
        let bytes = self.file(node, MAX_UPLOAD)?;
        let text = |key| value.get(key).and_then(Node::text);
        let mime = text("mime")?;
        if !is_media_type(mime) {
            let span = value.get("mime").map_or(value.span, |node| node.span);
            let message = format!("{} is no media type", quoted(mime));
            self.complain(span, message, "write it like `image/png`");
        }
        let kind = text("type").unwrap_or(KIND).to_owned();
        let name = match value.get("name") {
            Some(node) => self.template(node)?,
            None => Template::constant(file.rsplit('/').next().unwrap_or(file)),
        };
        Some(Action::Upload(Upload { name, bytes, mime: mime.into(), kind }))
    }
}

/// `type/subtype`, in characters that an HTTP header takes.
fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    printable && essence.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub))
}
