//! What passes from a run to its display: the newest snapshot, whatever came before it, and what is
//! to be said. Nobody waits for the display but at the end, and then not for long.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::run::Snapshot;

/// Between a run and its display.
#[derive(Debug, Default)]
pub(super) struct Slot {
    state: Mutex<State>,
    news: Condvar,
    left: Condvar,
}

/// What a display is told at once.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The newest, where there is a newer one than before.
    pub(super) snapshot: Option<Snapshot>,
    /// Lines to be said first.
    pub(super) notes: Vec<String>,
    /// Nothing comes after it.
    pub(super) is_over: bool,
}

#[derive(Debug, Default)]
struct State {
    told: Told,
    /// Nobody waits any more for the display to leave.
    is_given_up: bool,
    has_left: bool,
}

impl Slot {
    /// Puts a snapshot in place of an older one.
    pub(super) fn put(&self, snapshot: Snapshot) {
        self.state().told.snapshot = Some(snapshot);
        self.news.notify_all();
    }

    /// Has a line said; gives it back where the display is gone.
    pub(super) fn say(&self, line: String) -> Option<String> {
        let mut state = self.state();
        if state.told.is_over {
            return Some(line);
        }
        state.told.notes.push(line);
        self.news.notify_all();
        None
    }

    /// Nothing comes any more: waits so long for the display to leave.
    pub(super) fn close(&self, within: Duration) {
        let mut state = self.state();
        state.told.is_over = true;
        self.news.notify_all();
        let waited = self.left.wait_timeout_while(state, within, |state| !state.has_left);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_given_up = true;
    }

    /// What there is to show, waited for so long at most.
    pub(super) fn next(&self, within: Duration) -> Told {
        let is_idle = |state: &mut State| {
            let Told { snapshot, notes, is_over } = &state.told;
            snapshot.is_none() && notes.is_empty() && !is_over
        };
        let waited = self.news.wait_timeout_while(self.state(), within, is_idle);
        let told = &mut waited.unwrap_or_else(PoisonError::into_inner).0.told;
        let is_over = told.is_over;
        Told { is_over, ..std::mem::replace(told, Told { is_over, ..Told::default() }) }
    }

    /// Whether somebody waits for the display to leave the terminal.
    pub(super) fn is_awaited(&self) -> bool {
        !self.state().is_given_up
    }

    /// The display has left.
    pub(super) fn leave(&self) {
        self.state().has_left = true;
        self.left.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Snapshot {
        Snapshot { elapsed: Duration::from_secs(seconds), ..Snapshot::default() }
    }

    #[test]
    fn only_the_newest_snapshot_waits() {
        let slot = Slot::default();
        (0..1000).for_each(|second| slot.put(at(second)));
        assert_eq!(slot.next(Duration::ZERO).snapshot, Some(at(999)));
        assert_eq!(slot.next(Duration::ZERO).snapshot, None);
    }

    #[test]
    fn a_display_that_does_not_leave_is_given_up() {
        let slot = Slot::default();
        assert!(slot.is_awaited());
        slot.close(Duration::from_millis(1));
        assert!(!slot.is_awaited());
    }

    #[test]
    fn what_is_said_too_late_comes_back() {
        let slot = Slot::default();
        assert_eq!(slot.say("one".into()), None);
        slot.leave();
        slot.close(Duration::from_secs(60));
        assert_eq!(slot.say("two".into()), Some("two".into()));
        let told = slot.next(Duration::ZERO);
        assert_eq!((told.notes, told.is_over), (vec!["one".to_owned()], true));
        assert!(slot.next(Duration::ZERO).is_over);
    }
}
