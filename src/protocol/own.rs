//! Which messages of a session are known to be ours.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

/// How many contents are remembered, as hashes. What we sent before is ours by its mark alone.
const REMEMBERED: usize = 4096;

/// What proves that we sent a message: the run's mark in its metadata, or its very content. That its
/// sender is the tenant does not: the account may have a history.
#[derive(Debug, Default)]
pub struct Own {
    /// What `deskbell_run` begins with; empty where nothing is marked.
    mark: String,
    contents: RefCell<VecDeque<u64>>,
}

impl Own {
    /// The messages of a run.
    pub fn of_run(run_id: &str) -> Self {
        let mark = if run_id.is_empty() { String::new() } else { format!("{run_id}/") };
        Self { mark, contents: RefCell::default() }
    }

    /// Notes the content of a message that we send.
    pub fn sent(&self, content: &str) {
        let mut contents = self.contents.borrow_mut();
        contents.truncate(REMEMBERED - 1);
        contents.push_front(hash(content));
    }

    /// Whether we have sent a message of this content lately.
    pub fn has_sent(&self, content: &str) -> bool {
        self.contents.borrow().contains(&hash(content))
    }

    /// Whether the `deskbell_run` of a message's metadata is this run's.
    pub fn has_marked(&self, deskbell_run: &str) -> bool {
        !self.mark.is_empty() && deskbell_run.starts_with(&self.mark)
    }
}

fn hash(content: &str) -> u64 {
    FixedState::default().hash_one(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_the_runs_own_and_none_without_a_run() {
        assert!(Own::of_run("r-1").has_marked("r-1/3"));
        assert!(!Own::of_run("r-1").has_marked("r-10/3"));
        assert!(!Own::of_run("").has_marked("/3"));
    }

    #[test]
    fn contents_are_remembered_and_the_oldest_forgotten() {
        let own = Own::default();
        own.sent("first");
        assert!(own.has_sent("first") && !own.has_sent("other"));
        (0..REMEMBERED).for_each(|nth| own.sent(&nth.to_string()));
        assert!(!own.has_sent("first") && own.has_sent("0"));
    }
}
