//! Whose tokens there are, and how they are had anew.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::device::AccessToken;
use crate::protocol::{Secrets, TenantId};

/// A token that was just asked for is not asked for again: many devices miss it at once.
const ASKED_LATELY: Duration = Duration::from_secs(5);

/// Where access tokens come from, as often as one is needed.
pub trait TokenSource: Send + Sync {
    /// A token of a tenant that is good from now on. It may block for as long as it takes.
    ///
    /// # Errors
    /// Why there is none, in words that hold no secret.
    fn token(&self, tenant: Option<TenantId>) -> Result<AccessToken, NoToken>;

    /// The run is over: whatever is under way is ended, and no token is wanted any more.
    fn give_up(&self) {}
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NoToken {
    /// Why, in words that hold no secret.
    pub why: String,
}

/// A tenant's account. Clones share its token, which may be replaced while a run goes on.
#[derive(Clone)]
pub struct Account {
    /// The tenant, where it is known.
    pub tenant: Option<TenantId>,
    token: Arc<RwLock<AccessToken>>,
    renewal: Option<Arc<Renewal>>,
}

/// How a token is had anew, one at a time.
struct Renewal {
    source: Arc<dyn TokenSource>,
    last: Mutex<Option<(Instant, Result<(), NoToken>)>>,
}

impl Account {
    /// An account with one access token.
    pub fn new(token: AccessToken, tenant: Option<TenantId>) -> Self {
        Self { tenant, token: Arc::new(RwLock::new(token)), renewal: None }
    }

    /// An account whose token is had anew before it expires.
    pub fn renewable(
        token: AccessToken,
        tenant: Option<TenantId>,
        source: Arc<dyn TokenSource>,
    ) -> Self {
        let renewal = Arc::new(Renewal { source, last: Mutex::default() });
        Self { renewal: Some(renewal), ..Self::new(token, tenant) }
    }

    /// Its access token, as it is now.
    pub fn token(&self) -> AccessToken {
        self.token.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether its token can be had anew.
    pub fn is_renewable(&self) -> bool {
        self.renewal.is_some()
    }

    /// The account in words: `tenant 34`.
    pub fn name(&self) -> String {
        self.tenant.map_or_else(
            || "an account of no known tenant".into(),
            |tenant| format!("tenant {tenant}"),
        )
    }

    /// Has a token in place of `stale`, unless there is another one already. A new one is kept among
    /// the secrets before anybody can use it.
    ///
    /// # Errors
    /// Why there is none; where nothing renews it, that.
    pub(super) async fn renew(&self, stale: &AccessToken, to: &Secrets) -> Result<(), NoToken> {
        let Some(renewal) = &self.renewal else {
            return Err(NoToken { why: "nothing renews it".into() });
        };
        let mut last = renewal.last.lock().await;
        if self.token() != *stale {
            return Ok(());
        }
        if let Some((asked_at, outcome)) = &*last
            && asked_at.elapsed() < ASKED_LATELY
        {
            return outcome.clone();
        }
        let (source, tenant) = (Arc::clone(&renewal.source), self.tenant);
        let asked = spawn_blocking(move || source.token(tenant)).await;
        let fresh = asked.unwrap_or_else(|_| Err(NoToken { why: "it was broken off".into() }));
        let outcome = fresh.map(|token| {
            token.keep_in(to);
            *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
        });
        *last = Some((Instant::now(), outcome.clone()));
        outcome
    }

    /// Ends what is under way to have a token.
    pub(super) fn give_up(&self) {
        if let Some(renewal) = &self.renewal {
            renewal.source.give_up();
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
