//! What is to be said of tokens before the first connection: that they have expired, that they will
//! during the run, or that everybody can see them.

use std::time::Duration;

use jiff::Timestamp;

use crate::run::{Account, RunPlan};

/// How many accounts are named in one sentence.
const NAMED: usize = 10;

/// The variable that a token is given by, out of everybody's sight.
const VARIABLE: &str = "DESKBELL_TOKEN";

/// What is wrong where a token has expired at `now` (since the Unix epoch), and nothing renews it.
pub(super) fn expired(accounts: &[Account], now: Duration) -> Option<String> {
    let expired = |account: &&Account| {
        account.token().expires_at().is_some_and(|expires_at| expires_at <= now)
    };
    let (renewable, fixed): (Vec<_>, Vec<_>) =
        accounts.iter().filter(expired).partition(|account| account.is_renewable());
    match (&fixed[..], &renewable[..]) {
        ([], []) => None,
        ([], some) => Some(format!(
            "--token-command: it printed access tokens that have expired already: {}",
            named(some)
        )),
        (some, _) => Some(format!("the access token has expired: {}", named(some))),
    }
}

/// A warning where tokens expire before a run that begins `now` is over, and nothing renews them.
pub(super) fn expiring(plan: &RunPlan, now: Duration) -> Option<String> {
    let ends_at = now + plan.length();
    let expires = |account: &&Account| {
        let expires_at = account.token().expires_at();
        !account.is_renewable() && expires_at.is_some_and(|expires_at| expires_at <= ends_at)
    };
    let some: Vec<_> = plan.accounts.iter().filter(expires).collect();
    let names = named(&some);
    let told = format!(
        "access tokens expire within the run, and nothing renews them (--token-command does): {names}"
    );
    (!some.is_empty()).then_some(told)
}

/// A warning where the token was given on the command line.
pub(super) fn shown_to_all(token: Option<&str>) -> Option<String> {
    let is_shown =
        token.is_some_and(|token| std::env::var(VARIABLE).ok().as_deref() != Some(token));
    is_shown.then(|| {
        format!("everybody on this machine can see --token by `ps`: give it by {VARIABLE} instead")
    })
}

fn named(accounts: &[&Account]) -> String {
    let name = |account: &&Account| {
        let expires_at = account.token().expires_at().and_then(|at| {
            let since_epoch = jiff::SignedDuration::try_from(at).ok()?;
            Timestamp::UNIX_EPOCH.checked_add(since_epoch).ok()
        });
        let at = expires_at.map(|at| format!(" at {at:.0}"));
        format!("{}{}", account.name(), at.unwrap_or_default())
    };
    let mut names: Vec<_> = accounts.iter().take(NAMED).map(name).collect();
    if accounts.len() > NAMED {
        names.push(format!("{} more", accounts.len() - NAMED));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::device::{AccessToken, Target};
    use crate::protocol::TenantId;
    use crate::run::{LoadOverride, NoToken, TokenSource, plan_scenarios};
    use crate::scenario::{self, LoadChange, Until};

    struct Dry;

    impl TokenSource for Dry {
        fn token(&self, _: Option<TenantId>) -> Result<AccessToken, NoToken> {
            Err(NoToken { why: "dry".into() })
        }
    }

    /// An account whose token expires so many seconds after the Unix epoch.
    fn account(tenant: u64, expires_at: Option<u64>, is_renewable: bool) -> Account {
        let token = AccessToken::new("opaque".into());
        let token = match expires_at {
            Some(at) => token.expiring_at(Duration::from_secs(at)),
            None => token,
        };
        match is_renewable {
            true => Account::renewable(token, Some(TenantId(tenant)), Arc::new(Dry)),
            false => Account::new(token, Some(TenantId(tenant))),
        }
    }

    #[track_caller]
    fn check_expired(accounts: &[Account], expected: Option<&str>) {
        assert_eq!(expired(accounts, Duration::from_secs(10)).as_deref(), expected);
    }

    #[test]
    fn a_token_that_has_expired_is_named_by_its_tenant() {
        check_expired(&[account(34, Some(11), false), account(35, None, false)], None);
        check_expired(
            &[account(34, Some(10), false), account(35, Some(11), false)],
            Some("the access token has expired: tenant 34 at 1970-01-01T00:00:10Z"),
        );
        check_expired(
            &[account(34, Some(9), true)],
            Some(
                "--token-command: it printed access tokens that have expired already: tenant 34 \
                 at 1970-01-01T00:00:09Z",
            ),
        );
    }

    #[track_caller]
    fn check_expiring(accounts: Vec<Account>, until: Until, expected: Option<&str>) {
        let chat = scenario::load(&["builtin:chat".to_owned()], &crate::cli::files::context());
        let change = LoadChange { until: Some(until), ..LoadChange::default() };
        let asked = LoadOverride { change, ..LoadOverride::default() };
        let scenarios = plan_scenarios(chat.unwrap(), &asked).unwrap();
        let target = Target::parse("ws://127.0.0.1:1/uat").unwrap();
        let plan = RunPlan { accounts, scenarios, ..RunPlan::against(target) };
        let told = expiring(&plan, Duration::from_secs(10));
        let names = told.as_deref().and_then(|told| told.split("): ").nth(1));
        assert_eq!(names, expected);
    }

    #[test]
    fn a_token_that_expires_within_the_run_is_named_unless_it_is_renewed() {
        let hour = Until::Elapsed(Duration::from_secs(3600));
        let accounts = || {
            vec![
                account(34, Some(3610), false),
                account(35, Some(60), true),
                account(36, None, false),
            ]
        };
        check_expiring(accounts(), hour, Some("tenant 34 at 1970-01-01T01:00:10Z"));
        check_expiring(vec![account(34, Some(3700), false)], hour, None);
        check_expiring(vec![account(34, Some(3610), false)], Until::Iterations(1), None);
    }
}
