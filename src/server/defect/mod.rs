//! Deliberate defects: what a server can get wrong, each a small hook around the faithful state.
//!
//! A defect names the clauses that must catch it as texts: the server knows nothing of who judges
//! it. The state itself is never touched by a defect; hooks rewrite what goes in and what comes
//! out. To add one, write an entry in the file of its area, and a function if a line is not enough.
//! Start from [`DEFECTS`].

mod active;
mod change;
mod connect;
mod content;
mod conversation;
mod delivery;
mod disk;
mod event;
mod framing;
mod hook;
mod isolation;
mod lifetime;
mod listing;
mod load;
mod message;
mod metadata;
mod notes;
mod order;
mod paging;
mod refusal;
mod reply;
mod schema;
mod turn;
mod unread;
mod unsend;
mod upload;

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use hook::Hook;

pub(super) use active::{Defects, Due};
pub(super) use hook::{Knock, Verdict};
pub(super) use turn::{Told, What};

/// One thing that the server can be told to do wrong.
#[derive(Clone, Copy)]
pub struct Defect {
    /// Its name on the command line, in kebab case. Unique.
    pub name: &'static str,
    /// What the server does wrong, in a sentence.
    pub title: &'static str,
    /// What sort of mistake it is.
    pub kind: Kind,
    /// Ids of the clauses of which at least one must catch it.
    pub clauses: &'static [&'static str],
    /// Ids of clauses that may be violated too, as a consequence.
    pub related: &'static [&'static str],
    /// What it takes to show.
    pub needs: Needs,
    hooks: &'static [Hook],
}

impl Defect {
    const fn new(
        kind: Kind,
        name: &'static str,
        title: &'static str,
        clauses: &'static [&'static str],
        hooks: &'static [Hook],
    ) -> Self {
        Self { name, title, kind, clauses, related: &[], needs: Needs::Flow, hooks }
    }

    /// A wrong value in a frame of the right shape.
    const fn value(
        name: &'static str,
        title: &'static str,
        clauses: &'static [&'static str],
        hooks: &'static [Hook],
    ) -> Self {
        Self::new(Kind::Value, name, title, clauses, hooks)
    }

    const fn related(self, related: &'static [&'static str]) -> Self {
        Self { related, ..self }
    }

    const fn under_load(self) -> Self {
        Self { needs: Needs::Load, ..self }
    }

    const fn over_a_restart(self) -> Self {
        Self { needs: Needs::Restart, ..self }
    }

    /// How long it lets changes lie before they are written, where it does.
    pub(super) fn write_lag(&self) -> Option<Duration> {
        self.hooks.iter().find_map(|hook| match hook {
            Hook::WriteLag(lag) => Some(*lag),
            _ => None,
        })
    }

    /// The defect of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        DEFECTS.iter().find(|defect| defect.name == name)
    }
}

impl fmt::Debug for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What sort of mistake a defect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A frame has another shape than documented.
    Schema,
    /// A value is wrong in a frame of the right shape.
    Value,
    /// Things come in another order.
    Order,
    /// Something does not come at all.
    Loss,
    /// Something comes twice.
    Duplication,
    /// Something reaches another connection than it should.
    WrongRecipient,
    /// A tenant reaches what is another's.
    Isolation,
    /// Something comes too late, or an instant is wrong.
    Timing,
    /// Sessions or connections begin or end when they should not.
    Lifecycle,
    /// What should be refused is accepted.
    Leniency,
    /// Files or the URLs for them are wrong.
    Upload,
    /// It shows only where much happens at once.
    LoadOnly,
    /// A message is no single, clean JSON text.
    Framing,
}

impl Kind {
    /// The kind's name in listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Value => "value",
            Self::Order => "order",
            Self::Loss => "loss",
            Self::Duplication => "duplication",
            Self::WrongRecipient => "wrong-recipient",
            Self::Isolation => "isolation",
            Self::Timing => "timing",
            Self::Lifecycle => "lifecycle",
            Self::Leniency => "leniency",
            Self::Upload => "upload",
            Self::LoadOnly => "load-only",
            Self::Framing => "framing",
        }
    }
}

/// What a defect takes to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A single flow that comes by.
    Flow,
    /// Some hundred messages, or many devices at once.
    Load,
    /// A server with a database, which is killed and started again.
    Restart,
}

const PARTS: [&[Defect]; 20] = [
    connect::DEFECTS,
    framing::DEFECTS,
    schema::DEFECTS,
    reply::DEFECTS,
    refusal::DEFECTS,
    conversation::DEFECTS,
    lifetime::DEFECTS,
    paging::DEFECTS,
    listing::DEFECTS,
    content::DEFECTS,
    metadata::DEFECTS,
    message::DEFECTS,
    unsend::DEFECTS,
    unread::DEFECTS,
    delivery::DEFECTS,
    event::DEFECTS,
    order::DEFECTS,
    isolation::DEFECTS,
    upload::DEFECTS,
    disk::DEFECTS,
];

/// Every defect, by area; a place in it is stable, new ones join their area's end.
pub static DEFECTS: &[Defect] = &ALL;

static ALL: [Defect; COUNT] = joined();
const COUNT: usize = {
    let (mut count, mut part) = (load::DEFECTS.len(), 0);
    while part < PARTS.len() {
        count += PARTS[part].len();
        part += 1;
    }
    count
};

const fn joined() -> [Defect; COUNT] {
    let mut all = [load::DEFECTS[0]; COUNT];
    let (mut at, mut part) = (0, 0);
    while part <= PARTS.len() {
        let defects = if part < PARTS.len() { PARTS[part] } else { load::DEFECTS };
        let mut one = 0;
        while one < defects.len() {
            all[at] = defects[one];
            (at, one) = (at + 1, one + 1);
        }
        part += 1;
    }
    all
}
