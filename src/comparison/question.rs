//! The question, and how its answer is put together.

use std::collections::BTreeSet;

use crate::metrics::{Distribution, Latency};

use super::alike::differences;
use super::clauses::changes;
use super::figure::is_service;
use super::method::method;
use super::rows::{Rows, rows};
use super::trend::trend;
use super::words::{limit, listed, value, worse_by};
use super::{
    COMPARISON_FORMAT, ClauseChange, ClauseShift, Comparison, CurvePair, Difference, Kind, Limits,
    Measured, MetricRow, Outcome,
};

/// What is asked of two sides of runs.
#[derive(Debug)]
pub struct Question<'a> {
    /// The runs compared against, in any order.
    pub base: Vec<Measured>,
    /// The runs judged, in any order.
    pub candidate: Vec<Measured>,
    /// How much worse figures may be.
    pub limits: &'a Limits,
    /// In what the runs may differ all the same.
    pub despite: &'a [Kind],
    /// How many of the first seconds of each run were left out.
    pub skipped: u64,
    /// Whether the figures are told run by run, too.
    pub as_history: bool,
    /// What else is to be noted, a sentence each.
    pub notes: Vec<String>,
}

impl Question<'_> {
    /// In what the runs are not alike: where any of it is not let pass, there is nothing to compare.
    pub fn differences(&self) -> Vec<Difference> {
        let runs: Vec<_> = self.base.iter().chain(&self.candidate).collect();
        differences(&runs, self.despite)
    }

    /// The answer. Where a difference of the runs was not let pass, it is none to go by.
    pub fn answer(mut self) -> Comparison {
        self.base.sort_by_key(Measured::began_at);
        self.candidate.sort_by_key(Measured::began_at);
        let (base, candidate) = (&self.base[..], &self.candidate[..]);
        let runs: Vec<_> = base.iter().chain(candidate).collect();
        let differences = self.differences();
        let Rows { rows: metrics, resampling, judged } = rows(base, candidate, self.limits);
        let (clauses, clauses_alike) = changes(base, candidate);
        let why: Vec<_> = metrics
            .iter()
            .filter_map(why_row)
            .chain(clauses.iter().filter_map(why_clause))
            .collect();
        let shown: Vec<_> = metrics.iter().filter(|row| row.limit.is_some()).collect();
        let trend = if self.as_history { trend(&runs, &shown, &resampling) } else { Vec::new() };
        let let_pass = differences.iter().filter(|one| one.let_pass);
        let let_pass = let_pass.map(|one| format!("compared all the same: {}", one.told));
        let notes = let_pass.chain(self.notes.iter().cloned()).chain(remarks(&runs, self.skipped));
        Comparison {
            format: COMPARISON_FORMAT,
            version: env!("CARGO_PKG_VERSION"),
            passed: why.is_empty(),
            exit_code: u8::from(!why.is_empty()),
            why,
            notes: notes.collect(),
            method: method(base, candidate, &resampling, judged),
            base: base.iter().map(Measured::brief).collect(),
            candidate: candidate.iter().map(Measured::brief).collect(),
            differences,
            metrics,
            clauses,
            clauses_alike,
            trend,
            curves: curves(base, candidate),
        }
    }
}

/// Why a row fails the gate; `None` where it does not.
fn why_row(row: &MetricRow) -> Option<String> {
    let name = &row.name;
    match row.outcome? {
        Outcome::Worse => {
            let (base, candidate) = (row.base.as_ref()?, row.candidate.as_ref()?);
            let values = [candidate, base].map(|side| value(side.value, row.unit));
            Some(format!(
                "{name} is worse: {} instead of {}, {}, and {} may be",
                values[0],
                values[1],
                worse_by(row, row.change.as_ref()?),
                limit(row.limit?, row.unit)
            ))
        }
        Outcome::Missing => {
            Some(format!("{name} is missing: {}", row.note.as_deref().unwrap_or_default()))
        }
        Outcome::Inconclusive | Outcome::NoDifference | Outcome::Better => None,
    }
}

/// Why a clause fails the gate; `None` where it does not.
fn why_clause(change: &ClauseChange) -> Option<String> {
    let (id, title) = (change.id, &change.title);
    let is = match change.shift {
        _ if !change.is_regression() => return None,
        ClauseShift::NewlyViolated => "newly violated",
        _ => "no longer exercised",
    };
    Some(format!("{id} is {is}: {title}"))
}

/// What else to know of the runs.
fn remarks(runs: &[&Measured], skipped: u64) -> Vec<String> {
    let differing = |of: &dyn Fn(&Measured) -> String| {
        let all: BTreeSet<_> = runs.iter().map(|run| of(run)).collect();
        (all.len() > 1).then(|| listed(&all.into_iter().collect::<Vec<_>>()))
    };
    let left_out = (skipped > 0).then(|| match skipped {
        1 => "the first second of each run is left out of latencies and rates".to_owned(),
        _ => format!("the first {skipped} seconds of each run are left out of latencies and rates"),
    });
    let versions = differing(&|run| run.record.version.clone())
        .map(|told| format!("the runs were made by different versions of deskbell: {told}"));
    let machines = differing(&|run| {
        let machine = &run.record.machine;
        format!("{} {} with {} cores", machine.os, machine.arch, machine.cores)
    });
    let machines =
        machines.map(|told| format!("the load came from machines that are not the same: {told}"));
    [left_out, versions, machines].into_iter().flatten().collect()
}

/// What is drawn of each latency that either side has, service times left out.
fn curves(base: &[Measured], candidate: &[Measured]) -> Vec<CurvePair> {
    let runs = base.iter().chain(candidate);
    let metrics: BTreeSet<_> = runs.flat_map(|run| run.blocks.latencies.keys()).collect();
    let curve = |side: &[Measured], metric: &str| {
        let mut whole = Latency::new();
        let each = side.iter().filter_map(|run| run.blocks.latencies.get(metric));
        each.for_each(|one| whole.add(&one.blocks.whole()));
        Distribution::of(&whole).curve
    };
    let course = |side: &[Measured], metric: &str| {
        let newest = side.last().and_then(|run| run.blocks.latencies.get(metric));
        newest.map(|one| one.course.clone()).unwrap_or_default()
    };
    let pair = |metric: &String| CurvePair {
        metric: metric.clone(),
        base: curve(base, metric),
        candidate: curve(candidate, metric),
        base_course: course(base, metric),
        candidate_course: course(candidate, metric),
    };
    metrics.into_iter().filter(|metric| !is_service(metric)).map(pair).collect()
}
