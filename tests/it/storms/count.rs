//! Counts what devices tell of their connections, each request and each connection by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use deskbell::protocol::{ConnectionNo, DeviceNo, Happening, Observation, RequestNo};
use deskbell::run::Tracer;

/// A connection of a device of a scenario.
type Whose = (DeviceNo, ConnectionNo);

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) opened: u64,
    pub(super) closed: u64,
    pub(super) not_opened: u64,
    pub(super) requests: u64,
    pub(super) answered: u64,
    pub(super) expired: u64,
    pub(super) cut_off: u64,
    pub(super) messages: u64,
    /// The most requests that waited at once.
    pub(super) most_waiting: usize,
    open: BTreeSet<Whose>,
    waiting: BTreeSet<(Whose, RequestNo)>,
    latest: BTreeMap<Whose, Duration>,
    breaches: Vec<String>,
}

/// Breaches that are told in words.
const TOLD: usize = 10;

impl Count {
    fn take(&mut self, seen: &Observation<'_>) {
        let whose = (seen.device, seen.connection);
        let latest = self.latest.insert(whose, seen.at).unwrap_or_default();
        self.hold(latest <= seen.at, seen, "goes back in time");
        match &seen.what {
            Happening::Opened { .. } => {
                self.opened += 1;
                let is_new = self.open.insert(whose);
                self.hold(is_new, seen, "is open already");
            }
            Happening::Closed(_) => {
                self.closed += 1;
                let was_open = self.open.remove(&whose);
                self.hold(was_open, seen, "is not open");
                let is_waited = self.waiting.iter().any(|(other, _)| *other == whose);
                self.hold(!is_waited, seen, "is waited on");
                self.latest.remove(&whose);
            }
            Happening::NotOpened { .. } => {
                self.not_opened += 1;
                self.latest.remove(&whose);
            }
            Happening::Sent(sent) => {
                self.requests += 1;
                let is_new = self.waiting.insert((whose, sent.no));
                self.most_waiting = self.most_waiting.max(self.waiting.len());
                self.hold(
                    is_new && self.open.contains(&whose),
                    seen,
                    "sends twice, or while closed",
                );
            }
            Happening::Received { answers, .. } => {
                self.messages += 1;
                if let Some(sent) = answers {
                    self.answered += 1;
                    self.settle(whose, sent.no, seen);
                }
            }
            Happening::Expired(sent) => {
                self.expired += 1;
                self.settle(whose, sent.no, seen);
            }
            Happening::CutOff(sent) => {
                self.cut_off += 1;
                self.settle(whose, sent.no, seen);
            }
            Happening::Uploaded(_)
            | Happening::Pong { .. }
            | Happening::Paused { .. }
            | Happening::ReadUp => {}
        }
    }

    fn settle(&mut self, whose: Whose, no: RequestNo, seen: &Observation<'_>) {
        let was_waiting = self.waiting.remove(&(whose, no));
        self.hold(was_waiting, seen, "had its verdict");
    }

    fn hold(&mut self, holds: bool, seen: &Observation<'_>, what: &str) {
        if !holds && self.breaches.len() < TOLD {
            let Observation { device, connection, at, .. } = seen;
            let what = format!("{device} {connection:?} at {at:?} {what}: {:?}", seen.what);
            self.breaches.push(what);
        }
    }

    /// What must not be, at the end of a run; nothing where all is as it should.
    pub(super) fn breaches(&self) -> Vec<String> {
        let mut all = self.breaches.clone();
        if !self.open.is_empty() {
            all.push(format!("connections without an end: {:?}", self.open));
        }
        if !self.waiting.is_empty() {
            all.push(format!("requests without a verdict: {:?}", self.waiting));
        }
        all
    }
}

/// Counts while a run goes on.
#[derive(Default)]
pub(super) struct Counter(Mutex<Count>);

impl Counter {
    /// What was counted so far.
    pub(super) fn take(&self) -> Count {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tracer for Counter {
    fn trace(&self, _: &str, seen: &Observation<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(seen);
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { opened, closed, not_opened, requests, answered, expired, cut_off, .. } = self;
        write!(
            f,
            "{opened} opened, {closed} closed, {not_opened} not opened; {requests} requests, "
        )?;
        write!(f, "{answered} answered, {expired} expired, {cut_off} cut off")
    }
}
