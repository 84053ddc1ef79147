//! Steps that are about connections and frames, and requests of any kind.

use std::sync::Arc;

use jsonschema::Draft;

use crate::metrics::Metric;
use crate::scenario::check::parse_hex;
use crate::scenario::diagnostic::quoted;
use crate::scenario::model::{Action, Auth, DeviceId, Disconnect, Fault, RawFrame};
use crate::scenario::node::{Entry, Node};
use crate::scenario::source::Span;
use crate::scenario::template::{Template, ValueTemplate};

use super::Resolver;
use super::limits::duration;

/// The largest schema file, in bytes.
const MAX_SCHEMA: usize = 1 << 20;
/// Each key gives a frame in one way.
const FRAMES: [&str; 3] = ["text", "hex", "fragments"];

impl Resolver<'_> {
    pub(super) fn connect(&mut self, value: &Node) -> Option<Action> {
        let auth = match value.get("auth").and_then(Node::text) {
            Some("none") => Auth::None,
            Some("garbled") => Auth::Garbled,
            Some("resigned") => Auth::Resigned,
            Some("expired") => Auth::Expired,
            Some("other-tenant") => Auth::OtherTenant,
            _ => Auth::Valid,
        };
        let device_id = match value.get("device_id") {
            None => DeviceId::Auto,
            Some(node) => match node.text()? {
                "auto" => DeviceId::Auto,
                "none" => DeviceId::None,
                _ => DeviceId::Given(self.template(node)?),
            },
        };
        Some(Action::Connect { auth, device_id })
    }

    pub(super) fn call(&mut self, value: &Node) -> Option<Action> {
        let route = value.get("route").and_then(|node| self.template(node));
        let body = match value.get("body") {
            Some(node) => self.object(node).map(ValueTemplate::Object),
            None => Some(ValueTemplate::Object(Vec::new())),
        };
        let schema = match value.get("schema") {
            Some(node) => Some(self.answer_schema(node)?),
            None => None,
        };
        let metric = value.get("metric").and_then(|node| self.own_metric(node));
        Some(Action::Call { route: route?, body: body?, schema, metric })
    }

    /// A JSON Schema in a file, which must be one.
    fn answer_schema(&mut self, node: &Node) -> Option<Arc<serde_json::Value>> {
        let bytes = self.file(node, MAX_SCHEMA)?;
        let name = quoted(node.text()?);
        let schema: serde_json::Value = match serde_json::from_slice(&bytes) {
            Ok(schema) => schema,
            Err(error) => {
                self.complain(node.span, format!("{name} is not JSON"), error.to_string());
                return None;
            }
        };
        let compiled = jsonschema::options().with_draft(Draft::Draft202012).build(&schema);
        if let Err(error) = compiled {
            let message = format!("{name} is no JSON Schema (draft 2020-12)");
            self.complain(node.span, message, error.to_string());
            return None;
        }
        Some(Arc::new(schema))
    }

    fn own_metric(&mut self, node: &Node) -> Option<usize> {
        let name = node.text()?;
        if Metric::parse(&format!("rtt.{name}")).is_some() {
            let message = format!("`rtt.{name}` is measured of every `{name}` already");
            self.complain(node.span, message, "take another name");
        }
        let known = self.metrics.iter().position(|known| known == name);
        Some(known.unwrap_or_else(|| {
            self.metrics.push(name.to_owned());
            self.metrics.len() - 1
        }))
    }

    pub(super) fn frame(&mut self, value: &Node) -> Option<Action> {
        let given: Vec<_> = FRAMES.iter().filter_map(|key| value.entry(key)).collect();
        let entry: &Entry = match given.as_slice() {
            [entry] => entry,
            [] => {
                let span = value.entries().first().map_or(value.span, |entry| entry.key.span);
                let help = "give it `text`, `hex` or `fragments`";
                self.complain(span, "this frame holds nothing", help);
                return None;
            }
            [first, second, ..] => {
                let message = format!("a frame has one content, and `{}` is there", first.key.name);
                self.complain(second.key.span, message, "take one of them out");
                return None;
            }
        };
        Some(Action::Frame(match entry.key.name.as_str() {
            "text" => RawFrame::Text(self.template(&entry.value)?),
            "hex" => RawFrame::Binary(parse_hex(entry.value.text()?)?),
            _ => {
                let parts = entry.value.elements();
                if parts.len() < 2 {
                    let help =
                        "for example `fragments: [\"{\", \"}\"]`; one whole frame is a `text`";
                    self.complain(entry.value.span, "fragments are two or more", help);
                }
                let parts: Vec<_> = parts.iter().map(|part| self.template(part)).collect();
                RawFrame::Fragments(parts.into_iter().collect::<Option<_>>()?)
            }
        }))
    }

    pub(super) fn fault(&mut self, value: &Node) -> Option<Action> {
        let kind = value.get("kind")?;
        if kind.text()? == "slow-reader" {
            return self.slow_reader(value, kind.span);
        }
        if let Some(entry) = value.entry("for") {
            let message = "only a slow reader takes a while";
            self.complain(entry.key.span, message, "take `for` out");
        }
        let text = value.get("text").map(|node| self.template(node));
        let text_or = |usual: &str| text.clone().unwrap_or_else(|| Some(Template::constant(usual)));
        Some(Action::Fault(match kind.text()? {
            "cut-mid-frame" => Fault::CutMidFrame(text_or("cut in the middle")?),
            "double-send" => Fault::DoubleSend(text_or("sent twice")?),
            "send-before-ack" => Fault::SendBeforeAck(match text {
                Some(text) => Some(text?),
                None => None,
            }),
            _ => return None,
        }))
    }

    fn slow_reader(&mut self, value: &Node, kind: Span) -> Option<Action> {
        if let Some(entry) = value.entry("text") {
            let message = "a slow reader sends nothing by itself";
            self.complain(entry.key.span, message, "take `text` out");
        }
        if value.get("for").is_none() {
            let message = "a slow reader needs `for`, how long it reads nothing";
            self.complain(kind, message, "for example `for: 2s`");
        }
        duration(value.get("for")).map(Fault::SlowReader).map(Action::Fault)
    }
}

/// How a `disconnect` ends the connection.
pub(super) fn ending(value: &Node) -> Disconnect {
    match value.get("how").and_then(Node::text) {
        Some("drop") => Disconnect::Drop,
        Some("half-open") => Disconnect::HalfOpen,
        _ => Disconnect::Close,
    }
}
