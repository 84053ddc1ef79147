//! Who looks on while a run goes on, on the thread that folds what workers tell.

use jiff::Timestamp;

use crate::conformance::IdSets;

use super::second::Second;
use super::snapshot::Snapshot;

/// Looks on. Workers do not wait for it; whatever it takes too long for is folded later.
pub trait Onlooker {
    /// The run begins at this instant.
    fn began(&mut self, at: Timestamp);
    /// How the run stands; told about twice a second.
    fn show(&mut self, snapshot: &Snapshot);
    /// A second of the run is complete: each is told once, in their order, the last one when the
    /// workers are done.
    fn second(&mut self, second: &Second);
    /// The run is over, and these are the ids that other shards of it are held to.
    fn ended(&mut self, ids: &IdSets);
}

/// Nobody looks on.
impl Onlooker for () {
    fn began(&mut self, _: Timestamp) {}
    fn show(&mut self, _: &Snapshot) {}
    fn second(&mut self, _: &Second) {}
    fn ended(&mut self, _: &IdSets) {}
}
