//! Access tokens that expire while a run goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deskbell::device::AccessToken;
use deskbell::protocol::TenantId;
use deskbell::run::{Account, NoToken, RunPlan, RunRecord, TokenSource, Verdict};
use deskbell::server::Config;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::simulated::{FIRST_TENANT, Simulated, run_changed, token_for};

const LIFE: Duration = Duration::from_secs(1800);

/// Two devices that connect anew every ten minutes for two hours.
const RECONNECTS: &str = "name: again\nload: { devices: 2, duration: 2h }\nsettings: { grace: 10m }\n\
     setup: [init]\nflow: [{ send: hello }, { think: 599s }, disconnect, resume]\n";

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
    assert!(record.totals.reconnects >= 20, "{} reconnects", record.totals.reconnects);
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

/// A service of one route. From when its tokens are over, it refuses them as told.
#[derive(Clone, Copy)]
enum Habit {
    /// It lets in the token of this time alone, which says nothing of when it expires.
    Opaque,
    /// As that, but it knows only the first one ever.
    OpaqueOnce,
    /// It answers with 401 on a connection whose token is over.
    Answers,
    /// It closes a connection whose token is over.
    Closes,
}

/// Serves streams until there are no more.
fn served(
    habit: Habit,
    mut far_ends: mpsc::Receiver<DuplexStream>,
) -> mpsc::Receiver<DuplexStream> {
    let began_at = Instant::now();
    tokio::spawn(async move {
        while let Some(stream) = far_ends.recv().await {
            tokio::spawn(serve_one(habit, began_at, stream));
        }
    });
    // The reference server gets none.
    mpsc::channel(1).1
}

#[expect(clippy::result_large_err, reason = "the library's callback refuses with a whole response")]
async fn serve_one(habit: Habit, began_at: Instant, stream: DuplexStream) {
    let now = || began_at.elapsed().as_secs() / LIFE.as_secs();
    let wanted = format!("Auth=opaque-{}&", now());
    let check = |request: &Request, response: Response| {
        let query = request.uri().query().unwrap_or_default();
        let is_refused = match habit {
            Habit::Opaque => !query.contains(&wanted),
            Habit::OpaqueOnce => now() > 0,
            Habit::Answers | Habit::Closes => false,
        };
        let refusal = || hyper::Response::builder().status(401).body(None).unwrap();
        if is_refused { Err(refusal()) } else { Ok(response) }
    };
    let Ok(mut socket) = accept_hdr_async(stream, check).await else { return };
    let ack = r#"{"channel":"connection","status":200,"body":{}}"#;
    let mut sent = socket.send(Message::text(ack)).await;
    while let (Ok(()), Some(Ok(message))) = (&sent, socket.next().await) {
        let channel = "client/get-unread-msg-count";
        let answer = match habit {
            _ if !message.is_text() => continue,
            Habit::Answers if now() > 0 => {
                json!({ "channel": channel, "status": 401, "body": { "message": "expired" } })
            }
            Habit::Closes if now() > 0 => {
                let code = CloseFrame { code: 4401.into(), reason: "".into() };
                sent = socket.close(Some(code)).await;
                continue;
            }
            _ => json!({ "channel": channel, "status": 200, "body": { "unreadMsgCount": "0" } }),
        };
        sent = socket.send(Message::text(answer.to_string())).await;
    }
}

/// Gives opaque tokens, a new one each time that one is over; or only the first.
struct Opaque {
    began_at: Instant,
    is_only_one: bool,
}

impl TokenSource for Opaque {
    fn token(&self, _: Option<TenantId>) -> Result<AccessToken, NoToken> {
        let now = self.began_at.elapsed().as_secs() / LIFE.as_secs();
        let nth = if self.is_only_one { 0 } else { now };
        Ok(AccessToken::new(format!("opaque-{nth}")))
    }
}

/// A run of two hours against such a service, that connects anew every ten minutes or stays.
fn run_against(habit: Habit) -> RunRecord {
    let stays = "name: stays\nload: { devices: 1, duration: 2h }\n\
                 flow: [unread, { think: 599s }]\n";
    let again = "name: again\nload: { devices: 1, duration: 2h }\nsettings: { grace: 10m }\n\
                 flow: [unread, { think: 599s }, disconnect, connect]\n";
    let is_opaque = matches!(habit, Habit::Opaque | Habit::OpaqueOnce);
    let text = if is_opaque { again } else { stays };
    let simulated = Simulated { scenario: Some(text), devices: None, ..Simulated::default() };
    let server = simulated.server.clone();
    let change = |plan: RunPlan| {
        let tenant = Some(TenantId(FIRST_TENANT));
        let account = if is_opaque {
            let is_only_one = matches!(habit, Habit::OpaqueOnce);
            let source = Arc::new(Opaque { began_at: Instant::now(), is_only_one });
            Account::renewable(AccessToken::new("opaque-0".into()), tenant, source)
        } else {
            let token = token_for(&server, FIRST_TENANT, LIFE, Duration::ZERO);
            Account::new(AccessToken::new(token), tenant)
        };
        RunPlan { accounts: vec![account], ..plan }
    };
    run_changed(&simulated, |far_ends| served(habit, far_ends), change)
}

fn authorizers(record: &RunRecord) -> Vec<(String, u64)> {
    let layers = record.errors.layers().filter(|(layer, _)| layer.as_str() == "authorizer");
    layers.flat_map(|(_, kinds)| kinds.iter().map(|(kind, n)| (kind.to_string(), *n))).collect()
}

#[test]
fn an_opaque_token_that_is_refused_is_had_anew() {
    let record = run_against(Habit::Opaque);
    check(&record, Verdict::Passed, &[]);
    assert_eq!(authorizers(&record), [("handshake_401".to_owned(), 4)]);
}

#[test]
fn an_opaque_token_that_is_still_good_and_refused_is_a_violation() {
    let record = run_against(Habit::OpaqueOnce);
    assert_eq!(record.verdict, Verdict::Failed, "{:?}", record.why);
    assert!(record.why[0].starts_with("CONNECT-1 violated"), "{:?}", record.why);
}

#[test]
fn a_service_that_turns_away_open_connections_whose_token_is_over_ends_the_run() {
    for habit in [Habit::Answers, Habit::Closes] {
        let record = run_against(habit);
        check(&record, Verdict::Error, &["tenant 34", "nothing renews it"]);
        assert_eq!(record.exit_code, 3);
        assert_eq!(authorizers(&record), [("token_expired".to_owned(), 1)]);
    }
}
