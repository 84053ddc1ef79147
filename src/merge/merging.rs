//! The shards of a run while they are added up, one after the other.

use std::collections::BTreeMap;
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::conformance::{Between, Level, Unjudged};
use crate::metrics::{Latency, LatencySummary};
use crate::run::{
    FoundViolation, Machine, Premises, RunRecord, Second, Shard, ShardRecord, StopReason, Sums,
    Verdict, conclude,
};

use super::between::{self, Found};
use super::flaw::Flaw;
use super::generator::combined;
use super::kept::Kept;
use super::numbers;
use super::offset::Offset;
use super::seconds::Seconds;

/// What stands among `in_force` of a shard, and holds for no other.
const IN_FORCE: &str = "shard";

/// What a command line says of it.
const SHARD: &str = "--shard";

/// What the shards so far came to.
#[derive(Debug)]
pub struct Merging {
    /// When the first of all shards began.
    began: Timestamp,
    /// When the last of those so far ended.
    ended: Timestamp,
    /// The first that was added, without what is added up.
    first: Option<RunRecord>,
    sums: Option<Sums>,
    shards: Vec<ShardRecord>,
    seconds: Seconds,
    kept: Kept,
    /// What is wrong with shards that are added all the same.
    flaws: Vec<Flaw>,
    /// Shards that failed by themselves, with their reasons.
    failed: Vec<String>,
    /// Shards on machines that are not as the first one's.
    other_machines: Vec<u32>,
    /// By how much each shard began later.
    offsets: BTreeMap<u32, Offset>,
    unjudged: Unjudged,
}

impl Merging {
    /// Nothing yet, of a run whose first shard began at this instant.
    pub fn new(began: Timestamp) -> Self {
        Self {
            began,
            ended: began,
            first: None,
            sums: None,
            shards: Vec::new(),
            seconds: Seconds::default(),
            kept: Kept::default(),
            flaws: Vec::new(),
            failed: Vec::new(),
            other_machines: Vec::new(),
            offsets: BTreeMap::new(),
            unjudged: Unjudged::default(),
        }
    }

    /// Adds a shard, with its sums, and gives back by how much it began later than the first. Shards are
    /// added in their order.
    ///
    /// # Errors
    /// A shard that cannot be added to the others: nothing of it was added.
    pub fn add(&mut self, folder: &str, mut record: RunRecord) -> Result<Offset, Flaw> {
        let (shard, unreadable) = (record.shard, |why: &str| Flaw::Unreadable {
            folder: folder.to_owned(),
            shard: Some(record.shard),
            why: why.to_owned(),
        });
        let sums = record.sums.take().ok_or_else(|| unreadable("its sums were not read"))?;
        let instant = |text: &str| text.parse::<Timestamp>().ok();
        let instants = instant(&record.started_at).zip(instant(&record.ended_at));
        let (began, ended) =
            instants.ok_or_else(|| unreadable("its start or its end is no instant"))?;
        let offset = Offset::between(self.began, began);
        self.add_sums(folder, shard, Arc::unwrap_or_clone(sums), offset)?;
        self.note(folder, &record);
        self.ended = self.ended.max(ended);
        self.seconds.add(&record.timeline, &record.errors_by_second, offset.seconds());
        let told = (take(&mut record.findings), take(&mut record.conversations));
        self.kept.add(shard.index, offset.time(), told);
        self.shards.push(ShardRecord {
            index: shard.index,
            count: shard.count,
            run_id: record.run_id.clone(),
            started_at: record.started_at.clone(),
            ended_at: record.ended_at.clone(),
            verdict: record.verdict,
            totals: record.totals,
            errors: record.errors.clone(),
            generator: record.generator.clone(),
        });
        self.offsets.insert(shard.index, offset);
        record.timeline = Vec::new();
        self.first.get_or_insert(record);
        Ok(offset)
    }

    fn add_sums(
        &mut self,
        folder: &str,
        shard: Shard,
        mut sums: Sums,
        offset: Offset,
    ) -> Result<(), Flaw> {
        let throttled = sums.scenarios.iter_mut().filter_map(|told| told.sum.throttling.as_mut());
        for throttling in throttled {
            throttling.first_at_us = throttling.first_at_us.saturating_add(offset.micros());
            throttling.last_at_us = throttling.last_at_us.saturating_add(offset.micros());
        }
        // Of a shard that was not done otherwise, it is told by itself.
        sums.stopped = match sums.stopped {
            Some(StopReason::Aborted(why)) => {
                Some(StopReason::Aborted(format!("shard {}: {why}", shard.index)))
            }
            _ => None,
        };
        match &mut self.sums {
            Some(known) if known.terms != sums.terms => {
                let differences = vec!["it is judged by other terms".to_owned()];
                return Err(Flaw::Foreign { folder: folder.to_owned(), differences });
            }
            Some(known) => known.add(sums.of_shard(shard.index)),
            None => self.sums = Some(sums.of_shard(shard.index)),
        }
        Ok(())
    }

