//! Has tokens anew before they expire, beside the run.

use std::cell::RefCell;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::device::{AccessToken, Clock, TokioClock};

use super::account::Account;
use super::plan::RunPlan;

/// How long before its expiry a token is renewed at the latest, where it lives long enough.
const LEAST_AHEAD: Duration = Duration::from_secs(30);

/// How long after a failure it is tried again; each time twice as long, up to the most.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How many failures are kept in words.
const WARNINGS_KEPT: usize = 20;

/// Keeps the tokens of a run fresh.
pub(super) struct Renewing<'a> {
    plan: &'a RunPlan,
    clock: &'a dyn Clock,
    /// Wall time at the run's zero, since the Unix epoch.
    epoch: Duration,
    warnings: RefCell<Vec<String>>,
}

/// Renews tokens on a thread of its own.
pub(super) struct RenewalThread {
    thread: JoinHandle<io::Result<Vec<String>>>,
    /// Dropped when the run is over.
    over: oneshot::Sender<Infallible>,
    plan: Arc<RunPlan>,
}

impl RenewalThread {
    /// Begins to renew; there is no thread where no token can be renewed.
    pub(super) fn start(
        plan: &Arc<RunPlan>,
        (origin, epoch): (Instant, Duration),
    ) -> io::Result<Option<Self>> {
        if !plan.accounts.iter().any(Account::is_renewable) {
            return Ok(None);
        }
        let (over, is_over) = oneshot::channel();
        let own = Arc::clone(plan);
        let thread = thread::Builder::new().name("tokens".into()).spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let clock = TokioClock::since(origin);
            let renewing = Renewing::new(&own, &clock, epoch);
            runtime.block_on(async {
                tokio::select! {
                    never = renewing.keep_on() => match never {},
                    _ = is_over => {}
                }
            });
            Ok(renewing.warnings())
        })?;
        Ok(Some(Self { thread, over, plan: Arc::clone(plan) }))
    }

    /// Ends it; what failed, in words. A renewal under way is given up.
    pub(super) fn end(self) -> thread::Result<io::Result<Vec<String>>> {
        drop(self.over);
        self.plan.accounts.iter().for_each(Account::give_up);
        self.thread.join()
    }
}

impl<'a> Renewing<'a> {
    pub(super) fn new(plan: &'a RunPlan, clock: &'a dyn Clock, epoch: Duration) -> Self {
        Self { plan, clock, epoch, warnings: RefCell::default() }
    }

    /// Renews all tokens, each in its time.
    pub(super) async fn keep_on(&self) -> Infallible {
        let renewable = self.plan.accounts.iter().filter(|account| account.is_renewable());
        join_all(renewable.map(|account| self.keep(account))).await;
        std::future::pending().await
    }

    /// What failed, in words.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    async fn keep(&self, account: &Account) {
        loop {
            let token = account.token();
            match due(&token, self.now()) {
                Some(due_at) => self.wait_until(due_at).await,
                // Nobody knows when it expires; the next one may tell.
                None => self.wait_until(self.now() + LONGEST_WAIT).await,
            }
            if account.token() == token && token.expires_at().is_some() {
                self.renew(account, &token).await;
            }
        }
    }

    /// Tries until there is another token.
    async fn renew(&self, account: &Account, stale: &AccessToken) {
        let mut wait = FIRST_WAIT;
        let mut is_told = false;
        loop {
            let renewed = account.renew(stale, &self.plan.secrets).await;
            if account.token() != *stale {
                return;
            }
            if let Err(error) = renewed
                && !std::mem::replace(&mut is_told, true)
            {
                self.warn(format!(
                    "the access token of {} could not be renewed: {error}",
                    account.name()
                ));
            }
            self.wait_until(self.now() + wait).await;
            wait = LONGEST_WAIT.min(wait * 2);
        }
    }

    fn warn(&self, text: String) {
        if let Some(warner) = &self.plan.watch.warner {
            warner(&text);
        }
        let mut warnings = self.warnings.borrow_mut();
        if warnings.len() < WARNINGS_KEPT {
            warnings.push(text);
        }
    }

    /// Wall time since the Unix epoch.
    fn now(&self) -> Duration {
        self.epoch + self.clock.now()
    }

    async fn wait_until(&self, at: Duration) {
        self.clock.sleep_until(at.saturating_sub(self.epoch)).await;
    }
}

/// When a token that was had now is to be renewed: after four fifths of its life, earlier where that
/// leaves less than [`LEAST_AHEAD`], and in the middle of a life that is shorter than twice that.
fn due(token: &AccessToken, now: Duration) -> Option<Duration> {
    let life = token.expires_at()?.saturating_sub(now);
    let ahead = (life / 5).max(LEAST_AHEAD).min(life / 2);
    Some(now + life - ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(life: u64, expected: u64) {
        let now = Duration::from_secs(1_727_938_788);
        let token = AccessToken::new("opaque".into());
        let token = token.expiring_at(now + Duration::from_secs(life));
        assert_eq!(due(&token, now), Some(now + Duration::from_secs(expected)));
    }

    #[test]
    fn a_token_is_renewed_after_four_fifths_of_its_life() {
        check(3600, 2880);
    }

    #[test]
    fn a_short_lived_token_is_renewed_half_a_minute_ahead_where_it_lives_that_long() {
        check(100, 70);
        check(40, 20);
        check(0, 0);
    }

    #[test]
    fn a_token_of_unknown_life_is_not_renewed_ahead() {
        assert_eq!(due(&AccessToken::new("opaque".into()), Duration::ZERO), None);
    }
}
