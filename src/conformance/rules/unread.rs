//! UNREAD: the count of unread messages, and that it follows what the concierge says and what is
//! marked as seen (document: 8. Get Unread Message Count).
//!
//! A change of the count takes effect within the delivery timeout, and may have taken effect before
//! it was heard of. So a reply may show any value that the changes which had settled as it was asked
//! for leave, with any of those that may have begun as it came; it is judged once the last of these
//! must have been heard of. Where the count starts is told by the first reply.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::conformance::finding::words;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{AccountNo, Dialect, Frame, Observation, Sent, digits};

/// How many changes and replies are held at once; beyond, a count is not judged any more.
const MOST: usize = 256;

/// How many counts are held, those included that have begun anew since.
const MOST_COUNTS: usize = 16;

/// The counts of the accounts of one flow instance.
#[derive(Debug)]
pub(super) struct Unread {
    timeout: Duration,
    /// Whether no other flow uses these accounts.
    is_alone: bool,
    /// Of one account, the newest first.
    counts: Vec<(AccountNo, Count)>,
}

#[derive(Debug, Default)]
struct Count {
    /// Something happened of which the document does not say what it does to the count.
    is_unsure: bool,
    /// What the count may have been before the first change held; empty where nothing is known.
    starts: Vec<i64>,
    changes: VecDeque<Change>,
    replies: VecDeque<Reply>,
    /// Before this, a reply tells nothing of where the path starts.
    unsettled_until: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Change {
    /// The earliest instant at which it may show.
    begun: Duration,
    /// From here on it must show.
    settled: Duration,
    by: i64,
}

#[derive(Debug)]
struct Reply {
    asked: Duration,
    came: Duration,
    due: Duration,
    value: i64,
    finding: Finding,
}

/// UNREAD-1
pub(super) fn judge_shape(
    seen: &Observation<'_>,
    frame: &Frame,
    dialect: Dialect,
    to: &mut dyn Sink,
) {
    let Some(shown) = frame.body().get("unreadMsgCount") else { return };
    to.checked(ClauseId::Unread1);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = dialect == Dialect::Lenient && shown.as_u64().is_some();
    if !is_number && !shown.as_str().is_some_and(is_digits) {
        to.found(Finding {
            message: "the number of unread messages is no string of digits".into(),
            expected: "a string of digits".into(),
            actual: words(&shown.to_string()),
            pointer: "/body/unreadMsgCount".into(),
            ..Finding::on(seen, ClauseId::Unread1)
        });
    }
}

impl Unread {
    pub(super) fn new(timeout: Duration, is_alone: bool) -> Self {
        Self { timeout, is_alone, counts: Vec::new() }
    }

    fn of(&mut self, account: Option<AccountNo>) -> Option<&mut Count> {
        let account = account.filter(|_| self.is_alone)?;
        let nth = match self.counts.iter().position(|(known, _)| *known == account) {
            Some(nth) => nth,
            None => {
                self.counts.push((account, Count::default()));
                self.counts.len() - 1
            }
        };
        self.counts.get_mut(nth).map(|(_, count)| count).filter(|count| !count.is_unsure)
    }

    /// A message of the concierge was first heard of.
    pub(super) fn up(&mut self, account: Option<AccountNo>, now: Duration) {
        let timeout = self.timeout;
        if let Some(count) = self.of(account) {
            let (begun, settled) = (now.saturating_sub(timeout), now + timeout);
            count.change(Change { begun, settled, by: 1 });
        }
    }

    /// A message of the concierge was first marked as seen.
    pub(super) fn down(&mut self, account: Option<AccountNo>, sent: &Sent, now: Duration) {
        let timeout = self.timeout;
        if let Some(count) = self.of(account) {
            count.change(Change { begun: sent.at, settled: now + timeout, by: -1 });
        }
    }

    /// Nothing can be said of this count any more.
    pub(super) fn give_up(&mut self, account: Option<AccountNo>) {
        if let Some(count) = self.of(account) {
            *count = Count { is_unsure: true, ..Count::default() };
        }
    }

    /// The count may change in a way that the document does not tell; what it is after that will
    /// be known again.
    pub(super) fn start_anew(&mut self, account: Option<AccountNo>, now: Duration) {
        let anew = Count { unsettled_until: now + self.timeout, ..Count::default() };
        let (Some(account), Some(count)) = (account, self.of(account)) else { return };
        if count.replies.is_empty() {
            *count = anew;
        } else {
            // What was told before is still judged by what was known then.
            self.counts.insert(0, (account, anew));
            self.counts.truncate(MOST_COUNTS);
        }
    }

