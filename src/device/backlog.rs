//! How many messages lay ready on a connection, unread.

use std::cell::Cell;

/// Counts messages that are read without a pause: they had come before they could be read.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    running: Cell<u32>,
    most: Cell<u32>,
}

impl Backlog {
    /// Another message was read.
    pub(super) fn read(&self) {
        self.running.set(self.running.get().saturating_add(1));
    }

    /// None is left.
    pub(super) fn drained(&self) {
        self.most.set(self.most());
        self.running.set(0);
    }

    /// The most there were at once.
    pub(super) fn most(&self) -> u32 {
        self.most.get().max(self.running.get())
    }
}
