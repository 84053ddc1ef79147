//! Messages as steps make them, speak of them, and wait for them.

use std::sync::Arc;
use std::time::Duration;

use crate::scenario::template::{Template, ValueTemplate};

use super::ActorIndex;
use super::expect::Pattern;
use super::step::Slot;

/// What an `await` waits for.
#[derive(Clone, Debug)]
pub struct Await {
    /// Which event.
    pub event: AwaitedEvent,
    /// Who sent the message; `None`: anyone.
    pub from: Option<Sender>,
    /// What the message, or for other events the payload, must hold.
    pub matching: Pattern,
    /// How long; `None`: `delivery_timeout`.
    pub within: Option<Duration>,
    /// Whether it fails where no concierge ever showed up, instead of being skipped.
    pub required: bool,
    /// Whether nothing may match within the time.
    pub none: bool,
}

/// The kinds of event that can be awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwaitedEvent {
    /// A message.
    Message,
    /// An unsent message.
    Delete,
    /// A session update.
    Update,
    /// Any frame that answers nothing, whole: what a desk is told.
    Frame,
}

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The concierge.
    Concierge,
    /// A device of the flow.
    Actor(ActorIndex),
}

/// Which message a step speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageRef {
    /// One that was saved.
    Saved(Slot),
    /// The newest message of the concierge.
    Last,
}

/// Metadata of a message.
#[derive(Clone, Debug)]
pub enum Metadata {
    /// None at all (`metadata: null`).
    None,
    /// These keys and `deskbell_run`.
    With(Vec<(String, ValueTemplate)>),
}

/// A file to be uploaded.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The name that the server is told.
    pub name: Template,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Its media type.
    pub mime: String,
    /// The kind of upload.
    pub kind: String,
}
