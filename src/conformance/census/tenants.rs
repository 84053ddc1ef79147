//! Whose accounts are one tenant's, as far as that is known.

use std::collections::BTreeMap;

use crate::protocol::{AccountNo, TenantId};

/// The tenants of accounts, where they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tenants(BTreeMap<AccountNo, TenantId>);

impl Tenants {
    /// Takes whose an account is, unless that is known.
    pub(super) fn learn(&mut self, account: AccountNo, tenant: TenantId) {
        self.0.entry(account).or_insert(tenant);
    }

    /// Whether two accounts are known to be one tenant's.
    pub(super) fn is_same(&self, one: AccountNo, other: AccountNo) -> bool {
        let known = |account| self.0.get(account);
        one == other || known(&one).is_some_and(|tenant| known(&other) == Some(tenant))
    }

    /// Whether it is known if two accounts are one tenant's.
    pub(super) fn can_tell(&self, one: AccountNo, other: AccountNo) -> bool {
        one == other || (self.0.contains_key(&one) && self.0.contains_key(&other))
    }

    /// Those that are known, in the order of accounts.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (AccountNo, TenantId)> {
        self.0.iter().map(|(account, tenant)| (*account, *tenant))
    }
}

impl FromIterator<(AccountNo, TenantId)> for Tenants {
    fn from_iter<I: IntoIterator<Item = (AccountNo, TenantId)>>(known: I) -> Self {
        Self(known.into_iter().collect())
    }
}
