//! The first findings and conversations of all shards together.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::run::{
    CONVERSATIONS_KEPT, ConversationRecord, FINDINGS_KEPT, FoundViolation, Occasion,
    WAIVED_CONVERSATIONS_KEPT, WAIVED_FINDINGS_KEPT,
};

/// When something was told, in which shard, and its place there.
type Key = (Duration, u32, usize);

/// As many findings and conversations as a run keeps, the earliest of all shards. Waived ones are held
/// apart until the end, so that nothing that was left out would have been among them.
#[derive(Debug, Default)]
pub(super) struct Kept {
    findings: Vec<(Key, FoundViolation)>,
    waived: Vec<(Key, FoundViolation)>,
    conversations: Vec<(Key, ConversationRecord)>,
    waived_conversations: Vec<(Key, ConversationRecord)>,
}

impl Kept {
    /// Adds those of a shard that began so much later than the first.
    pub(super) fn add(
        &mut self,
        shard: u32,
        later: Duration,
        (findings, conversations): (Vec<FoundViolation>, Vec<ConversationRecord>),
    ) {
        for (nth, mut told) in conversations.into_iter().enumerate() {
            let conversation = &mut told.conversation;
            conversation.at += later;
            conversation.frames.iter_mut().for_each(|frame| frame.at += later);
            let key = (conversation.at, shard, nth);
            let is_waived = match told.of {
                Occasion::Finding(nth) => findings.get(nth).is_some_and(|one| one.waived.is_some()),
                Occasion::Step { .. } => false,
            };
            let of_kind =
                if is_waived { &mut self.waived_conversations } else { &mut self.conversations };
            of_kind.push((key, told));
        }
        for (nth, mut found) in findings.into_iter().enumerate() {
            found.shard = Some(shard);
            found.finding.at += later;
            let of_kind =
                if found.waived.is_some() { &mut self.waived } else { &mut self.findings };
            of_kind.push(((found.finding.at, shard, nth), found));
        }
        keep_first(&mut self.findings, FINDINGS_KEPT);
        keep_first(&mut self.waived, WAIVED_FINDINGS_KEPT);
        keep_first(&mut self.conversations, CONVERSATIONS_KEPT as usize);
        keep_first(&mut self.waived_conversations, WAIVED_CONVERSATIONS_KEPT as usize);
    }

    /// Adds what it took several shards to find.
    pub(super) fn add_between(&mut self, found: Vec<FoundViolation>) {
        for (nth, found) in found.into_iter().enumerate() {
            let of_kind =
                if found.waived.is_some() { &mut self.waived } else { &mut self.findings };
            // Shards count from 1, so that nothing of one is taken for it.
            of_kind.push(((found.finding.at, 0, nth), found));
        }
        keep_first(&mut self.findings, FINDINGS_KEPT);
        keep_first(&mut self.waived, WAIVED_FINDINGS_KEPT);
    }

    /// All that a run keeps, the earliest first.
    pub(super) fn into_parts(self) -> (Vec<FoundViolation>, Vec<ConversationRecord>) {
        let (mut findings, mut conversations) = (self.findings, self.conversations);
        findings.extend(self.waived);
        keep_first(&mut findings, FINDINGS_KEPT);
        let places: BTreeMap<_, _> =
            findings.iter().map(|((_, shard, nth), _)| (*shard, *nth)).zip(0..).collect();
        conversations.extend(self.waived_conversations);
        keep_first(&mut conversations, CONVERSATIONS_KEPT as usize);
        let told = conversations.into_iter().filter_map(|((_, shard, _), mut told)| {
            if let Occasion::Finding(nth) = &mut told.of {
                *nth = *places.get(&(shard, *nth))?;
            }
            Some(told)
        });
        let told = told.collect();
        (findings.into_iter().map(|(_, found)| found).collect(), told)
    }
}

fn keep_first<T>(all: &mut Vec<(Key, T)>, most: usize) {
    all.sort_by_key(|(key, _)| *key);
    all.truncate(most);
}
