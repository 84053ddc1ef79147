//! Is it right: the clause catalogue and the monitor that judges every frame by it.
//!
//! It does no I/O, awaits nothing and never imports `server`: what it knows of the protocol is
//! `protocol`'s. Start from [`Monitor`]; [`CATALOGUE`] is what it judges by.

mod catalogue;
mod census;
mod claim;
mod clause;
mod few;
mod finding;
mod moment;
mod monitor;
mod parties;
mod readings;
mod rules;
mod sink;
#[cfg(test)]
mod tests;
mod waivers;

pub use catalogue::{CATALOGUE, ClauseId};
pub use census::{
    Between, Census, Counted, Divided, IdSets, IdSetsError, RunWide, Stranger, Unjudged, between,
};
pub use claim::{Claim, SessionKey};
pub use clause::{Clause, Exercise, Level, Need};
pub use finding::Finding;
pub use monitor::{Limits, Monitor, Scope, Wear};
pub use readings::{READINGS, Silence, readings_of};
pub use sink::{Delivery, Outcome, Reading, Sink};
pub use waivers::{Waiver, Waivers};
