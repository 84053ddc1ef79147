//! Whose tokens there are.

use crate::device::AccessToken;
use crate::protocol::TenantId;

/// A tenant's account.
#[derive(Clone, Debug)]
pub struct Account {
    token: AccessToken,
    /// The tenant, where it is known.
    pub tenant: Option<TenantId>,
}

impl Account {
    /// An account with one access token.
    pub fn new(token: AccessToken, tenant: Option<TenantId>) -> Self {
        Self { token, tenant }
    }

    /// Its access token, as it is now.
    pub fn token(&self) -> AccessToken {
        self.token.clone()
    }
}
