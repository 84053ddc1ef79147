//! Frames as a person reads them: when, which way, what, indented, and whether it fits.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::cli::trace::Veil;
use crate::device::Observer;
use crate::protocol::{
    Ending, Frame, FrameKind, Happening, Observation, Role, SchemaName, SchemaSet, Sent, cut,
};
use crate::report::{brief, printable};

use super::indented;

/// How much of a frame is shown, in bytes.
const LONGEST: usize = 32 * 1024;

/// Something to be shown.
pub(super) struct Shown {
    pub(super) text: String,
    /// Whether it does not fit its schema, or came to no answer.
    pub(super) is_misfit: bool,
}

/// Shows what happens on a connection.
pub(super) struct Display {
    veil: Veil,
    schemas: Arc<SchemaSet>,
    to: UnboundedSender<Shown>,
}

impl Display {
    pub(super) fn new(veil: Veil, schemas: Arc<SchemaSet>, to: UnboundedSender<Shown>) -> Self {
        Self { veil, schemas, to }
    }

    fn shown(&self, seen: &Observation<'_>) -> Option<Shown> {
        let plain = |text| Shown { text, is_misfit: false };
        Some(match &seen.what {
            Happening::Opened { began_at, caller, .. } => {
                let device = caller.device_id.as_deref().unwrap_or_default();
                let took = brief(seen.at.saturating_sub(*began_at));
                plain(format!("connected as {device} in {took}"))
            }
            Happening::Sent(sent) => {
                self.veil.note(sent);
                let route = self.veil.sent(&sent.request.route_with_query());
                let body = self.veil.sent(&sent.request.body.to_string());
                plain(lines(seen.at, &format!("-> {route}"), &body))
            }
            Happening::Received { frame, text, role, answers, .. } => {
                let head = head(seen.at, frame, *role, answers.map(AsRef::as_ref));
                let mut text =
                    lines(seen.at, &self.veil.received(&head), &self.veil.received(text));
                let misfits = self.misfits(frame, *role, answers.map(AsRef::as_ref));
                for misfit in &misfits {
                    text += &format!("\ndoes not fit: {}", self.veil.received(misfit));
                }
                Shown { text: printable(&text).into_owned(), is_misfit: !misfits.is_empty() }
            }
            Happening::Expired(sent) => {
                let waited = brief(seen.at.saturating_sub(sent.at));
                let text = format!("{} no answer within {waited}", instant(seen.at));
                Shown { text, is_misfit: true }
            }
            Happening::Closed(ending) if **ending != Ending::ByUs => {
                plain(format!("{} {ending}", instant(seen.at)))
            }
            _ => return None,
        })
    }

    /// What of a frame is not as the document has it.
    fn misfits(&self, frame: &Frame, role: Role, answers: Option<&Sent>) -> Vec<String> {
        let schema = match (&frame.kind, answers) {
            (FrameKind::Event { kind, .. }, _) => SchemaName::Event(kind),
            (FrameKind::Response { .. }, Some(sent)) if frame.is_ok() => {
                SchemaName::Response(&sent.request.route)
            }
            _ => return told(role).map(str::to_owned).into_iter().collect(),
        };
        let violations = self.schemas.validate(schema, &frame.json).err().unwrap_or_default();
        let places = violations.into_iter().map(|violation| {
            let place = if violation.pointer.is_empty() { "/" } else { &violation.pointer };
            format!("{place}: expected {}, got {}", violation.expected, violation.actual)
        });
        told(role).map(str::to_owned).into_iter().chain(places).collect()
    }
}

impl Observer for Display {
    fn observe(&self, seen: &Observation<'_>) {
        if let Some(shown) = self.shown(seen) {
            // Whoever shows it may be gone already.
            let _ = self.to.send(shown);
        }
    }
}

/// What a role alone says against a frame.
fn told(role: Role) -> Option<&'static str> {
    match role {
        Role::MisnamedAnswer(_) => Some("its channel is not the route that was called"),
        Role::LateAnswer(_) | Role::SecondAnswer => Some("no request waits for this answer"),
        Role::Stray => Some("neither acknowledgment, answer, nor event of the document"),
        Role::Answer(_) | Role::GatewayAnswer(_) | Role::Acknowledgment | Role::Event => None,
    }
}

fn head(at: Duration, frame: &Frame, role: Role, answers: Option<&Sent>) -> String {
    let channel = cut(frame.json["channel"].as_str().unwrap_or_default(), 200);
    let status = frame.status().map(|status| format!("{status} ")).unwrap_or_default();
    match (role, answers, &frame.kind) {
        (Role::GatewayAnswer(_), ..) => "<- error of the gateway".to_owned(),
        (_, Some(sent), _) => {
            let took = brief(at.saturating_sub(sent.at));
            format!("<- {status}{channel} ({took})")
        }
        (Role::Acknowledgment, ..) => "<- acknowledgment".to_owned(),
        (Role::Event, ..) => format!("<- event {channel}"),
        (.., FrameKind::Binary(length)) => format!("<- binary, {length} bytes"),
        _ => format!("<- {status}{channel}"),
    }
}

fn instant(at: Duration) -> String {
    format!("{:>8}", brief(at))
}

fn lines(at: Duration, head: &str, text: &str) -> String {
    let text = indented(text);
    let (shown, rest) = (cut(&text, LONGEST), if text.len() > LONGEST { "..." } else { "" });
    let line = format!("{} {head}", instant(at));
    if text.is_empty() { line } else { format!("{line}\n{shown}{rest}") }
}
