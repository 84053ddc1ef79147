//! Tells which trouble comes of the age of our own tokens. It is never the service's fault, and where
//! nothing renews the token it ends the run.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::conformance::Limits;
use crate::device::AccessToken;
use crate::protocol::{AccountNo, Ending};

use super::account::Account;
use super::event::StopReason;
use super::plan::RunPlan;
use super::stop::Stop;

/// Knows our tokens' ages by our clock, give or take what the server's may be off.
#[derive(Clone)]
pub(super) struct Lapse {
    plan: Arc<RunPlan>,
    stop: Stop,
    limits: Rc<Limits>,
}

/// Later than any token should be good for: times beyond cannot be written.
const LAST: Duration = Duration::from_secs(200_000_000_000);

impl Lapse {
    pub(super) fn new(plan: Arc<RunPlan>, stop: Stop, limits: Rc<Limits>) -> Self {
        Self { plan, stop, limits }
    }

    /// What it goes by.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether what expires then, counted from the Unix epoch, may have expired for the server at
    /// this time of the run.
    pub(super) fn is_over(&self, expires_at: Duration, at: Duration) -> bool {
        self.limits.epoch + at + self.limits.clock_tolerance >= expires_at
    }

    /// Whether an account's token may have expired. Where nobody knows it may, if it can be renewed.
    pub(super) fn may_be_of(&self, account: AccountNo, token: &AccessToken, at: Duration) -> bool {
        match token.expires_at() {
            Some(expires_at) => self.is_over(expires_at, at),
            None => self.account(account).is_renewable(),
        }
    }

    /// Whether a service may end a connection so for its token's age. The end of a connection's
    /// lifetime has codes of its own.
    pub(super) fn may_cause(&self, ending: &Ending) -> bool {
        match ending {
            Ending::ByServer(code) => {
                code.is_none_or(|code| !self.limits.close_codes.contains(&code))
            }
            Ending::ByUs | Ending::Broken(_) => false,
        }
    }

    /// The service has turned away what had the expired token of an account: the run is over, unless
    /// the next connection will have a new one.
    pub(super) fn turned_away(&self, account: AccountNo) {
        if !self.account(account).is_renewable() {
            self.stop(account, "nothing renews it: give one that lives longer, or a token command");
        }
    }

    /// Ends the run, as an account's token was turned away for its age, and this is why there is no
    /// other.
    pub(super) fn stop(&self, account: AccountNo, why: &str) {
        let whose = self.account(account).name();
        let expires_at = self.account(account).token().expires_at().unwrap_or_default();
        let expires_at = Timestamp::UNIX_EPOCH + expires_at.min(LAST);
        let text = format!(
            "the access token of {whose}, which expires at {expires_at:.0}, was turned away; {why}"
        );
        self.stop.stop(StopReason::Accounts(text));
    }

    pub(super) fn account(&self, account: AccountNo) -> &Account {
        &self.plan.accounts[account.0 as usize]
    }
}
