//! The one stream of what happens in a run. Everything shown or written is folded from it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conformance::{Claim, Finding, Level, Waivers};
use crate::metrics::{Recorder, Throttling};
use crate::protocol::{AccountNo, DeviceNo, TenantId};
use crate::scenario::StepNo;

use super::blame::Blame;
use super::closes::Closes;
use super::conversation::Conversation;
use super::counts::{ClauseCounts, Places, StepCounts};
use super::early::EndedEarly;
use super::skew::Skew;
use super::strain::Strain;

/// Something that a worker tells of a run.
#[derive(Debug)]
pub enum RunEvent {
    /// What was counted and measured of a scenario since the last interval.
    Interval {
        /// Which scenario, as an index into the plan.
        scenario: usize,
        /// Which second of the run it belongs to, from 0.
        second: u64,
        /// The figures.
        interval: Box<Interval>,
    },
    /// A worker has handed over all that it has of a second, and of those before.
    Passed {
        /// Which worker.
        worker: usize,
        /// Which second of the run, from 0.
        second: u64,
    },
    /// A worker is done: it hands over nothing more.
    Done {
        /// Which worker.
        worker: usize,
    },
    /// A clause was violated.
    Found {
        /// Which scenario.
        scenario: usize,
        /// How.
        finding: Box<Finding>,
        /// The waiver that covers it, as an index into the plan's.
        waiver: Option<usize>,
        /// What was seen until then, of the first ones.
        conversation: Option<Box<Conversation>>,
    },
    /// A step's expectation was not met.
    Unmet {
        /// Which scenario.
        scenario: usize,
        /// Which step.
        step: StepNo,
        /// How.
        unmet: Box<Unmet>,
        /// What was seen until then, of the first ones.
        conversation: Option<Box<Conversation>>,
    },
    /// Something could not run.
    Trouble {
        /// Which scenario.
        scenario: usize,
        /// What, in words.
        text: String,
    },
    /// How the endpoint reads a silence of the document.
    Reading {
        /// Of what.
        name: &'static str,
        /// How; readings of one name are gathered.
        value: Value,
    },
    /// How far this machine's clock is ahead of the server's, as a worker has seen it.
    ClockSkew(Skew),
    /// The run was stopped before its end.
    Stopped(StopReason),
}

/// Why a run was stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StopReason {
    /// A person asked for it.
    Interrupted,
    /// Nothing could connect; why, in words.
    Unreachable(String),
    /// An access token of ours has expired, and there is no other; why, in words.
    Accounts(String),
    /// What the run leaves cannot be written any more; which file, and why.
    Unwritable(String),
    /// A bound held at which the run is to end; what for, in words.
    Aborted(String),
}

/// A step's expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Unmet {
    /// In which shard of a merged run; `None` as long as nothing is merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<u32>,
    /// On which device.
    pub device: DeviceNo,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// What came instead.
    pub actual: String,
}

/// What was counted and measured since the last interval. What is not kept of it is judged while the
/// run goes on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Interval {
    /// Latencies, counts, errors.
    pub recorder: Recorder,
    /// Verdicts by clause.
    pub clauses: ClauseCounts,
    /// What has to agree with all other flow instances.
    #[serde(skip)]
    pub claims: Vec<Claim>,
    /// Tenants that accounts told of themselves, where the user told none.
    #[serde(skip)]
    pub tenants: Vec<(AccountNo, TenantId)>,
    /// How often each waiver of the plan covered a finding.
    pub waived: Vec<u64>,
    /// Where anything came from.
    pub places: Places,
    /// Sessions in which a concierge showed up.
    pub concierges: u64,
    /// Outcomes by step.
    pub steps: Vec<StepCounts>,
    /// Connections opened less connections ended.
    #[serde(skip)]
    pub connected: i64,
    /// Flow instances that are done.
    #[serde(skip)]
    pub finished: u64,
    /// Those of them that ended early.
    pub early: EndedEarly,
    /// Devices that could not connect.
    pub unconnected: u64,
    /// What was tried that should succeed.
    #[serde(skip)]
    pub tries: Tries,
    /// Sends that waited for the run's bound on sends.
    pub held_back: u64,
    /// Sessions that could not be ended.
    pub left_open: u64,
    /// Messages that were unsent.
    pub unsent: u64,
    /// Files that were uploaded.
    pub uploads: u64,
    /// How hard each worker worked, by its number from 0, while none of its flow instances was on its
    /// way in or out.
    #[serde(skip)]
    pub strains: BTreeMap<usize, Strain>,
    /// The most messages that lay ready at once on a connection, unread.
    #[serde(skip)]
    pub backlog: u32,
    /// What the gateway throttled.
    pub throttling: Option<Throttling>,
    /// Connections that the endpoint closed when it may.
    pub closes: Closes,
}

