//! What one worker counts of one scenario between two intervals.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use serde_json::{Value, json};

use crate::conformance::{Claim, ClauseId, Delivery, Finding, Outcome, Reading, Sink, Waivers};
use crate::metrics::Metric;
use crate::protocol::{Clean, Json, cut};
use crate::scenario::{Scenario, StepNo};

use super::blame::Blame;
use super::clean;
use super::conversation::{Conversation, Room};
use super::event::{Interval, RunEvent, Unmet};
use super::plan::RunPlan;
use super::ring::Ring;

/// Findings, unmet steps and troubles that a worker tells in full of each scenario, each by itself;
/// beyond, it counts.
const TOLD: u32 = 1000;

/// Waived findings that a worker tells in full of each scenario.
const WAIVED_TOLD: u32 = 100;

/// How much of a shape is told: keys of an object, and bytes of a key.
const SHAPE: (usize, usize) = (32, 64);

/// Messages of a gateway that are not known: how many are told, and how much of each, in bytes.
pub(super) const MESSAGES: usize = 8;
const MESSAGE: usize = 200;

/// The name of the reading that they make.
pub(super) const GATEWAY_SAYS: &str = "gateway_says";

/// The readings of a worker that have been told, so that each is told once.
#[derive(Debug, Default)]
pub(super) struct KnownReadings {
    drift: RefCell<HashSet<(&'static str, String)>>,
    event_keys: RefCell<Vec<&'static str>>,
    unjudged: RefCell<Vec<&'static str>>,
    acknowledged: Cell<bool>,
    gateway: RefCell<Vec<Box<str>>>,
}

/// How much has been told, of each kind.
#[derive(Debug, Default)]
struct Told {
    findings: Cell<u32>,
    waived: Cell<u32>,
    conversations: Room,
    unmet: Cell<u32>,
    troubles: Cell<u32>,
}

/// Counts and tells what happens in one scenario on one worker.
pub(super) struct Tally {
    scenario: usize,
    played: Arc<Scenario>,
    waivers: Waivers,
    interval: RefCell<Interval>,
    events: Sender<RunEvent>,
    clean: Clean,
    told: Told,
    readings: KnownReadings,
}

impl Tally {
    /// The name of the scenario that is played.
    pub(super) fn scenario_name(&self) -> &str {
        &self.played.name
    }

    pub(super) fn new(plan: &RunPlan, scenario: usize, events: Sender<RunEvent>) -> Self {
        Self {
            scenario,
            played: Arc::clone(&plan.scenarios[scenario].scenario),
            waivers: plan.gate.waivers.clone(),
            interval: RefCell::default(),
            events,
            clean: plan.clean(),
            told: Told::default(),
            readings: KnownReadings::default(),
        }
    }

    /// Changes the running interval.
    pub(super) fn with(&self, change: impl FnOnce(&mut Interval)) {
        change(&mut self.interval.borrow_mut());
    }

    /// Counts an error of this instant.
    pub(super) fn blame(&self, blame: Blame, at: Duration) {
        self.with(|interval| interval.blame(blame, at));
    }

    /// The gateway said in an error frame what is not known of it.
    pub(super) fn gateway_said(&self, message: &str) {
        let message = cut(message, MESSAGE);
        let mut known = self.readings.gateway.borrow_mut();
        if known.len() < MESSAGES && !known.iter().any(|one| **one == *message) {
            known.push(message.into());
            self.tell(RunEvent::Reading { name: GATEWAY_SAYS, value: json!(message) });
        }
    }

    /// Hands the running interval over as part of a second of the run, and begins the next.
    pub(super) fn flush(&self, second: u64) {
        let interval = Box::new(self.interval.take());
        self.tell(RunEvent::Interval { scenario: self.scenario, second, interval });
    }

    pub(super) fn passed(&self, step: StepNo) {
        self.with(|interval| interval.step(step).passed += 1);
    }

    pub(super) fn skipped(&self, step: StepNo) {
        self.with(|interval| interval.step(step).skipped += 1);
    }

    /// A step's expectation was not met, after a conversation.
    pub(super) fn failed(
        &self,
        step: StepNo,
        unmet: Unmet,
        conversation: impl FnOnce() -> Conversation,
    ) {
        self.with(|interval| interval.step(step).failed += 1);
        if may_tell(&self.told.unmet, TOLD) {
            let (scenario, unmet) = (self.scenario, Box::new(unmet));
            let has_room = self.told.conversations.take(false);
            let conversation = has_room.then(|| Box::new(conversation()));
            self.tell(RunEvent::Unmet { scenario, step, unmet, conversation });
        }
    }

    /// So many planned starts were not made.
    pub(super) fn dropped(&self, starts: u64) {
        if starts > 0 {
            self.with(|interval| interval.recorder.totals_mut().dropped += starts);
        }
    }

