//! What has to agree over a whole run: where the claims of all flow instances come together.
//!
//! It knows no frames and no connections. Claims may come in any order, an event before the opening
//! of its session included. Start from [`Census`]; what it leaves for the other shards of its run are
//! [`IdSets`], which [`between()`] judges.

mod between;
mod encoding;
mod findings;
mod ids;
mod marks;
mod merged;
mod messages;
mod openings;
mod stranger;
mod tenants;
#[cfg(test)]
mod tests;

use crate::protocol::{AccountNo, TenantId};

use super::finding::words;
use super::{Claim, ClauseId, Finding, SessionKey};

use findings::{opened_twice, reused, strayed};
use messages::{Messages, Seen};
use openings::Openings;
use tenants::Tenants;

pub use between::{Between, Counted, Divided, between};
pub use encoding::IdSetsError;
pub use ids::IdSets;
pub use stranger::Stranger;

/// Events of unknown sessions that are kept until their session is opened; the rest is counted.
const MOST_PENDING: usize = 10_000;

/// The sessions and messages of a whole run.
#[derive(Debug)]
pub struct Census {
    tenants: Tenants,
    openings: Openings,
    messages: Messages,
    pending: Vec<Stranger>,
    unjudged: Unjudged,
}

/// What a claim comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct RunWide {
    /// The scope that the claim was made in, as it was given.
    pub scope: usize,
    /// The clause that was judged by it, where the monitor could not: it counts as checked.
    pub checked: Option<ClauseId>,
    /// How a clause was violated.
    pub finding: Finding,
}

/// What of a run could not be judged, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unjudged {
    /// Events of sessions that no device of the run ever opened: somebody else uses the accounts.
    pub shared: u64,
    /// Claims beyond what is kept; nothing is concluded from them.
    pub untold: u64,
}

impl Census {
    /// A census of a run with these accounts: the tenant of each, where the user told it.
    pub fn new(tenants: Vec<Option<TenantId>>) -> Self {
        let known = (0..).map(AccountNo).zip(tenants);
        Self {
            tenants: known.filter_map(|(account, tenant)| Some((account, tenant?))).collect(),
            openings: Openings::default(),
            messages: Messages::default(),
            pending: Vec::new(),
            unjudged: Unjudged::default(),
        }
    }

    /// Takes what an account's own replies say of its tenant, unless the user told it.
    pub fn learn(&mut self, account: AccountNo, tenant: TenantId) {
        self.tenants.learn(account, tenant);
    }

    /// Takes a claim; `scope` is whatever tells the caller where findings belong.
    pub fn take(&mut self, scope: usize, claim: Claim) -> Option<RunWide> {
        match claim {
            Claim::Session { session, account, device, at } => {
                if self.openings.add(SessionKey::of(&session), account) {
                    return None;
                }
                let finding = opened_twice(at, words(session.as_str()));
                let finding = Finding { device: Some(device), session: Some(session), ..finding };
                Some(RunWide { scope, checked: None, finding })
            }
            Claim::Message { id, session, device, at } => match self.messages.add(id, session) {
                Seen::Fine => None,
                Seen::Elsewhere => {
                    let finding = Finding { device: Some(device), ..reused(at, id.to_string()) };
                    Some(RunWide { scope, checked: None, finding })
                }
                Seen::Untold => {
                    self.unjudged.untold += 1;
                    None
                }
            },
            Claim::Foreign { session, account, device, at, event } => {
                let key = SessionKey::of(&session);
                let (event, told) = (event.into(), session);
                self.foreign(Stranger { session: key, at, scope, account, device, event, told })
            }
        }
    }

    /// Judges what waited for its session to be opened, or for a tenant to be known: the run is over.
    /// What is left of it are the sets that other shards are held to.
    pub fn finish(mut self) -> (Vec<RunWide>, Unjudged, IdSets) {
        let mut found = Vec::new();
        let mut strangers = Vec::new();
        for stranger in std::mem::take(&mut self.pending) {
            match self.openings.account(stranger.session) {
                Some(owner) => found.push(self.strayed(&stranger, owner)),
                None => strangers.push(stranger),
            }
        }
        strangers.sort();
        self.unjudged.shared = strangers.len() as u64;
        let (keys, accounts) = self.openings.into_sorted();
        let ids = IdSets {
            keys,
            accounts,
            marks: self.messages.into_marks(),
            strangers,
            tenants: self.tenants,
            untold: self.unjudged.untold,
        };
        (found, self.unjudged, ids)
    }

    fn foreign(&mut self, stranger: Stranger) -> Option<RunWide> {
        match self.openings.account(stranger.session) {
            Some(owner) if self.tenants.can_tell(stranger.account, owner) => {
                return Some(self.strayed(&stranger, owner));
            }
            _ if self.pending.len() < MOST_PENDING => self.pending.push(stranger),
            _ => self.unjudged.untold += 1,
        }
        None
    }

    /// An event that went to an account whose flow takes no part in the session.
    fn strayed(&self, stranger: &Stranger, owner: AccountNo) -> RunWide {
        let account = stranger.account;
        let actual = format!("one of a session of account {owner}, on a connection of {account}");
        let finding = strayed(stranger, self.tenants.is_same(account, owner), actual);
        RunWide { scope: stranger.scope, checked: Some(finding.clause), finding }
    }
}
