//! Every session that was opened in a run, and by which account, in 12 bytes each.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::conformance::SessionKey;
use crate::protocol::AccountNo;

/// New sessions are gathered up to this many before they are sorted in.
const SMALLEST_BATCH: usize = 1024;

/// Beyond [`SMALLEST_BATCH`], a batch is this share of what is sorted already.
const BATCH_SHARE: usize = 16;

/// The accounts of sessions by key. What is settled lies sorted in two plain lists, which grow by
/// what they need and no more; only the newest few lie in a table.
#[derive(Debug, Default)]
pub(super) struct Openings {
    keys: Vec<u64>,
    accounts: Vec<u32>,
    newest: HashMap<u64, u32, RandomState>,
}

impl Openings {
    /// Who opened a session, where that is known.
    pub(super) fn account(&self, session: SessionKey) -> Option<AccountNo> {
        let settled = || self.keys.binary_search(&session.0).ok().map(|at| self.accounts[at]);
        self.newest.get(&session.0).copied().or_else(settled).map(AccountNo)
    }

    /// Notes a session; `false` where it was known already.
    pub(super) fn add(&mut self, session: SessionKey, account: AccountNo) -> bool {
        if self.account(session).is_some() {
            return false;
        }
        self.newest.insert(session.0, account.0);
        if self.newest.len() >= SMALLEST_BATCH.max(self.keys.len() / BATCH_SHARE) {
            self.settle();
        }
        true
    }

    /// The keys of all sessions in their order, and the account of each.
    pub(super) fn into_sorted(mut self) -> (Vec<u64>, Vec<u32>) {
        self.settle();
        (self.keys, self.accounts)
    }

    /// Merges the newest into the sorted lists, from their ends, so that no second copy is made.
    fn settle(&mut self) {
        let mut batch: Vec<(u64, u32)> = self.newest.drain().collect();
        batch.sort_unstable();
        let mut old = self.keys.len();
        let whole = old + batch.len();
        self.keys.reserve_exact(batch.len());
        self.accounts.reserve_exact(batch.len());
        self.keys.resize(whole, 0);
        self.accounts.resize(whole, 0);
        for to in (0..whole).rev() {
            let Some((key, account)) = batch.last().copied() else { break };
            if old > 0 && self.keys[old - 1] > key {
                old -= 1;
                (self.keys[to], self.accounts[to]) = (self.keys[old], self.accounts[old]);
            } else {
                batch.pop();
                (self.keys[to], self.accounts[to]) = (key, account);
            }
        }
    }

    /// The bytes that it takes, a table's entry counted with its control byte and its free place.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let table = self.newest.capacity() * (size_of::<(u64, u32)>() + 1) * 8 / 7;
        self.keys.capacity() * size_of::<u64>()
            + self.accounts.capacity() * size_of::<u32>()
            + table
    }
}
