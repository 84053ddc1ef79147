//! A durable server that is killed again and again under load: nothing that it acknowledged is lost,
//! and where it acknowledges what it has not written, that is found.

use std::fmt::Write;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use regex::Regex;
use rusqlite::{Connection, Row};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Desk, Serving};

/// How often a server is killed at least.
const KILLS: u32 = 50;

/// Tenants, one for each flow instance, from this one on.
const TENANTS: u32 = 12;
const FIRST: u32 = 100;

/// What has to be judged again and again: nothing acknowledged is lost, doubled or changed.
const JUDGED: [&str; 6] = ["LIST-3", "LIST-7", "RESUME-3", "RESUME-6", "RESUME-7", "SEEN-1"];

/// A server that is killed and started again, on its file and its port. The file holds what tenants say,
/// and so lies apart from what deskbell leaves.
struct Mortal<'a> {
    desk: &'a Desk,
    file: PathBuf,
    _folder: TempDir,
    defects: &'a [&'a str],
    serving: Option<Serving>,
    target: String,
    random: StdRng,
    kills: u32,
}

impl<'a> Mortal<'a> {
    fn start(desk: &'a Desk, defects: &'a [&'a str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chat.db");
        let random = StdRng::seed_from_u64(7);
        let target = String::new();
        let mut server =
            Self { desk, file, _folder: folder, defects, serving: None, target, random, kills: 0 };
        server.live("127.0.0.1:0");
        server
    }

    fn live(&mut self, address: &str) {
        let database = ["--db", self.file.to_str().unwrap()];
        let options = [&database, self.defects].concat();
        let serving = Serving::start_at(self.desk, address, &options);
        self.target = serving.target.clone();
        self.serving = Some(serving);
    }

    /// What it tells a tenant of unread messages.
    fn count_unread(&self, tenant: u32) -> i64 {
        let token = token(self.desk, tenant);
        let call = ["call", "unread", "--target", &self.target, "--token", &token];
        let told = self.desk.run(&call).out;
        let count = Regex::new(r#""unreadMsgCount": "(\d+)""#).unwrap();
        count.captures(&told).unwrap_or_else(|| panic!("{told}"))[1].parse().unwrap()
    }

    /// Lives on for a random time, is killed, and started again.
    fn die(&mut self) {
        thread::sleep(Duration::from_millis(self.random.random_range(50..700)));
        let Some(serving) = self.serving.take() else { return };
        let address = serving.address();
        serving.kill();
        self.kills += 1;
        self.live(&address);
    }
}

/// Talks to a server until the load is over, and kills it all the while; how that ended, and its record.
fn talk(desk: &Desk, server: &mut Mortal<'_>, out: &str) -> (Option<i32>, Value) {
    let scenario = format!("{}/tests/it/kills/talk.yaml", env!("CARGO_MANIFEST_DIR"));
    let trace = format!("{out}.trace");
    let to = ["--target", &server.target, "--accounts", "accounts.csv", "--out", out];
    let told = ["--progress", "plain", "--trace", &trace, "--trace-devices", "100"];
    let mut going = desk.start(&[&["run", &scenario], &to[..], &told].concat());
    going.hear("sends/s");
    while !going.has_ended() {
        server.die();
    }
    let ended = going.end();
    let record = serde_json::from_str(&desk.read(&format!("{out}/run.json")));
    let record = record.unwrap_or_else(|_| panic!("{}{}", ended.err, ended.out));
    (ended.code, record)
}

fn accounts(desk: &Desk) {
    let mut accounts = "token,tenant\n".to_owned();
    for tenant in 0..TENANTS {
        writeln!(accounts, "{},{}", token(desk, tenant), FIRST + tenant).unwrap();
    }
    desk.write("accounts.csv", accounts);
}

fn token(desk: &Desk, tenant: u32) -> String {
    let tenant = (FIRST + tenant).to_string();
    desk.run(&["token", "--tenant", &tenant]).out.trim().to_owned()
}

fn clause<'a>(record: &'a Value, id: &str) -> &'a Value {
    let clauses = record["clauses"].as_array().unwrap();
    clauses.iter().find(|clause| clause["id"] == id).unwrap()
}

fn steps(record: &Value) -> impl Iterator<Item = &Value> {
    record["scenarios"][0]["steps"].as_array().unwrap().iter()
}

/// A message, as it was acknowledged.
struct Acknowledged {
    id: i64,
    content: String,
    seen_at: Option<String>,
}

