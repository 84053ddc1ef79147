//! What has to agree over the shards of a run.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::conformance::{ClauseId, Finding, SessionKey};
use crate::protocol::AccountNo;

use super::findings::{opened_twice, reused, strayed};
use super::merged::Merged;
use super::tenants::Tenants;
use super::{IdSets, Stranger};

/// How many findings of each clause are told in words; the rest is counted.
const MOST_TOLD: u64 = 250;

/// What the shards of a run show together, and none by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Between {
    /// The first 250 findings of each clause: of sessions by their keys, then of messages by their ids.
    pub found: Vec<Divided>,
    /// All of them by scope, where that is known, and clause.
    pub counts: BTreeMap<(Option<usize>, ClauseId), Counted>,
    /// Events of sessions that no shard opened: somebody else uses the accounts.
    pub shared: u64,
    /// Claims that the shards did not keep; nothing is concluded from them.
    pub untold: u64,
}

/// How often a clause was judged and violated between shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Checks beyond those that the shards have counted.
    pub checked: u64,
    /// Violations, all of them.
    pub violated: u64,
}

/// A finding that takes two shards to see.
#[derive(Clone, Debug, PartialEq)]
pub struct Divided {
    /// Where the id was known, or the session was opened, and where it came once more. One shard's own
    /// claims are judged by itself.
    pub shards: [u32; 2],
    /// The scope of the claim, where that is kept: of an event.
    pub scope: Option<usize>,
    /// The key of the session, where there is one. Whose [`SessionKey::of`] it is, the ids in
    /// `sessions.jsonl` of either shard tell.
    pub session: Option<SessionKey>,
    /// How a clause was violated. Its device and session are known of an event alone.
    pub finding: Finding,
}

/// Judges what several shards of a run leave, each with its number: a session that two of them opened
/// (INIT-1), a message id in sessions of two of them (SEND-4), an event of a session that another one
/// opened (EVENT-6, EVENT-10). `at` is how long the run took: no instant is known of sessions and
/// messages, only that it is noticed then.
///
/// What it takes beside the sets is an entry for each shard, each event and each finding that is told.
/// The order of the shards changes nothing.
pub fn between(shards: &[(u32, IdSets)], at: Duration) -> Between {
    let mut shards: Vec<_> = shards.iter().map(|(no, ids)| (*no, ids)).collect();
    shards.sort_by_key(|(no, _)| *no);
    let tenants = shards.iter().flat_map(|(_, ids)| ids.tenants.iter());
    let mut judge = Judge { tenants: Tenants::default(), at, told: Between::default() };
    tenants.for_each(|(account, tenant)| judge.tenants.learn(account, tenant));
    judge.told.untold = shards.iter().map(|(_, ids)| ids.untold).sum();
    judge.sessions(&shards);
    judge.messages(&shards);
    judge.told
}

struct Judge {
    tenants: Tenants,
    at: Duration,
    told: Between,
}

impl Judge {
    fn sessions(&mut self, shards: &[(u32, &IdSets)]) {
        let strangers = shards.iter().flat_map(|(shard, ids)| {
            ids.strangers.iter().map(move |one| (one.session, *shard, one))
        });
        let mut strangers: Vec<_> = strangers.collect();
        strangers.sort();
        let mut strangers = strangers.into_iter().peekable();
        let sessions = shards
            .iter()
            .map(|(_, ids)| ids.sessions().map(|(session, account)| (session.0, account)));
        let mut first = None;
        for (key, nth, owner) in Merged::of(sessions) {
            let (session, shard) = (SessionKey(key), shards[nth].0);
            match first {
                Some((known, opened_in)) if known == session => {
                    self.opened_twice(session, [opened_in, shard]);
                    continue;
                }
                _ => first = Some((session, shard)),
            }
            while let Some((of, came_in, stranger)) = strangers.next_if(|one| one.0 <= session) {
                if of == session {
                    self.strayed(stranger, owner, [shard, came_in]);
                } else {
                    self.told.shared += 1;
                }
            }
        }
        self.told.shared += strangers.count() as u64;
    }

    fn messages(&mut self, shards: &[(u32, &IdSets)]) {
        let mut first = None;
        for (id, nth, mark) in Merged::of(shards.iter().map(|(_, ids)| ids.messages())) {
            let shard = shards[nth].0;
            match first {
                Some((known, _, of)) if known == id && of == mark => {}
                Some((known, seen_in, _)) if known == id => self.reused(id, [seen_in, shard]),
                _ => first = Some((id, shard, mark)),
            }
        }
    }

    fn opened_twice(&mut self, session: SessionKey, shards: [u32; 2]) {
        let at = self.at;
        self.tell(ClauseId::Init1, (None, 0), || {
            let [one, other] = shards;
            let actual = format!("the same id was given in shard {one} and in shard {other}");
            let finding = opened_twice(at, actual);
            Divided { shards, scope: None, session: Some(session), finding }
        });
    }

    fn reused(&mut self, id: u64, shards: [u32; 2]) {
        let at = self.at;
        self.tell(ClauseId::Send4, (None, 0), || {
            let [one, other] = shards;
            let actual =
                format!("the same id, {id}, was given in shard {one} and in shard {other}");
            Divided { shards, scope: None, session: None, finding: reused(at, actual) }
        });
    }

    fn strayed(&mut self, stranger: &Stranger, owner: AccountNo, shards: [u32; 2]) {
        let (account, scope) = (stranger.account, Some(stranger.scope));
        let is_own = self.tenants.is_same(account, owner);
        let clause = if is_own { ClauseId::Event10 } else { ClauseId::Event6 };
        self.tell(clause, (scope, 1), || {
            let [one, other] = shards;
            let actual = format!(
                "one of a session that account {owner} opened in shard {one}, on a connection of \
                 account {account} in shard {other}"
            );
            let finding = strayed(stranger, is_own, actual);
            Divided { shards, scope, session: Some(stranger.session), finding }
        });
    }

    /// Counts a violation with so many checks, and tells it in words while there is room.
    fn tell(
        &mut self,
        clause: ClauseId,
        (scope, checked): (Option<usize>, u64),
        finding: impl FnOnce() -> Divided,
    ) {
        let counted = self.told.counts.entry((scope, clause)).or_default();
        counted.checked += checked;
        counted.violated += 1;
        let of_clause = self.told.counts.iter().filter(|((_, of), _)| *of == clause);
        if of_clause.map(|(_, counted)| counted.violated).sum::<u64>() <= MOST_TOLD {
            self.told.found.push(finding());
        }
    }
}