    /// Something could not run.
    pub(super) fn trouble(&self, text: &str) {
        if may_tell(&self.told.troubles, TOLD) {
            self.tell(RunEvent::Trouble { scenario: self.scenario, text: text.to_owned() });
        }
    }

    fn tell(&self, event: RunEvent) {
        // The receiver outlives all workers; should it be gone, so is the run.
        let _ = self.events.send(clean::event(&self.clean, event));
    }

    /// What takes out of a text that quotes others what must not be told.
    pub(super) fn clean(&self) -> &Clean {
        &self.clean
    }

    fn found(&self, finding: Finding, ring: &RefCell<Ring>) {
        let mut interval = self.interval.borrow_mut();
        let waiver = interval.found(&finding, &self.played.name, &self.waivers);
        if let Some(blame) = Blame::of_clause(finding.clause) {
            interval.blame(blame, finding.at);
        }
        drop(interval);
        let may_tell = match waiver {
            None => may_tell(&self.told.findings, TOLD),
            Some(_) => may_tell(&self.told.waived, WAIVED_TOLD),
        };
        if may_tell {
            let Finding { at, device, session, .. } = &finding;
            let seen = |device| ring.borrow().conversation(*at, device, session.as_ref());
            let has_room = self.told.conversations.take(waiver.is_some());
            let conversation = device.filter(|_| has_room).map(|device| Box::new(seen(device)));
            let (scenario, finding) = (self.scenario, Box::new(finding));
            self.tell(RunEvent::Found { scenario, finding, waiver, conversation });
        }
    }

    fn read(&self, reading: Reading) {
        let (name, value) = match reading {
            Reading::EventKey(key) => {
                let mut known = self.readings.event_keys.borrow_mut();
                if known.contains(&key) {
                    return;
                }
                known.push(key);
                ("event_key", json!(key))
            }
            Reading::Acknowledgment(shape) => {
                if self.readings.acknowledged.replace(true) {
                    return;
                }
                ("acknowledgment", shape_of(&shape))
            }
            Reading::Unjudged(what) => {
                let mut known = self.readings.unjudged.borrow_mut();
                if known.contains(&what) {
                    return;
                }
                known.push(what);
                ("not_judged", json!(what))
            }
            Reading::Drift { schema, pointer } => {
                let mut known = self.readings.drift.borrow_mut();
                if known.len() >= TOLD as usize || !known.insert((schema, pointer.clone())) {
                    return;
                }
                ("drift", json!(format!("{schema} {pointer}")))
            }
        };
        self.tell(RunEvent::Reading { name, value });
    }
}

/// The monitor's way into a tally, with what was seen last.
pub(super) struct TallySink<'a>(pub(super) &'a Tally, pub(super) &'a RefCell<Ring>);

impl Sink for TallySink<'_> {
    fn checked(&mut self, clause: ClauseId) {
        self.0.with(|interval| interval.clauses.check(clause));
    }

    fn found(&mut self, finding: Finding) {
        self.0.found(finding, self.1);
    }

    fn delivered(&mut self, delivery: Delivery) {
        self.0.with(|interval| {
            let metric = if delivery.is_own { Metric::SendToSelf } else { Metric::SendToPeer };
            let Delivery { latency, service, is_first, .. } = delivery;
            interval.recorder.planned_latency(metric, latency, service);
            if is_first {
                interval.recorder.planned_latency(Metric::SendToEvent, latency, service);
            }
        });
    }

    fn settled(&mut self, outcome: Outcome) {
        self.0.with(|interval| {
            let totals = interval.recorder.totals_mut();
            match outcome {
                Outcome::Delivered => {
                    totals.deliveries_expected += 1;
                    totals.deliveries += 1;
                }
                Outcome::Lost => {
                    totals.deliveries_expected += 1;
                    totals.lost += 1;
                }
                Outcome::Duplicate => totals.duplicates += 1,
            }
        });
    }

    fn claimed(&mut self, claim: Claim) {
        self.0.with(|interval| interval.claims.push(claim));
    }

    fn reading(&mut self, reading: Reading) {
        self.0.read(reading);
    }
}

fn may_tell(told: &Cell<u32>, most: u32) -> bool {
    let before = told.get();
    told.set(before.saturating_add(1));
    before < most
}

/// The shape of a value, its texts and numbers left out.
fn shape_of(value: &Json) -> Value {
    match value {
        Json::Object(object) => {
            let (keys, length) = SHAPE;
            let entry =
                |(key, inner): (&str, &Json)| (cut(key, length).to_owned(), shape_of(inner));
            object.iter().take(keys).map(entry).collect()
        }
        Json::Array(_) => json!("array"),
        Json::String(_) => json!("string"),
        Json::Number(_) => json!("number"),
        Json::Bool(_) => json!("boolean"),
        Json::Null => Value::Null,
    }
}
