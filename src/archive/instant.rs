//! Instants of a run, as they stand in its files.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Numbers beyond this are no run's: what a run counts stays below, and sums of it within 64 bits.
pub(super) const MOST: u64 = 1 << 53;

/// Time since the start of a run, in whole microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct AtMicros(pub(super) Duration);

impl<'de> Deserialize<'de> for AtMicros {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let us = u64::deserialize(from)?;
        if us > MOST {
            return Err(D::Error::custom("no run takes that long"));
        }
        Ok(Self(Duration::from_micros(us)))
    }
}
