//! How much does it carry: which loads to try, what each of them showed, and where the knee is.
//!
//! It runs nothing and reads no file and no clock: it is told what a level measured, and says which one to
//! try next. Start from [`Search`] for the way of a search, from [`CapacityRecord`] for what is told of it.

mod conclusion;
mod knee;
mod law;
mod objective;
mod record;
mod search;
mod sides;
mod soundness;
mod steps;
#[cfg(test)]
mod tests;
mod words;

pub use record::{
    Attempt, By, CAPACITY_FORMAT, CapacityRecord, CapacityVerdict, Ended, EndedBy, Knee, Law,
    Level, LevelOutcome, ObjectiveValue, Prediction, Quantity, Shortfall,
};
pub use search::{Answer, Next, Search};
pub use soundness::Soundness;
pub use steps::Range;
