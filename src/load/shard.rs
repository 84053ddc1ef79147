//! Which share of a plan is whose, where several machines run it together.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A share of a plan, counted from 1. What is whose follows from the index of a flow instance alone, so
/// that shards need no talk among themselves, and add up to the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Shard {
    /// Which share, from 1 to `count`.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 1, count: 1 };

    /// Whether others have a share beside it.
    pub fn is_part(self) -> bool {
        self.count > 1
    }
}

/// As it is asked for: `2/4`.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}