    /// Notes how a shard ended, and where it ran.
    fn note(&mut self, folder: &str, record: &RunRecord) {
        let (shard, folder) = (record.shard, folder.to_owned());
        if !record.generator.valid {
            let (folder, why) = (folder.clone(), record.generator.why.clone());
            self.flaws.push(Flaw::Invalid { shard, folder, why });
        }
        match record.verdict {
            verdict @ (Verdict::Interrupted | Verdict::Error) => {
                let why = record.why.clone();
                self.flaws.push(Flaw::Unfinished { shard, folder, verdict, why });
            }
            Verdict::Failed => {
                let why = record.why.join("; ");
                self.failed.push(format!("shard {} failed: {why}", shard.index));
            }
            Verdict::Passed | Verdict::Invalid => {}
        }
        let first = self.first.as_ref().map(|first| &first.machine);
        if first.is_some_and(|first: &Machine| *first != record.machine) {
            self.other_machines.push(shard.index);
        }
    }

    /// When the first of all shards began.
    pub fn began(&self) -> Timestamp {
        self.began
    }

    /// From when the first began to when the last ended.
    pub fn elapsed(&self) -> Duration {
        self.ended.duration_since(self.began).try_into().unwrap_or_default()
    }

    /// Adds what takes several shards to see.
    pub fn judge(&mut self, between: Between) {
        let Some(sums) = &mut self.sums else { return };
        self.unjudged = Unjudged { shared: between.shared, untold: between.untold };
        let later = |shard: u32| self.offsets.get(&shard).copied().unwrap_or_default().time();
        let Found { told, untold } = between::count(between, sums, later);
        for found in told.iter().filter(|found| is_counted(found)) {
            self.seconds.violated(found.finding.at, 1);
        }
        self.seconds.violated(Duration::MAX, untold);
        self.kept.add_between(told);
    }

    /// How many devices were connected at the end of each second.
    pub fn devices(&self) -> Vec<u64> {
        self.seconds.rows.iter().map(|row| row.devices).collect()
    }

    /// Takes what was measured in a second over all shards.
    pub fn measure(&mut self, second: &Second) {
        self.seconds.measure(second);
    }

    /// The record of the whole run; `None` where nothing was added. What is wrong with its shards makes it
    /// invalid, whatever else is told of it.
    pub fn finish(mut self, run_id: String, mut flaws: Vec<Flaw>) -> Option<RunRecord> {
        let (first, mut sums) = (self.first.take()?, self.sums.take()?);
        flaws.append(&mut self.flaws);
        let failed = take(&mut self.failed);
        sums.run_id.clone_from(&run_id);
        let version = first.version.clone();
        let premises = self.premises(first, run_id, lateness(&sums));
        let mut record = RunRecord { version, ..conclude(Arc::new(sums), premises) };
        if record.verdict == Verdict::Passed {
            failed.into_iter().for_each(|why| record.fail(why));
        }
        if !flaws.is_empty() {
            let doubts = &record.generator.why;
            record.why.retain(|why| !doubts.contains(why));
            record.why.splice(0..0, flaws.iter().map(Flaw::to_string));
            (record.verdict, record.exit_code) = (Verdict::Invalid, 4);
        }
        Some(record)
    }

    fn premises(
        mut self,
        first: RunRecord,
        run_id: String,
        lateness: Option<LatencySummary>,
    ) -> Premises {
        let (mut generator, elapsed) = (combined(&self.shards, lateness), self.elapsed());
        if !self.other_machines.is_empty() {
            let others = numbers::shards(&self.other_machines);
            generator
                .notes
                .push(format!("the machine shown is the first shard's: {others} had others"));
        }
        let (findings, conversations) = self.kept.into_parts();
        let errors_by_second = self.seconds.take_errors();
        let in_force = first.in_force.into_iter();
        Premises {
            run_id,
            plan: first.plan,
            started_at: self.began.to_string(),
            ended_at: self.ended.to_string(),
            elapsed,
            target: first.target,
            in_force: in_force.filter(|one| one.key != IN_FORCE).collect(),
            repeat_with: first
                .repeat_with
                .into_iter()
                .filter(|arg| !arg.starts_with(SHARD))
                .collect(),
            seed: first.seed,
            shard: Shard::WHOLE,
            shards: self.shards,
            start_at: first.start_at,
            generator,
            machine: first.machine,
            unjudged: self.unjudged,
            findings,
            conversations,
            timeline: self.seconds.rows,
            errors_by_second,
        }
    }
}

/// Whether a finding counts among the violations of its second.
fn is_counted(found: &FoundViolation) -> bool {
    found.waived.is_none() && found.finding.clause.level() != Level::Info
}

/// How late the generators of all shards were.
fn lateness(sums: &Sums) -> Option<LatencySummary> {
    let each = sums.scenarios.iter().filter_map(|told| told.sum.recorder.lateness());
    let sum = each.fold(Latency::new(), |mut sum, one| {
        sum.add(one);
        sum
    });
    sum.summary()
}
