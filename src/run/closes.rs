//! Connections that the endpoint closed when it may.

use serde::{Deserialize, Serialize};

use super::blame::Excuse;

/// Connections that the endpoint closed at a time, and with a code, at which it may: no errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Closes {
    /// At their idle timeout.
    pub idle: u64,
    /// At the end of their lifetime.
    pub lifetime: u64,
}

impl Closes {
    /// Counts one.
    pub(super) fn count(&mut self, excuse: Excuse) {
        match excuse {
            Excuse::Idle => self.idle += 1,
            Excuse::Lifetime => self.lifetime += 1,
        }
    }

    /// Adds others.
    pub fn add(&mut self, others: Self) {
        let Self { idle, lifetime } = others;
        self.idle += idle;
        self.lifetime += lifetime;
    }
}
