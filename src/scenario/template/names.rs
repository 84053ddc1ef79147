//! The names that `${...}` may use at one place of a scenario.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::scenario::model::Slot;

/// What a step saves, as far as it is known before a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) enum SavedKind {
    /// A message.
    Message,
    /// The data of an upload.
    Upload,
    /// A list of messages.
    List,
    /// A number.
    Number,
    /// The body of a response, or the payload of an event.
    Body,
    /// A response's whole frame.
    Frame,
    /// What a pattern saved, or an item of a list.
    Any,
}

impl SavedKind {
    /// For people.
    pub(in crate::scenario) fn describe(self) -> &'static str {
        match self {
            Self::Message => "a message",
            Self::Upload => "an upload",
            Self::List => "a list of messages",
            Self::Number => "a number",
            Self::Body => "a response's body or an event's payload",
            Self::Frame => "a response's frame",
            Self::Any => "a value",
        }
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Saved {
    pub(in crate::scenario) slot: Slot,
    pub(in crate::scenario) kind: SavedKind,
}

/// The columns of a scenario's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scenario) enum Columns {
    /// It has no data.
    Absent,
    /// It has some that could not be read, which was told.
    Unknown,
    /// By their names.
    Known(Vec<String>),
}

/// The names known at a place.
pub(in crate::scenario) struct Names<'a> {
    env: &'a dyn Fn(&str) -> Option<String>,
    /// Constant values.
    pub(in crate::scenario) vars: BTreeMap<String, Value>,
    /// What steps before this place saved.
    pub(in crate::scenario) saved: BTreeMap<String, Saved>,
    /// Every name that some step saves, with its first line.
    pub(in crate::scenario) anywhere: BTreeMap<String, u32>,
    /// Every item's name, with the first line of its `for_each`.
    pub(in crate::scenario) items: BTreeMap<String, u32>,
    /// The data's columns.
    pub(in crate::scenario) columns: Columns,
    /// Whether the place is in an iteration, which has a row of the data.
    pub(in crate::scenario) has_row: bool,
    /// How many slots were given out.
    pub(in crate::scenario) slots: usize,
    /// Inside how many repeats the place is.
    pub(in crate::scenario) repeats: usize,
    /// Whether a flow runs: outside of it only variables and the environment have values.
    pub(in crate::scenario) running: bool,
}

impl<'a> Names<'a> {
    /// No names but the environment's.
    pub(in crate::scenario) fn new(env: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            env,
            vars: BTreeMap::new(),
            saved: BTreeMap::new(),
            anywhere: BTreeMap::new(),
            items: BTreeMap::new(),
            columns: Columns::Absent,
            has_row: false,
            slots: 0,
            repeats: 0,
            running: false,
        }
    }

    /// An environment variable.
    pub(super) fn environment(&self, name: &str) -> Option<String> {
        (self.env)(name)
    }

    /// Saves a name from here on; one saved before in the same section keeps its slot.
    pub(in crate::scenario) fn save(&mut self, name: &str, kind: SavedKind, base: usize) -> Slot {
        let kept = self.saved.get(name).map(|saved| saved.slot).filter(|slot| slot.0 >= base);
        let slot = kept.unwrap_or_else(|| {
            self.slots += 1;
            Slot(self.slots - 1)
        });
        self.saved.insert(name.to_owned(), Saved { slot, kind });
        slot
    }
}
