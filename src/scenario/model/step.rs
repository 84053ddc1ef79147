//! One step, and everything a step may do.

use std::sync::Arc;
use std::time::Duration;

use crate::protocol::ContentType;
use crate::scenario::template::{Template, ValueTemplate};

use super::ActorIndex;
use super::expect::Expect;
use super::message::{Await, MessageRef, Metadata, Upload};
use super::wire::{Auth, DeviceId, Disconnect, Fault, Mutation, RawFrame};

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
    /// The session it speaks of, in place of the actor's own.
    pub session: Option<Template>,
    /// For how long an idempotent request is repeated until its answer is what is expected.
    pub eventually: Option<Duration>,
}

impl Step {
    /// The step, and those inside it.
    pub fn with_inner(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        let inner = match &self.action {
            Action::Repeat { steps, .. } | Action::ForEach { steps, .. } => vec![steps.as_slice()],
            Action::Parallel(branches) => branches.iter().map(Vec::as_slice).collect(),
            _ => Vec::new(),
        };
        let inner = inner.into_iter().flatten().flat_map(Self::with_inner);
        Box::new(std::iter::once(self).chain(inner))
    }
}

/// A step's place in its file: setup, flow and teardown in this order, from 0, inner steps after
/// the one that holds them. A step made by several actors has one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepNo(pub usize);

/// A place for a saved value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub usize);

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
    Upload(Upload),
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
        /// How often, and when.
        pace: Pace,
        /// The steps.
        steps: Vec<Step>,
    },
    /// Makes steps once for each item.
    ForEach {
        /// The items; a list in one template gives its elements.
        items: Items,
        /// Where the item is saved.
        slot: Slot,
        /// The steps.
        steps: Vec<Step>,
    },
    /// Makes lists of steps at the same time.
    Parallel(Vec<Vec<Step>>),
    /// Waits until every instance is here. A number per name, from 0.
    Barrier(usize),
    /// Opens a connection of its own making, in place of the one there is.
    Connect {
        /// With which token.
        auth: Auth,
        /// With which device id.
        device_id: DeviceId,
    },
    /// Ends the connection.
    Disconnect(Disconnect),
    /// Any request.
    Call {
        /// Route, with a query where it has one.
        route: Template,
        /// Body.
        body: ValueTemplate,
        /// JSON Schema (2020-12) that the answer must validate against.
        schema: Option<Arc<serde_json::Value>>,
        /// Name that its latency is recorded under (`rtt.<name>`), as an index into
        /// `Scenario::metrics`; `rtt.call` where there is none.
        metric: Option<usize>,
    },
    /// A frame as it is.
    Frame(RawFrame),
    /// A request, again and again, each time with one field missing or ill-typed.
    Mutate {
        /// The step that makes the right request.
        call: Box<Step>,
        /// Which fields, as JSON pointers into the body; `None`: all.
        fields: Option<Vec<String>>,
        /// What is done to a field.
        kinds: Vec<Mutation>,
    },
    /// A fault on our side.
    Fault(Fault),
}

/// How often steps are repeated, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So often, one after the other.
    Times(u32),
    /// Each turn at its planned instant: turns a second, for so long.
    Planned {
        /// Turns a second.
        per_s: f64,
        /// For how long.
        time: Duration,
    },
}

/// What `for_each` goes through.
#[derive(Clone, Debug)]
pub enum Items {
    /// Each of these.
    List(Vec<ValueTemplate>),
    /// The elements of a list that was saved.
    Of(Template),
}

/// How long a pause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Always the same.
    Fixed(Duration),
    /// Anything between the two, uniformly.
    Between(Duration, Duration),
    /// Normally distributed around the first with the second as its standard deviation, cut at
    /// zero.
    Normal(Duration, Duration),
    /// Exponentially distributed, with this mean.
    Exponential(Duration),
}
