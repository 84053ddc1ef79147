//! Who is on which connection, and what is known of each account.

use std::rc::Rc;

use crate::protocol::{AccountNo, Caller, Frame, TenantId, TokenKind, digits};

use super::few::Few;
use super::monitor::Endpoint;

/// The connections of one flow instance, and whose they are.
#[derive(Debug, Default)]
pub(super) struct Parties {
    callers: Few<Endpoint, Rc<Caller>>,
    /// The tenant of each account, as its own replies have told first.
    tenants: Few<AccountNo, TenantId>,
}

impl Parties {
    pub(super) fn opened(&mut self, at: Endpoint, caller: &Rc<Caller>) {
        if let Some(tenant) = caller.tenant {
            self.tenants.insert(caller.account, tenant);
        }
        self.callers.insert(at, Rc::clone(caller));
    }

    pub(super) fn left(&mut self, at: Endpoint) {
        self.callers.remove(&at);
    }

    /// Who is on a connection.
    pub(super) fn caller(&self, at: Endpoint) -> Option<&Caller> {
        self.callers.get(&at).map(Rc::as_ref)
    }

    /// The account of a connection.
    pub(super) fn account(&self, at: Endpoint) -> Option<AccountNo> {
        self.caller(at).map(|caller| caller.account)
    }

    /// The tenant of an account: told by the user, or by the account's first reply.
    pub(super) fn tenant(&self, account: AccountNo) -> Option<TenantId> {
        self.tenants.get(&account).copied()
    }

    /// Whether two accounts are known to be of different tenants.
    pub(super) fn are_strangers(&self, one: AccountNo, other: AccountNo) -> bool {
        let tenants = || Some((self.tenant(one)?, self.tenant(other)?));
        one != other && tenants().is_some_and(|(one, other)| one != other)
    }

    /// Learns an account's tenant from a reply on a connection that was let in by its own token.
    pub(super) fn learn(&mut self, at: Endpoint, frame: &Frame) {
        let Some(caller) = self.callers.get(&at) else { return };
        if caller.token == TokenKind::Valid
            && let Some(id) = digits(&frame.body()["tenant"]["id"])
        {
            self.tenants.get_or_insert_with(caller.account, || TenantId(id));
        }
    }
}
