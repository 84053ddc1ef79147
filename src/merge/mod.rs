//! What came of it in all: the runs of a plan's shards, added up to one.
//!
//! Counts and histograms add up exactly, whatever the order of the shards; instants are moved to the clock
//! of the shard that began first. It reads no file, and takes one shard after the other, so that what it
//! holds does not grow with their number. Start from [`choose`], which tells what belongs together, and
//! [`Merging`].

mod between;
mod choice;
mod flaw;
mod generator;
mod kept;
mod merging;
mod numbers;
mod offset;
mod seconds;
#[cfg(test)]
mod tests;

pub use choice::{Choice, Head, choose};
pub use flaw::Flaw;
pub use merging::Merging;
pub use offset::Offset;
