//! What holds of every run, whatever its network does.

use std::collections::BTreeMap;

use deskbell::metrics::{ErrorKind, Layer, Totals};
use deskbell::run::{RunRecord, TimelineRow, Verdict};

use super::count::Count;
use super::playing::Played;

/// Everything that does not hold, a sentence each.
pub(super) fn breaches(played: &Played) -> Vec<String> {
    let Played { record, count, .. } = played;
    let mut held = Held(count.breaches());
    requests(record, count, &mut held);
    timeline(record, &mut held);
    scenarios(record, &mut held);
    clauses(record, &mut held);
    latencies(record, &mut held);
    verdict(record, &mut held);
    held.0
}

/// Collects what does not hold.
struct Held(Vec<String>);

impl Held {
    #[expect(clippy::needless_pass_by_value, reason = "values read better where it is called")]
    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, is: T, should: T) {
        if is != should {
            self.0.push(format!("{what}: {is:?}, and not {should:?}"));
        }
    }

    fn that(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(what());
        }
    }
}

fn errors(record: &RunRecord, layer: Layer, kind: ErrorKind) -> u64 {
    let of_layer = record.errors.layers().find(|(other, _)| *other == layer);
    of_layer.and_then(|(_, kinds)| kinds.get(&kind).copied()).unwrap_or_default()
}

/// Each request has one verdict, and each connection one end.
fn requests(record: &RunRecord, count: &Count, held: &mut Held) {
    let totals = &record.totals;
    let unasked = errors(record, Layer::Application, ErrorKind::UNASKED_ANSWER);
    let answered = totals.responses - unasked;
    let expired = errors(record, Layer::Integration, ErrorKind::RESPONSE_TIMEOUT);
    let cut_off =
        Layer::ALL.map(|layer| errors(record, layer, ErrorKind::CUT_OFF)).iter().sum::<u64>();
    let given_up: u64 = record.scenarios.iter().map(|one| one.early.requests).sum();
    let sum = answered + expired + cut_off + given_up;
    held.equal("answered, expired, cut off and given up", sum, totals.requests);
    held.equal("verdicts", count.answered + count.expired + count.cut_off, count.requests);
    held.equal("connections ended", count.closed, count.opened);
    held.that(totals.requests <= count.requests, || "more requests than were sent".into());
    held.that(answered <= count.answered, || "more answers than came".into());
    held.that(totals.connections <= count.opened, || "more connections than were opened".into());
    held.that(totals.reconnects <= totals.connections, || "more reconnects than connects".into());
    held.that(totals.sends_acked <= totals.sends, || "more acknowledged than sent".into());
    let settled = totals.deliveries + totals.lost;
    held.equal("delivered and lost", settled, totals.deliveries_expected);
}

/// The seconds of a run add up to it, and there is a row of each.
fn timeline(record: &RunRecord, held: &mut Held) {
    let (rows, totals) = (&record.timeline, &record.totals);
    held.that(rows.iter().zip(0..).all(|(row, nth)| row.second == nth), || "seconds".into());
    let sum = |of: fn(&TimelineRow) -> u64| rows.iter().map(of).sum::<u64>();
    held.equal("connects by second", sum(|row| row.connects), totals.connections);
    held.equal("sends by second", sum(|row| row.sends), totals.sends);
    held.equal("responses by second", sum(|row| row.responses), totals.responses);
    held.equal("events by second", sum(|row| row.events), totals.events);
    held.equal("errors by second", sum(|row| row.errors), record.errors.total());
    let found = totals.findings.must + totals.findings.should;
    held.equal("violations by second", sum(|row| row.violations), found);
    let is_bounded = |row: &TimelineRow| row.devices <= totals.devices;
    held.that(rows.iter().all(is_bounded), || "more devices connected than there are".into());
    held.equal("devices at the end", rows.last().map_or(0, |row| row.devices), 0);
    for layer in Layer::ALL {
        let by_second = record.errors_by_second.get(&layer);
        let sum = by_second.into_iter().flatten().map(|(_, count)| count).sum::<u64>();
        let of_layer = record.errors.layers().find(|(other, _)| *other == layer);
        let errors = of_layer.map_or(0, |(_, kinds)| kinds.values().sum());
        held.equal(&format!("{layer:?} errors by second"), sum, errors);
    }
}