    /// For a while nothing is heard of what happens, and then all of it at once: what was told before
    /// is not judged any more, and where the count stands then is known again after that.
    pub(super) fn pause(&mut self, account: Option<AccountNo>, until: Duration) {
        let anew = Count { unsettled_until: until + self.timeout, ..Count::default() };
        if let Some(count) = self.of(account) {
            *count = anew;
        }
    }

    /// A reply came: judged once all that it may show must have been heard of.
    pub(super) fn replied(
        &mut self,
        account: Option<AccountNo>,
        sent: &Sent,
        seen: &Observation<'_>,
        frame: &Frame,
    ) {
        let due = seen.at + self.timeout;
        let shown = digits(&frame.body()["unreadMsgCount"]).and_then(|n| i64::try_from(n).ok());
        let (Some(value), Some(count)) = (shown, self.of(account)) else { return };
        let is_unsettled = count.starts.is_empty() && sent.at < count.unsettled_until;
        if is_unsettled || count.replies.len() >= MOST {
            return;
        }
        let finding = Finding {
            message: "the number of unread messages does not follow what was said and seen".into(),
            actual: words(&format!("{value}")),
            pointer: "/body/unreadMsgCount".into(),
            ..Finding::on(seen, ClauseId::Unread2)
        };
        let (asked, came) = (sent.at, seen.at);
        count.replies.push_back(Reply { asked, came, due, value, finding });
    }

    /// Judges the replies that were due before this.
    pub(super) fn judge(&mut self, before: Duration, to: &mut dyn Sink) {
        for (_, count) in &mut self.counts {
            count.judge(before, to);
        }
    }

    /// When the last reply falls due that nothing heard of so far explains.
    pub(super) fn owed_until(&self) -> Option<Duration> {
        let counts = self.counts.iter().map(|(_, count)| count);
        let odd = counts.flat_map(|count| {
            let is_odd = |reply: &&Reply| {
                let paths = count.path(reply);
                !count.starts.is_empty()
                    && !count.starts.iter().any(|start| paths.contains(&(reply.value - start)))
            };
            count.replies.iter().filter(is_odd).map(|reply| reply.due)
        });
        odd.max()
    }
}

impl Count {
    fn change(&mut self, change: Change) {
        if self.changes.len() >= MOST {
            *self = Self { is_unsure: true, ..Self::default() };
            return;
        }
        self.changes.push_back(change);
    }

    /// By how much the count may differ, as a reply has it, from what it was at the start. Changes
    /// that may or may not have taken effect yet count either way, in whatever order.
    fn path(&self, reply: &Reply) -> RangeInclusive<i64> {
        let (mut least, mut most) = (0, 0);
        for change in self.changes.iter().filter(|change| change.begun <= reply.came) {
            let is_settled = change.settled <= reply.asked;
            least += if is_settled || change.by < 0 { change.by } else { 0 };
            most += if is_settled || change.by > 0 { change.by } else { 0 };
        }
        least..=most
    }

    fn judge(&mut self, before: Duration, to: &mut dyn Sink) {
        while let Some(reply) = self.replies.pop_front_if(|reply| reply.due < before) {
            let path = self.path(&reply);
            let mut fitting: Vec<_> = path.clone().map(|by| reply.value - by).collect();
            if self.starts.is_empty() {
                // There was no count below nothing.
                fitting.retain(|start| *start >= 0);
                self.starts = fitting;
                continue;
            }
            to.checked(ClauseId::Unread2);
            let both = self.starts.iter().filter(|start| fitting.contains(start)).copied();
            let both: Vec<_> = both.collect();
            if both.is_empty() {
                let mut allowed: Vec<_> = self
                    .starts
                    .iter()
                    .flat_map(|start| path.clone().map(move |by| start + by))
                    .collect();
                allowed.sort_unstable();
                allowed.dedup();
                let expected = words(&format!("one of {allowed:?}"));
                to.found(Finding { expected, ..reply.finding });
                self.starts = fitting;
            } else {
                self.starts = both;
            }
        }
        self.fold(before);
    }

    /// Takes in the changes that every reply to come must show.
    fn fold(&mut self, now: Duration) {
        let oldest = self.replies.front().map_or(now, |reply| reply.asked.min(now));
        let starts = &mut self.starts;
        self.changes.retain(|change| {
            let is_open = change.settled >= oldest;
            if !is_open {
                starts.iter_mut().for_each(|start| *start += change.by);
            }
            is_open
        });
    }
}