/// Requests that should succeed, and connects with a valid token; each counts once it is settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// How many there were.
    pub made: u64,
    /// How many of them failed.
    pub failed: u64,
}

impl Tries {
    /// Counts some of one outcome.
    pub fn count(&mut self, made: u64, is_failed: bool) {
        self.made += made;
        self.failed += if is_failed { made } else { 0 };
    }
}

impl Interval {
    /// The counts of a step.
    pub fn step(&mut self, step: StepNo) -> &mut StepCounts {
        if self.steps.len() <= step.0 {
            self.steps.resize(step.0 + 1, StepCounts::default());
        }
        &mut self.steps[step.0]
    }

    /// Counts a finding of a scenario under its clause, and under its level or as waived; the first
    /// waiver that covers it, as an index.
    pub fn found(&mut self, finding: &Finding, scenario: &str, by: &Waivers) -> Option<usize> {
        self.clauses.violate(finding.clause);
        let mut first = None;
        for waiver in by.covering(finding, scenario) {
            if self.waived.len() <= waiver {
                self.waived.resize(waiver + 1, 0);
            }
            self.waived[waiver] += 1;
            first = first.or(Some(waiver));
        }
        let findings = &mut self.recorder.totals_mut().findings;
        match finding.clause.level() {
            _ if first.is_some() => findings.waived += 1,
            Level::Must => findings.must += 1,
            Level::Should => findings.should += 1,
            Level::Info => findings.info += 1,
        }
        if first.is_some() {
            self.clauses.waive(finding.clause);
        }
        first
    }

    /// Adds a later interval.
    pub fn add(&mut self, later: Self) {
        self.recorder.merge(&later.recorder);
        self.clauses.add(&later.clauses);
        self.claims.extend(later.claims);
        self.tenants.extend(later.tenants);
        if self.waived.len() < later.waived.len() {
            self.waived.resize(later.waived.len(), 0);
        }
        for (mine, theirs) in self.waived.iter_mut().zip(later.waived) {
            *mine += theirs;
        }
        self.places.add(later.places);
        self.concierges += later.concierges;
        for (no, counts) in later.steps.into_iter().enumerate() {
            self.step(StepNo(no)).add(counts);
        }
        self.connected += later.connected;
        self.finished += later.finished;
        self.early.add(later.early);
        self.unconnected += later.unconnected;
        self.tries.made += later.tries.made;
        self.tries.failed += later.tries.failed;
        self.held_back += later.held_back;
        self.left_open += later.left_open;
        self.unsent += later.unsent;
        self.uploads += later.uploads;
        for (worker, strain) in later.strains {
            self.strains.entry(worker).or_default().add(strain);
        }
        self.backlog = self.backlog.max(later.backlog);
        Throttling::add(&mut self.throttling, later.throttling);
        self.closes.add(later.closes);
    }

    /// Counts an error of this instant.
    pub(super) fn blame(&mut self, blame: Blame, at: Duration) {
        self.recorder.error(blame.layer, blame.kind);
        Throttling::add(&mut self.throttling, blame.throttling(at));
    }
}