/// Scenarios add up to the run.
fn scenarios(record: &RunRecord, held: &mut Held) {
    let mut sum = Totals::default();
    record.scenarios.iter().for_each(|scenario| sum.add(&scenario.totals));
    held.equal("totals of scenarios", sum, record.totals);
    let mut counts = BTreeMap::<&str, u64>::new();
    for scenario in &record.scenarios {
        for (metric, summary) in &scenario.latency {
            *counts.entry(metric).or_default() += summary.count;
        }
    }
    let of_run = record.latency.iter().map(|(metric, summary)| (metric.as_str(), summary.count));
    held.equal("samples of scenarios", counts, of_run.collect());
}

/// Every finding is counted once, under its clause and under its level.
fn clauses(record: &RunRecord, held: &mut Held) {
    for clause in &record.clauses {
        let (id, checked, violated) = (clause.id, clause.checked, clause.violated);
        held.that(violated <= checked, || format!("{id}: {violated} of {checked} violated"));
    }
    let found = record.totals.findings;
    let counted = found.must + found.should + found.info + found.waived;
    let violated: u64 = record.clauses.iter().map(|clause| clause.violated).sum();
    held.equal("violations of clauses", violated, counted);
    let told = record.findings.len() as u64 + record.findings_beyond;
    held.equal("findings told", told, counted);
    held.that(record.findings.len() <= 1000, || "findings are kept without bound".into());
    held.that(record.conversations.len() <= 100, || "conversations without bound".into());
}

/// What was answered was measured, and percentiles rise.
fn latencies(record: &RunRecord, held: &mut Held) {
    let is_rtt = |metric: &str| metric.starts_with("rtt.") && !metric.ends_with(".service");
    let rtt = record.latency.iter().filter(|(metric, _)| is_rtt(metric));
    let measured: u64 = rtt.map(|(_, summary)| summary.count).sum();
    let unasked = errors(record, Layer::Application, ErrorKind::UNASKED_ANSWER);
    held.equal("answers measured", measured, record.totals.responses - unasked);
    let of = |metric: &str| record.latency.get(metric).map_or(0, |summary| summary.count);
    held.equal("acknowledgments measured", of("send_to_ack"), record.totals.sends_acked);
    held.equal("connects measured", of("connect"), record.totals.connections);
    for (metric, one) in &record.latency {
        let rising = [one.min_us, one.p50_us, one.p90_us, one.p95_us, one.p99_us, one.p999_us];
        held.that(rising.is_sorted() && one.p999_us <= one.max_us, || format!("{metric}: {one:?}"));
        held.that(one.count > 0, || format!("{metric} without samples"));
        let spread = record.distributions.get(metric);
        held.that(spread.is_some(), || format!("{metric} without a distribution"));
    }
}

/// The verdict follows from what is told.
fn verdict(record: &RunRecord, held: &mut Held) {
    let exit = match record.verdict {
        Verdict::Passed => 0,
        Verdict::Failed => 1,
        Verdict::Error => 3,
        Verdict::Invalid => 4,
        Verdict::Interrupted => 130,
    };
    held.equal("exit code", record.exit_code, exit);
    let is_clean = record.totals.findings.must == 0 && record.failed_steps() == 0;
    let may_pass = is_clean && record.why.is_empty();
    held.that(record.verdict != Verdict::Passed || may_pass, || format!("{:?}", record.why));
    held.that(record.verdict == Verdict::Passed || !record.why.is_empty(), || "no reason".into());
    for (_, threshold) in record.every_threshold() {
        held.that(threshold.value.is_some() || !threshold.ok, || format!("{threshold:?}"));
    }
}
