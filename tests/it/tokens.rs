//! Access tokens that expire while a run goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deskbell::device::AccessToken;
use deskbell::protocol::TenantId;
use deskbell::run::{Account, NoToken, RunPlan, RunRecord, TokenSource, Verdict};
use deskbell::server::Config;
use tokio::time::Instant;

use crate::simulated::{FIRST_TENANT, Simulated, run_changed, token_for};

const LIFE: Duration = Duration::from_secs(1800);

/// Two devices that connect anew every ten minutes for two hours.
const RECONNECTS: &str = "name: again\nload: { devices: 2, duration: 2h }\nsetup: [init]\n\
     flow: [{ send: hello }, { think: 10m }, disconnect, resume]\n";

/// Two devices that stay connected for two hours.
const STAYS: &str = "name: stays\nload: { devices: 2, duration: 2h }\nsetup: [init]\n\
     flow: [{ send: hello }, { think: 10m }]\n";

/// Mints tokens by the server's clock, while it has any.
struct Mint {
    server: Config,
    began_at: Instant,
    asked: AtomicU64,
    /// Of which tokens, counted from 0, it fails.
    fails: fn(u64) -> bool,
}

impl Mint {
    fn new(server: &Config, fails: fn(u64) -> bool) -> Self {
        let (server, began_at) = (server.clone(), Instant::now());
        Self { server, began_at, asked: AtomicU64::new(0), fails }
    }
}

impl TokenSource for Mint {
    fn token(&self, tenant: Option<TenantId>) -> Result<AccessToken, NoToken> {
        if (self.fails)(self.asked.fetch_add(1, Ordering::Relaxed)) {
            return Err(NoToken { why: "the mint is closed".into() });
        }
        let tenant = tenant.map_or(FIRST_TENANT, |tenant| tenant.0);
        Ok(AccessToken::new(token_for(&self.server, tenant, LIFE, self.began_at.elapsed())))
    }
}

/// A run of one tenant whose first token is good for [`LIFE`], and what renews it.
fn run(text: &str, fails: Option<fn(u64) -> bool>) -> (RunRecord, u64) {
    let simulated = Simulated { scenario: Some(text), devices: None, ..Simulated::default() };
    let server = simulated.server.clone();
    let mut mint = None;
    let change = |plan: RunPlan| {
        let tenant = Some(TenantId(FIRST_TENANT));
        let first = AccessToken::new(token_for(&server, FIRST_TENANT, LIFE, Duration::ZERO));
        let account = match fails {
            None => Account::new(first, tenant),
            Some(fails) => {
                let source = Arc::new(Mint::new(&server, fails));
                mint = Some(Arc::clone(&source));
                Account::renewable(first, tenant, source)
            }
        };
        RunPlan { accounts: vec![account], ..plan }
    };
    let record = run_changed(&simulated, |far_ends| far_ends, change);
    (record, mint.map_or(0, |mint| mint.asked.load(Ordering::Relaxed)))
}

/// It comes to this verdict, for these reasons, and nothing is held against the service.
#[track_caller]
fn check(record: &RunRecord, verdict: Verdict, why: &[&str]) {
    assert_eq!(record.verdict, verdict, "{:?}", record.why);
    assert_eq!(record.why.len(), why.len().min(1), "{:?}", record.why);
    for part in why {
        assert!(record.why[0].contains(part), "{:?} does not say {part:?}", record.why);
    }
    let findings = &record.totals.findings;
    assert_eq!((findings.must, findings.should), (0, 0), "{:?}", record.findings);
}

fn warnings(record: &RunRecord) -> usize {
    record.readings.get("accounts").and_then(|told| told.as_array()).map_or(0, Vec::len)
}

#[test]
fn every_connect_shows_the_token_of_its_moment() {
    let (record, asked) = run(RECONNECTS, Some(|_| false));
    check(&record, Verdict::Passed, &[]);
    assert!(record.totals.reconnects >= 22, "{} reconnects", record.totals.reconnects);
    assert_eq!(record.errors.total(), 0, "{:?}", record.errors);
    // A token is good for half an hour, and renewed after 24 minutes of it.
    assert_eq!((asked, warnings(&record)), (5, 0));
}

#[test]
fn a_token_that_nothing_renews_ends_the_run_and_is_no_violation() {
    let (record, _) = run(RECONNECTS, None);
    let why = ["tenant 34", "2024-10-03T07:29:49Z", "nothing renews it"];
    check(&record, Verdict::Error, &why);
    assert_eq!(record.exit_code, 3);
    assert_eq!(
        record.errors.layers().map(|(layer, _)| layer.as_str()).collect::<Vec<_>>(),
        ["authorizer"]
    );
    assert!(record.totals.reconnects >= 4, "{} reconnects", record.totals.reconnects);
}

#[test]
fn a_renewal_that_fails_for_a_while_is_told_once_and_made_up_for() {
    let (record, asked) = run(RECONNECTS, Some(|nth| (1..4).contains(&nth)));
    check(&record, Verdict::Passed, &[]);
    assert_eq!((asked, warnings(&record)), (8, 1), "{:?}", record.readings);
}

#[test]
fn a_renewal_that_fails_for_good_ends_the_run_once_the_token_is_refused() {
    let (record, _) = run(RECONNECTS, Some(|nth| nth > 0));
    check(&record, Verdict::Error, &["tenant 34", "the mint is closed"]);
    assert_eq!((record.exit_code, warnings(&record)), (3, 1));
}

#[test]
fn a_run_whose_sockets_stay_open_outlives_its_tokens() {
    let (record, _) = run(STAYS, None);
    check(&record, Verdict::Passed, &[]);
}
