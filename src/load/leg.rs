//! One stage of a load: a value that stays, or that goes evenly from one to another.

use std::time::Duration;

/// A value over a while: of starts a second, or of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg<T> {
    /// At its beginning.
    pub from: T,
    /// At its end; evenly changing in between.
    pub to: T,
    /// How long.
    pub time: Duration,
}

impl<T: Copy + PartialEq> Leg<T> {
    /// The same value all the time.
    pub fn flat(value: T, time: Duration) -> Self {
        Self { from: value, to: value, time }
    }

    /// Whether it goes from one value to another.
    pub fn is_ramp(&self) -> bool {
        self.from != self.to
    }
}
