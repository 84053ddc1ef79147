//! What has to agree over a whole run: where the claims of all flow instances come together.
//!
//! It knows no frames and no connections. Claims may come in any order, an event before the opening
//! of its session included. Start from [`Census`].

mod messages;
mod openings;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::protocol::{AccountNo, DeviceNo, Route, SessionId, TenantId};

use super::finding::words;
use super::{Claim, ClauseId, Finding, SessionKey};

use messages::{Messages, Seen};
use openings::Openings;

/// Events of unknown sessions that are kept until their session is opened; the rest is counted.
const MOST_PENDING: usize = 10_000;

/// The sessions and messages of a whole run.
#[derive(Debug)]
pub struct Census {
    /// The tenant of each account, where it is known.
    tenants: Vec<Option<TenantId>>,
    openings: Openings,
    messages: Messages,
    pending: Vec<Pending>,
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

/// An event of a session that nobody has opened yet.
#[derive(Debug)]
struct Pending {
    scope: usize,
    foreign: Foreign,
}

/// An event of a session that its flow instance does not know.
#[derive(Debug)]
struct Foreign {
    session: SessionId,
    account: AccountNo,
    device: DeviceNo,
    at: Duration,
    event: &'static str,
}

impl Census {
    /// A census of a run with these accounts: the tenant of each, where the user told it.
    pub fn new(tenants: Vec<Option<TenantId>>) -> Self {
        let (openings, messages) = (Openings::default(), Messages::default());
        Self { tenants, openings, messages, pending: Vec::new(), unjudged: Unjudged::default() }
    }

    /// Takes what an account's own replies say of its tenant, unless the user told it.
    pub fn learn(&mut self, account: AccountNo, tenant: TenantId) {
        if let Some(known) = self.tenants.get_mut(account.0 as usize) {
            known.get_or_insert(tenant);
        }
    }

    /// Takes a claim; `scope` is whatever tells the caller where findings belong.
    pub fn take(&mut self, scope: usize, claim: Claim) -> Option<RunWide> {
        match claim {
            Claim::Session { session, account, device, at } => {
                if self.openings.add(SessionKey::of(&session), account) {
                    return None;
                }
                let finding = opened_twice(session, device, at);
                Some(RunWide { scope, checked: None, finding })
            }
            Claim::Message { id, session, device, at } => match self.messages.add(id, session) {
                Seen::Fine => None,
                Seen::Elsewhere => {
                    Some(RunWide { scope, checked: None, finding: reused(id, device, at) })
                }
                Seen::Untold => {
                    self.unjudged.untold += 1;
                    None
                }
            },
            Claim::Foreign { session, account, device, at, event } => {
                self.foreign(scope, Foreign { session, account, device, at, event })
            }
        }
    }

    /// Judges what waited for its session to be opened, or for a tenant to be known: the run is over.
    pub fn finish(mut self) -> (Vec<RunWide>, Unjudged) {
        let mut found = Vec::new();
        for Pending { scope, foreign } in std::mem::take(&mut self.pending) {
            match self.openings.account(SessionKey::of(&foreign.session)) {
                Some(owner) => found.push(self.strayed(scope, foreign, owner)),
                None => self.unjudged.shared += 1,
            }
        }
        (found, self.unjudged)
    }

    fn foreign(&mut self, scope: usize, foreign: Foreign) -> Option<RunWide> {
        match self.openings.account(SessionKey::of(&foreign.session)) {
            Some(owner) if self.can_tell(foreign.account, owner) => {
                return Some(self.strayed(scope, foreign, owner));
            }
            _ if self.pending.len() < MOST_PENDING => {
                self.pending.push(Pending { scope, foreign });
            }
            _ => self.unjudged.untold += 1,
        }
        None
    }

    /// An event that went to an account whose flow takes no part in the session.
    fn strayed(&self, scope: usize, foreign: Foreign, owner: AccountNo) -> RunWide {
        let is_own = self.is_same_tenant(foreign.account, owner);
        let clause = if is_own { ClauseId::Event10 } else { ClauseId::Event6 };
        let Foreign { session, account, device, at, event } = foreign;
        let whose = if is_own { "the same tenant's" } else { "another tenant's" };
        let finding = Finding {
            event: Some(event.into()),
            expected: "events of sessions that this connection takes part in".to_owned(),
            actual: format!("one of a session of account {owner}, on a connection of {account}"),
            ..blank(clause, Some(session), device, at, format!("an event of {whose} session"))
        };
        RunWide { scope, checked: Some(clause), finding }
    }

    /// Whether two accounts are known to be one tenant's.
    fn is_same_tenant(&self, one: AccountNo, other: AccountNo) -> bool {
        one == other || self.tenant(one).is_some_and(|known| self.tenant(other) == Some(known))
    }

    /// Whether it is known if two accounts are one tenant's.
    fn can_tell(&self, one: AccountNo, other: AccountNo) -> bool {
        one == other || (self.tenant(one).is_some() && self.tenant(other).is_some())
    }

    fn tenant(&self, account: AccountNo) -> Option<TenantId> {
        self.tenants.get(account.0 as usize).copied().flatten()
    }
}

fn opened_twice(session: SessionId, device: DeviceNo, at: Duration) -> Finding {
    let message = "a new session has an id that was opened before in this run".to_owned();
    Finding {
        route: Some(Route::Init),
        expected: "an id never seen before".to_owned(),
        actual: words(session.as_str()),
        pointer: "/body/chatSessionId".to_owned(),
        ..blank(ClauseId::Init1, Some(session), device, at, message)
    }
}

fn reused(id: u64, device: DeviceNo, at: Duration) -> Finding {
    let message = "a message has an id that a message of another session has".to_owned();
    Finding {
        expected: "an id never seen before".to_owned(),
        actual: id.to_string(),
        ..blank(ClauseId::Send4, None, device, at, message)
    }
}

fn blank(
    clause: ClauseId,
    session: Option<SessionId>,
    device: DeviceNo,
    at: Duration,
    message: String,
) -> Finding {
    let (expected, actual, pointer) = Default::default();
    Finding {
        clause,
        at,
        device: Some(device),
        session,
        route: None,
        event: None,
        message,
        expected,
        actual,
        is_plain: true,
        pointer,
        frame: None,
    }
}
