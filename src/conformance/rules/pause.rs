//! Connections that do not read for a while, by our own will: what such a one is owed is not due before
//! it has had the whole time since it reads again, and how long anything took to it tells nothing.

use std::time::Duration;

use crate::conformance::few::Few;
use crate::conformance::monitor::Endpoint;

/// The last pause of each open connection that has made one.
#[derive(Debug)]
pub(in crate::conformance) struct Pauses {
    timeout: Duration,
    of: Few<Endpoint, Pause>,
}

#[derive(Clone, Copy, Debug)]
struct Pause {
    began_at: Duration,
    /// When all was read up that had come meanwhile; before, when it is to read again.
    until: Duration,
    is_over: bool,
}

impl Pauses {
    /// None yet. What is owed to a connection that reads again is due after the timeout.
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, of: Few::default() }
    }

    /// A connection reads nothing until then.
    pub(super) fn begin(&mut self, at: Endpoint, now: Duration, until: Duration) {
        let pause = Pause { began_at: now, until, is_over: false };
        let known = self.of.get_or_insert_with(at, || pause);
        if known.is_over {
            *known = pause;
        }
        known.until = known.until.max(until);
    }

    /// A connection has read up what had come meanwhile.
    pub(super) fn end(&mut self, at: Endpoint, now: Duration) {
        if let Some(pause) = self.of.get_mut(&at) {
            (pause.until, pause.is_over) = (now, true);
        }
    }

    /// A connection has ended.
    pub(super) fn left(&mut self, at: Endpoint) {
        self.of.remove(&at);
    }

    /// When something is due on a connection that would be due then.
    pub(super) fn due(&self, at: Endpoint, due: Duration) -> Duration {
        self.of.get(&at).map_or(due, |pause| due.max(pause.until + self.timeout))
    }

    /// When it is due on every connection.
    pub(super) fn due_everywhere(&self, due: Duration) -> Duration {
        let ends = self.of.values().map(|pause| pause.until + self.timeout);
        ends.fold(due, Duration::max)
    }

    /// Whether a connection has not read up yet what has come.
    pub(super) fn is_behind(&self, at: Endpoint) -> bool {
        self.of.get(&at).is_some_and(|pause| !pause.is_over)
    }

    /// Whether what happens on a connection now may come of its pause.
    pub(super) fn may_explain(&self, at: Endpoint, now: Duration) -> bool {
        self.is_behind(at) || self.due(at, now) > now
    }

    /// Whether something waited for us on its way to a connection.
    pub(super) fn has_delayed(&self, at: Endpoint, left_at: Duration, came_at: Duration) -> bool {
        self.of.get(&at).is_some_and(|pause| {
            came_at > pause.began_at && (!pause.is_over || left_at < pause.until)
        })
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.of.len()
    }
}
