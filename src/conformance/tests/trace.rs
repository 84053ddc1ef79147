//! A small language for traces: what happened on which connection, then what is expected.
//!
//! ```text
//! ## a sentence that names the case
//! % ack echo history alone            what is judged beside the usual, where anything is
//! 0.010 0/0 open account=1 tenant=34 token=none device=none    seconds, device/connection, what happened;
//!                                     a connection that is not opened belongs to account 0
//! 0.010 0/0 refused 403 again         the upgrade was refused, though the token was let in before;
//!                                     also: refused handshake, timeout, network
//! 0.020 0/0 > send A hello            a request that the document allows; `>!` one that it does not
//! 0.020 0/0 >raw any text             a frame as it is, be it a request or not
//! 0.030 0/0 < @send A 133 hello       a frame of testdata/frames.json, for session A
//! 0.040 0/0 < @send A 134 x with /body/chatMessage/id = 134 without /status
//! 0.040 0/0 < @page A 2/50 51,52c,53cs    a page of messages; `c` the concierge's, `s` seen
//! 0.050 0/0 < any other text          as it stands; `<bom` puts a byte order mark before it,
//!                                     `<wide 200000` blanks behind it
//! 0.030 0/0 > send A hello | {"contentType": "IMAGE"}    with other keys in its body
//! 0.030 0/0 > messages A 2 50         a page, and its limit
//! 0.050 0/0 upload {"put": 403}       an upload by the book, but for this
//! 0.060 0/0 binary 16                 also: expire (its oldest request), close, closed CODE, broken HOW
//! 0.050 0/0 pause 2                   nothing is read for so many seconds; `readup`: all has been since
//! 6.000 - wait                        time passes
//! = ENV-5 0.040 0 /body/chatMessage/id    a finding: clause, instant, device, pointer
//! = delivered 1                       also: lost, doubled; told where not zero
//! = checked EVENT-1 1                 how often a clause was judged; told where asked for
//! = latency peer 0.010 first          all deliveries in order; told where any is asked for
//! ```
//! All that is still open at the end is judged there.

mod player;
mod written;

use std::collections::HashMap;
use std::time::Duration;

use crate::conformance::{Claim, ClauseId, Delivery, Finding, Limits, Outcome, Reading, Sink};
use crate::protocol::Dialect;

pub(super) use player::Player;

/// The limits of every case that says nothing else.
pub(super) fn limits() -> Limits {
    Limits {
        response_timeout: Duration::from_secs(30),
        delivery_timeout: Duration::from_secs(5),
        ack_timeout: Duration::from_secs(5),
        clock_tolerance: Duration::from_secs(30),
        idle_timeout: Duration::from_secs(600),
        lifetime: Duration::from_secs(7200),
        close_codes: vec![1001, 1006],
        judges_ack: false,
        judges_own_echo: false,
        dialect: Dialect::Documented,
        epoch: Duration::from_millis(EPOCH),
    }
}

/// Wall time at a trace's zero, in milliseconds since the Unix epoch.
const EPOCH: u64 = 1_727_938_788_101;

/// A trace with what is expected of it.
pub(super) struct Case {
    pub(super) name: String,
    /// Its first line, where that says what is judged: `% ack echo history alone`.
    asked: String,
    lines: Vec<String>,
    pub(super) expected: Vec<String>,
}

/// Splits a file into its cases.
pub(super) fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("## ") {
            let (lines, expected) = (Vec::new(), Vec::new());
            let asked = String::new();
            cases.push(Case { name: name.to_owned(), asked, lines, expected });
        } else if !line.starts_with('#') {
            let case = cases.last_mut().expect("a case begins with its name");
            match (line.strip_prefix("= "), line.strip_prefix("% ")) {
                (Some(expected), _) => case.expected.push(expected.to_owned()),
                (None, Some(asked)) => asked.clone_into(&mut case.asked),
                (None, None) => case.lines.push(line.to_owned()),
            }
        }
    }
    cases
}

impl Case {
    /// The names of the templates in its frames, each with the position of its line.
    pub(super) fn templates(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines.iter().enumerate().filter_map(|(nth, line)| {
            let (_, rest) = line.split_once(" < @")?;
            Some((nth, rest.split(' ').next().unwrap()))
        })
    }

    /// The same with more to one of its lines.
    pub(super) fn with(&self, nth: usize, more: &str) -> Self {
        let mut lines = self.lines.clone();
        lines[nth] += more;
        let (name, asked) = (self.name.clone(), self.asked.clone());
        Self { name, asked, lines, expected: Vec::new() }
    }

    /// Plays the trace to a new monitor.
    pub(super) fn play(&self) -> Found {
        let mut player = Player::asked(&self.asked);
        for line in &self.lines {
            player.line(line);
        }
        player.monitor.finish(Duration::MAX, &mut player.found);
        player.found
    }
}

/// What a monitor put into its sink.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    checked: HashMap<ClauseId, u64>,
    outcomes: Vec<Outcome>,
    deliveries: Vec<Delivery>,
    pub(super) readings: Vec<Reading>,
    pub(super) claims: Vec<Claim>,
}

impl Found {
    /// How often a clause was checked and violated.
    pub(super) fn verdicts(&self, clause: ClauseId) -> (u64, u64) {
        let violated = self.findings.iter().filter(|found| found.clause == clause).count() as u64;
        (self.checked.get(&clause).copied().unwrap_or_default(), violated)
    }

    /// How many deliveries had an outcome.
    pub(super) fn settled(&self, outcome: Outcome) -> usize {
        self.outcomes.iter().filter(|one| **one == outcome).count()
    }

    /// All findings and outcomes as a trace writes them, and of the rest what is asked for.
    pub(super) fn lines(&self, asked: &[String]) -> Vec<String> {
        let mut lines: Vec<_> = self.findings.iter().map(finding_line).collect();
        for (name, outcome) in [
            ("delivered", Outcome::Delivered),
            ("lost", Outcome::Lost),
            ("doubled", Outcome::Duplicate),
        ] {
            let count = self.settled(outcome);
            if count > 0 {
                lines.push(format!("{name} {count}"));
            }
        }
        for line in asked.iter().filter_map(|line| line.strip_prefix("checked ")) {
            let clause = line.split(' ').next().unwrap();
            let of = |(id, _): &(&ClauseId, _)| id.as_str() == clause;
            let count = self.checked.iter().find(of).map_or(0, |(_, count)| *count);
            lines.push(format!("checked {clause} {count}"));
        }
        if asked.iter().any(|line| line.starts_with("latency ")) {
            lines.extend(self.deliveries.iter().map(latency_line));
        }
        lines
    }
}

fn finding_line(found: &Finding) -> String {
    let (at, device) = (found.at.as_secs_f64(), found.device.expect("a monitor watches devices"));
    let line = format!("{} {at:.3} {device} {}", found.clause, found.pointer);
    line.trim_end().to_owned()
}

fn latency_line(delivery: &Delivery) -> String {
    let whose = if delivery.is_own { "self" } else { "peer" };
    let first = if delivery.is_first { " first" } else { "" };
    format!("latency {whose} {:.3}{first}", delivery.latency.as_secs_f64())
}

impl Sink for Found {
    fn checked(&mut self, clause: ClauseId) {
        *self.checked.entry(clause).or_default() += 1;
    }

    fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn delivered(&mut self, delivery: Delivery) {
        self.deliveries.push(delivery);
    }

    fn settled(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    fn claimed(&mut self, claim: Claim) {
        self.claims.push(claim);
    }

    fn reading(&mut self, reading: Reading) {
        self.readings.push(reading);
    }
}
