//! Flow instances that ended before they had done what was planned, and why.

use serde::{Deserialize, Serialize};

/// Flow instances that ended early, and what they left undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct EndedEarly {
    /// Those that were still under way when the grace period was over.
    pub cut_off: u64,
    /// Those that had waits of their own, for time to pass, beyond the grace period.
    pub given_up: u64,
    /// Those that had no connection any more, and no step that opens one.
    pub stranded: u64,
    /// Requests that had no answer yet where nothing was judged any more, as an instance was cut off or
    /// ended its sessions; they count as sent, and not as failed.
    pub requests: u64,
}

impl EndedEarly {
    /// Adds others.
    pub fn add(&mut self, others: Self) {
        let Self { cut_off, given_up, stranded, requests } = others;
        self.cut_off += cut_off;
        self.given_up += given_up;
        self.stranded += stranded;
        self.requests += requests;
    }

    /// A sentence for each reason.
    pub(super) fn in_words(&self) -> Vec<String> {
        let left_out = |count| {
            format!("{} left out what would have outlasted `settings.grace`", instances(count))
        };
        let stranded =
            |count| format!("{} had no connection any more, and opened none", instances(count));
        let told =
            [(self.given_up, left_out(self.given_up)), (self.stranded, stranded(self.stranded))];
        let told = told.into_iter().filter_map(|(count, words)| (count > 0).then_some(words));
        self.unfinished().into_iter().chain(told).collect()
    }

    /// The reason that makes a run fail that was not stopped.
    pub(super) fn unfinished(&self) -> Option<String> {
        let count = self.cut_off;
        let words =
            || format!("{} still under way when `settings.grace` was over", instances(count));
        (count > 0).then(words)
    }
}

fn instances(count: u64) -> String {
    if count == 1 { "1 flow instance".into() } else { format!("{count} flow instances") }
}