/// What a server acknowledged on this route, as a trace saw it.
fn acknowledged(trace: &str, route: &str) -> Vec<Acknowledged> {
    let lines = trace.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let answers = lines.filter(|line| line["channel"] == route && line["status"] == 200);
    let frames = answers.map(|line| serde_json::from_str(line["text"].as_str().unwrap()).unwrap());
    let messages = frames.map(|frame: Value| frame["body"]["chatMessage"].clone());
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let one = |message: Value| Acknowledged {
        id: text(&message["id"]).unwrap().parse().unwrap(),
        content: text(&message["messageContent"]).unwrap(),
        seen_at: text(&message["seenAt"]),
    };
    messages.map(one).collect()
}

/// Holds what a file keeps against what was acknowledged; how many messages that were.
fn check_kept(kept: &Connection, trace: &str) -> usize {
    let mut message = kept.prepare("SELECT content, seen_at FROM message WHERE id = ?").unwrap();
    let mut kept = |id| {
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        message.query_row([id], row).unwrap_or_else(|error| panic!("message {id}: {error}"))
    };
    let sent = acknowledged(trace, "client/send-message");
    for one in &sent {
        let (content, _): (String, Option<i64>) = kept(one.id);
        assert_eq!(content, one.content);
    }
    let seen = acknowledged(trace, "client/update-message-seen-at");
    assert!(!seen.is_empty(), "nothing was marked as seen");
    for one in seen {
        let (_, seen_at): (String, Option<i64>) = kept(one.id);
        assert_eq!(seen_at.map(|at| at.to_string()), one.seen_at, "message {}", one.id);
    }
    sent.len()
}

/// How many messages of the concierge a tenant has not seen.
fn unseen(kept: &Connection, tenant: u32) -> i64 {
    let query = "SELECT count(*) FROM message JOIN session ON session.id = message.session \
                 WHERE tenant = ? AND NOT is_of_tenant AND seen_at IS NULL";
    kept.query_row(query, [FIRST + tenant], |row| row.get(0)).unwrap()
}

#[test]
fn nothing_acknowledged_is_lost_by_fifty_kills() {
    let desk = Desk::new();
    accounts(&desk);
    let mut server = Mortal::start(&desk, &[]);
    let mut turns = 0;
    while server.kills < KILLS {
        turns += 1;
        let out = format!("run-{turns}");
        let (code, record) = talk(&desk, &mut server, &out);
        let clauses = record["clauses"].as_array().unwrap().iter();
        let violated = clauses.filter(|clause| clause["violated"] != 0).map(|clause| &clause["id"]);
        let violations = desk.read(&format!("{out}/violations.jsonl"));
        // That its connections end under it is a fault that a kill does have.
        assert_eq!(violated.collect::<Vec<_>>(), ["CONNECT-6"], "{violations}");
        let failed = steps(&record).filter(|step| step["failed"] != 0).count();
        assert_eq!(failed, 0, "{}", record["scenarios"][0]["steps"]);
        // A machine that is too busy makes it invalid, and nothing else.
        assert!(matches!(code, Some(0 | 4)), "{}", record["why"]);
        assert!(record["totals"]["reconnects"].as_u64() > Some(u64::from(TENANTS)), "{record}");
        for id in JUDGED {
            assert!(clause(&record, id)["checked"].as_u64() > Some(0), "{id} was not judged");
        }
    }
    // The file is locked while a server has it.
    let counts: Vec<_> = (0..TENANTS).map(|tenant| server.count_unread(tenant)).collect();
    drop(server.serving.take());
    let kept = Connection::open(&server.file).unwrap();
    for (tenant, count) in (0..TENANTS).zip(counts) {
        assert_eq!(unseen(&kept, tenant), count, "tenant {tenant}");
    }
    let traces = (1..=turns).map(|turn| desk.read(&format!("run-{turn}.trace")));
    let checked: usize = traces.map(|trace| check_kept(&kept, &trace)).sum();
    assert!(checked > 1000, "{checked}");
}

#[test]
fn a_server_that_acknowledges_before_it_writes_is_found_out() {
    let desk = Desk::new();
    accounts(&desk);
    let mut server = Mortal::start(&desk, &["--defect", "acknowledged-before-written"]);
    let (code, record) = talk(&desk, &mut server, "run");
    assert_eq!(code, Some(1), "{}", record["why"]);
    let of_loss =
        ["RESUME-6", "LIST-3"].map(|id| clause(&record, id)["violated"].as_u64().unwrap());
    assert!(of_loss.iter().sum::<u64>() > 0, "{}", desk.read("run/violations.jsonl"));
}
