//! A scenario as it is run: every name resolved, every value checked.
//!
//! It reads nothing, and knows neither YAML nor diagnostics. Start from [`Scenario`].

mod expect;
mod load;
mod message;
mod settings;
mod step;
mod wire;

use std::path::PathBuf;

use secrecy::SecretString;
use uuid::Uuid;

use crate::metrics::Threshold;

pub use expect::{Expect, JsonType, Pattern};
pub use load::{Data, Load, LoadChange, Pick, Stage, Until};
pub use message::{Await, AwaitedEvent, MessageRef, Metadata, Sender, Upload};
pub use settings::{Backoff, Habit, Settings};
pub use step::{Action, Items, Pace, Pause, Slot, Step, StepNo};
pub use wire::{Auth, DeviceId, Disconnect, Fault, Mutation, RawFrame};

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
    /// The keys of those settings that the file gives itself.
    pub own_settings: Vec<String>,
    /// Steps made once per flow instance.
    pub setup: Vec<Step>,
    /// Steps of each iteration.
    pub flow: Vec<Step>,
    /// Steps made at the end of a flow instance, come what may.
    pub teardown: Vec<Step>,
    /// How many names `as:` saves; a [`Slot`] counts below it.
    pub slots: usize,
    /// Names of barriers, each with its own number.
    pub barriers: Vec<String>,
    /// Names of metrics that `call` records, each with its own number.
    pub metrics: Vec<String>,
    /// Rows of data, column by column; one row for each iteration.
    pub data: Option<Data>,
    /// What the figures of this scenario must be.
    pub thresholds: Vec<Threshold>,
}

impl Scenario {
    /// Every step, those inside others after the one that holds them.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let sections = [&self.setup, &self.flow, &self.teardown];
        sections.into_iter().flatten().flat_map(Step::with_inner)
    }
}

/// One device of a flow.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Its name in `by:`.
    pub name: String,
    /// Which of the scenario's tenants it belongs to, from 0; of a desk, whose session it speaks of.
    pub tenant: usize,
    /// How it comes to take part in a session that the first actor opened.
    pub join: Join,
    /// Where it plays the concierge, instead of a tenant's device.
    pub desk: Option<Desk>,
}

/// An endpoint of its own that an actor plays the concierge on.
#[derive(Clone, Debug)]
pub struct Desk {
    /// A `ws://` or `wss://` URL; its query may hold a secret.
    pub url: SecretString,
    /// The access token that is shown there.
    pub token: SecretString,
}

/// How an actor comes to take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Resumes the first actor's session by itself, before the next step.
    Auto,
    /// Only by a step of its own.
    Manual,
}

/// An actor, as an index into [`Scenario::actors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActorIndex(pub usize);
