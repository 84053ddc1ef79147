//! When a connection does not read, by our own will.
//!
//! It knows no socket and no clock. Start from [`Pause`].

use std::cell::Cell;
use std::time::Duration;

/// Whether a connection reads; it does by default.
#[derive(Debug, Default)]
pub(super) struct Pause {
    until: Cell<Option<Duration>>,
    /// Whether it reads again, and has not read up yet what lay ready.
    is_behind: Cell<bool>,
    read_up_at: Cell<Option<Duration>>,
}

impl Pause {
    /// Nothing is read before this instant; of several, the last one counts.
    pub(super) fn begin(&self, until: Duration) {
        self.until.set(self.until.get().max(Some(until)));
    }

    /// Until when nothing is read; none while it reads.
    pub(super) fn until(&self) -> Option<Duration> {
        self.until.get()
    }

    /// The pause ends now, whenever it was to.
    pub(super) fn cut_short(&self, now: Duration) {
        self.until.set(self.until.get().map(|until| until.min(now)));
    }

    /// Whether it reads again from now on.
    pub(super) fn ends(&self, now: Duration) -> bool {
        let ends = self.until.get().is_some_and(|until| until <= now);
        if ends {
            self.until.set(None);
            self.is_behind.set(true);
        }
        ends
    }

    /// Nothing more lies ready; whether that makes up for a pause.
    pub(super) fn reads_up(&self, now: Duration) -> bool {
        let has_read_up = self.is_behind.replace(false);
        if has_read_up {
            self.read_up_at.set(Some(now));
        }
        has_read_up
    }

    /// Whether what left at this instant, and has come by now, may have waited for us.
    pub(super) fn has_delayed(&self, left_at: Duration) -> bool {
        let is_open = self.until.get().is_some() || self.is_behind.get();
        is_open || self.read_up_at.get().is_some_and(|read_up_at| left_at < read_up_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_left_before_all_was_read_up_may_have_waited_for_us() {
        let pause = Pause::default();
        assert!(!pause.has_delayed(at(0)) && !pause.reads_up(at(0)) && !pause.ends(at(9)));
        pause.begin(at(5));
        pause.begin(at(3));
        assert_eq!(pause.until(), Some(at(5)));
        assert!(pause.has_delayed(at(4)) && !pause.ends(at(4)));
        assert!(pause.ends(at(5)) && pause.until().is_none() && !pause.ends(at(5)));
        assert!(pause.has_delayed(at(5)));
        assert!(pause.reads_up(at(6)) && !pause.reads_up(at(7)));
        assert!(pause.has_delayed(at(5)) && !pause.has_delayed(at(6)));
    }

    #[test]
    fn a_pause_that_is_cut_short_ends_then() {
        let pause = Pause::default();
        pause.cut_short(at(1));
        assert_eq!(pause.until(), None);
        pause.begin(at(5));
        pause.cut_short(at(2));
        assert!(!pause.ends(at(1)) && pause.ends(at(2)));
    }
}
