//! Events that no one has taken yet, in order of arrival.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::protocol::Frame;

/// How many bytes of events are kept, as they were on the wire. The newest event is kept whatever
/// its size.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// A bounded queue of events. When it is full the oldest gives way, and is counted.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    events: VecDeque<(Rc<Frame>, usize)>,
    bytes: usize,
    capacity: usize,
    overflowed: u64,
}

impl Inbox {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    pub(super) fn push(&mut self, event: Rc<Frame>, bytes: usize) {
        if self.capacity == 0 {
            return;
        }
        while self.events.len() >= self.capacity || self.bytes + bytes > MOST_BYTES {
            let Some((_, freed)) = self.events.pop_front() else { break };
            self.bytes -= freed;
            self.overflowed += 1;
        }
        self.events.push_back((event, bytes));
        self.bytes += bytes;
    }

    /// Moves to another inbox all that it holds, and the count of what it dropped.
    pub(super) fn take_all(&mut self) -> Self {
        let capacity = self.capacity;
        std::mem::replace(self, Self::new(capacity))
    }

    pub(super) fn take(&mut self, mut fits: impl FnMut(&Frame) -> bool) -> Option<Rc<Frame>> {
        let at = self.events.iter().position(|(event, _)| fits(event))?;
        let (event, bytes) = self.events.remove(at)?;
        self.bytes -= bytes;
        Some(event)
    }

    pub(super) fn overflowed(&self) -> u64 {
        self.overflowed
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Pushes events of these sizes, numbered from 0, and holds what is left to what is said.
    #[track_caller]
    fn check(capacity: usize, sizes: &[usize], left: &[u64], overflowed: u64) {
        let mut inbox = Inbox::new(capacity);
        for (n, size) in sizes.iter().enumerate() {
            inbox.push(Rc::new(Frame::from_text(&json!({ "n": n }).to_string())), *size);
        }
        assert_eq!(inbox.overflowed(), overflowed);
        let taken = std::iter::from_fn(|| inbox.take(|_| true));
        assert_eq!(taken.map(|frame| frame.json["n"].as_u64().unwrap()).collect::<Vec<_>>(), left);
        assert_eq!(inbox.bytes, 0);
    }

    #[test]
    fn events_are_taken_in_order_and_a_full_inbox_drops_its_oldest() {
        check(2, &[1, 1], &[0, 1], 0);
        check(2, &[1, 1, 1], &[1, 2], 1);
        check(0, &[1], &[], 0);
    }

    #[test]
    fn huge_events_fill_an_inbox_sooner() {
        check(256, &[MOST_BYTES / 2, MOST_BYTES / 2, 1], &[1, 2], 1);
        check(256, &[1, MOST_BYTES + 1], &[1], 1);
    }

    #[test]
    fn the_first_match_is_taken_and_the_rest_stays() {
        let mut inbox = Inbox::new(2);
        for n in 0..2 {
            inbox.push(Rc::new(Frame::from_text(&json!({ "n": n }).to_string())), 1);
        }
        assert!(inbox.take(|frame| frame.json["n"] == 1).is_some());
        assert!(inbox.take(|frame| frame.json["n"] == 1).is_none());
        assert!(inbox.take(|_| true).is_some());
    }
}
