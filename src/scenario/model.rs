//! A scenario as it is run: every name resolved, every value checked.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::protocol::ContentType;

use super::template::{Template, ValueTemplate};

/// A flow, who plays it, and how much of it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Unique among the scenarios of a run.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Labels to select by.
    pub tags: Vec<String>,
    /// Whether no other flow may use the same tenant meanwhile.
    pub exclusive: bool,
    /// The file, as the user named it, or `builtin:chat`.
    pub file: String,
    /// Digest of the file's text and of the files it uploads.
    pub digest: Uuid,
    /// The folder that files are read from; `None` for a built-in one.
    pub folder: Option<PathBuf>,
    /// Who takes part; one device each. Never empty.
    pub actors: Vec<Actor>,
    /// How many tenants the actors belong to.
    pub tenants: usize,
    /// How much of it is run.
    pub load: Load,
    /// Limits and habits.
    pub settings: Settings,
    /// Steps made once per flow instance.
    pub setup: Vec<Step>,
    /// Steps of each iteration.
    pub flow: Vec<Step>,
    /// Steps made at the end of a flow instance, come what may.
    pub teardown: Vec<Step>,
    /// How many names `as:` saves; a [`Slot`] counts below it.
    pub slots: usize,
}

impl Scenario {
    /// Every step, those inside others after the one that holds them.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let sections = [&self.setup, &self.flow, &self.teardown];
        sections.into_iter().flatten().flat_map(Step::with_inner)
    }
}

/// One device of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Its name in `by:`.
    pub name: String,
    /// Which of the scenario's tenants it belongs to, from 0.
    pub tenant: usize,
    /// How it comes to take part in a session that the first actor opened.
    pub join: Join,
}

/// How an actor comes to take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Resumes the first actor's session by itself, before the next step.
    Auto,
    /// Only by a step of its own.
    Manual,
}

/// How much of a scenario is run, and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Whether the file has a `load:` at all; without one a scenario runs beside others.
    pub given: bool,
    /// Simulated devices over all flow instances; `None`: one flow instance.
    pub devices: Option<NonZeroU32>,
    /// How long it takes until all have started.
    pub ramp_up: Duration,
    /// When a flow instance is done.
    pub until: Until,
}

/// When a flow instance is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// After so many iterations.
    Iterations(u32),
    /// With the iteration during which this time is up.
    Elapsed(Duration),
}

/// Limits and habits of a run (`settings:`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a request may stay unanswered (ENV-3).
    pub response_timeout: Duration,
    /// How long a connect may take.
    pub connect_timeout: Duration,
    /// How long an event may take (EVENT-1), and what `await` waits by default.
    pub delivery_timeout: Duration,
    /// How long the acknowledgment of a connection may take (CONNECT-2).
    pub ack_timeout: Duration,
    /// How long flows may take to finish once a run is stopped.
    pub grace: Duration,
    /// How often a device pings its open session.
    pub ping_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            response_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(30),
            delivery_timeout: Duration::from_secs(5),
            ack_timeout: Duration::from_secs(5),
            grace: Duration::from_secs(30),
            ping_every: Duration::from_secs(30),
        }
    }
}

/// A place for a saved value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub usize);

/// An actor, as an index into [`Scenario::actors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActorIndex(pub usize);

/// A step's place in its file: setup, flow and teardown in this order, from 0, inner steps after
/// the one that holds them. A step made by several actors has one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepNo(pub usize);

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its place in the file.
    pub no: StepNo,
    /// Line of the step in its file, from 1.
    pub line: u32,
    /// The step's name: `send`, `await`, ...
    pub name: &'static str,
    /// Who makes it.
    pub by: ActorIndex,
    /// What is done.
    pub action: Action,
    /// Where its outcome is saved (`as:`).
    pub save: Option<Slot>,
    /// What a request step's answer must be.
    pub expect: Expect,
}

impl Step {
    /// The step, and those inside it.
    pub(super) fn with_inner(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        let inner = match &self.action {
            Action::Repeat { steps, .. } => steps.as_slice(),
            _ => &[],
        };
        Box::new(std::iter::once(self).chain(inner.iter().flat_map(Self::with_inner)))
    }
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Opens a session.
    Init,
    /// Asks for a session.
    Session,
    /// Continues the session: asks for it, then init with `newSession: false`.
    Resume,
    /// Lists messages.
    Messages {
        /// The page, from 1; ignored where `all` is set.
        page: Template,
        /// The page's size.
        limit: Template,
        /// Goes through all pages.
        all: bool,
    },
    /// Pings the session.
    Ping,
    /// Sends a message.
    Send {
        /// Its content type.
        content_type: ContentType,
        /// Its content.
        content: Template,
        /// Its metadata.
        metadata: Metadata,
    },
    /// Uploads a file.
    Upload {
        /// The file's name, as the user wrote it.
        file: String,
        /// Its bytes.
        bytes: Arc<[u8]>,
        /// Its media type.
        mime: String,
        /// The kind of upload.
        kind: String,
    },
    /// Unsends a saved message.
    Unsend(MessageRef),
    /// Marks a message as seen.
    Seen(MessageRef),
    /// Counts unread messages.
    Unread,
    /// Ends the session.
    End,
    /// Waits for an event.
    Await(Await),
    /// Does nothing for a while.
    Think(Pause),
    /// Repeats steps.
    Repeat {
        /// How often.
        times: u32,
        /// The steps.
        steps: Vec<Step>,
    },
}

/// Metadata of a message.
#[derive(Clone, Debug)]
pub enum Metadata {
    /// None at all (`metadata: null`).
    None,
    /// These keys and `deskbell_run`.
    With(Vec<(String, ValueTemplate)>),
}

/// Which message a step speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageRef {
    /// One that was saved.
    Saved(Slot),
    /// The newest message of the concierge.
    Last,
}

/// What an `await` waits for.
#[derive(Clone, Debug)]
pub struct Await {
    /// Which event.
    pub event: AwaitedEvent,
    /// Who sent the message; `None`: anyone.
    pub from: Option<Sender>,
    /// What the message, or for other events the payload, must hold.
    pub matching: Vec<(String, ValueTemplate)>,
    /// How long; `None`: `delivery_timeout`.
    pub within: Option<Duration>,
    /// Whether it fails where no concierge ever showed up, instead of being skipped.
    pub required: bool,
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
}

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The concierge.
    Concierge,
    /// A device of the flow.
    Actor(ActorIndex),
}

/// How long a pause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Always the same.
    Fixed(Duration),
    /// Anything between the two, uniformly.
    Between(Duration, Duration),
}

/// What a request step's answer must be.
#[derive(Clone, Debug)]
pub enum Expect {
    /// Status 200.
    Ok,
    /// A status of 400 or more, or the gateway's error.
    Error,
    /// Anything.
    Any,
    /// This status and body.
    Reply {
        /// The status; `None`: 200.
        status: Option<i64>,
        /// What the body must hold: objects as subsets, arrays and scalars exactly.
        body: Option<ValueTemplate>,
    },
}
