//! Intervals of runs that are simulated from a seed: log-normal latencies, seconds that hang together, and
//! runs that differ.

use std::time::Duration;

use rand::RngExt as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use statrs::distribution::{ContinuousCDF as _, Normal};

use crate::metrics::Latency;

use super::*;

/// How much worse a figure may be.
const LIMIT: f64 = 0.1;

/// A thing that runs are made of.
#[derive(Clone, Copy)]
struct Thing {
    median_us: f64,
    /// Standard deviation of the logarithm of a latency.
    spread: f64,
    seconds: u64,
    samples: usize,
    /// A second in which all wait for a second, in the last run.
    stalls_at: Option<u64>,
}

const THING: Thing =
    Thing { median_us: 5_000.0, spread: 0.3, seconds: 60, samples: 100, stalls_at: None };

impl Thing {
    fn slower(self, factor: f64) -> Self {
        Self { median_us: self.median_us * factor, ..self }
    }

    fn runs(self, n: u64, seed: u64) -> Vec<Blocks> {
        let runs = (1..=n).map(|no| {
            let stalls_at = self.stalls_at.filter(|_| no == n);
            Self { stalls_at, ..self }.run(seed * 100 + no)
        });
        runs.collect()
    }

    /// Runs differ by half a percent, seconds by two.
    fn run(self, seed: u64) -> Blocks {
        let mut random = StdRng::seed_from_u64(seed);
        let standard = Normal::standard();
        let mut normal = || standard.inverse_cdf(random.random());
        let median_us = self.median_us * (normal() * 0.005).exp();
        let mut blocks = Blocks::of_seconds(5);
        let mut drift = 0.0;
        for second in 0..self.seconds {
            drift = drift * 0.7 + normal() * 0.014;
            let stall_us = if self.stalls_at == Some(second) { 1e6 } else { 0.0 };
            let mut latency = Latency::new();
            for _ in 0..self.samples {
                let us = median_us * (drift + normal() * self.spread).exp() + stall_us;
                latency.record(Duration::from_micros(us as u64));
            }
            blocks.add(second, &latency);
        }
        blocks
    }
}

fn change_of(base: &[Blocks], candidate: &[Blocks], statistic: Statistic) -> Option<Spread> {
    let [base, candidate] = [base, candidate].map(|runs| Sample::Latency(runs, statistic));
    Resampling { figures: 12, ..Resampling::default() }.change(&base, &candidate, Scale::Relative)
}

fn outcome(change: Option<Spread>) -> &'static str {
    let better = 1.0 / (1.0 + LIMIT) - 1.0;
    match change {
        None => "untold",
        Some(change) if change.low > LIMIT => "worse",
        Some(change) if change.high < better => "better",
        Some(change) if change.low >= better && change.high <= LIMIT => "no difference",
        Some(_) => "inconclusive",
    }
}

/// What a thing is called against another one with so many runs of each, and the other way round.
#[track_caller]
fn check(
    (base, base_runs): (Thing, u64),
    (candidate, candidate_runs): (Thing, u64),
    statistic: Statistic,
    expected: &str,
) {
    let (base, candidate) = (base.runs(base_runs, 1), candidate.runs(candidate_runs, 2));
    let change = change_of(&base, &candidate, statistic);
    assert_eq!(outcome(change), expected, "{change:?}");
    let mirrored = change_of(&candidate, &base, statistic);
    let is_one = |product: f64| (product - 1.0).abs() < 1e-9;
    if let (Some(change), Some(mirrored)) = (change, mirrored) {
        assert!(is_one((1.0 + change.estimate) * (1.0 + mirrored.estimate)));
        assert!(is_one((1.0 + change.low) * (1.0 + mirrored.high)), "{change:?} {mirrored:?}");
        assert!(is_one((1.0 + change.high) * (1.0 + mirrored.low)), "{change:?} {mirrored:?}");
    }
    assert_eq!(mirrored.is_some(), change.is_some());
    assert_eq!(change_of(&base, &candidate, statistic), change, "equal inputs, equal intervals");
}

#[test]
fn the_same_thing_is_no_different() {
    for statistic in [Statistic::P50, Statistic::P95, Statistic::P99, Statistic::Mean] {
        check((THING, 3), (THING, 3), statistic, "no difference");
    }
    check((THING, 1), (THING, 1), Statistic::P99, "no difference");
}

#[test]
fn a_thing_is_worse_where_it_is_surely_slower_than_it_may_be() {
    for (factor, expected) in [
        (1.05, "no difference"),
        (1.1, "inconclusive"),
        (1.2, "worse"),
        (1.0 / 1.2, "better"),
        (1.0 / 1.1, "inconclusive"),
    ] {
        check((THING, 3), (THING.slower(factor), 3), Statistic::P50, expected);
        check((THING, 1), (THING.slower(factor), 1), Statistic::P50, expected);
    }
    check((THING, 3), (THING.slower(1.2), 3), Statistic::P99, "worse");
    check((THING, 1), (THING.slower(1.3), 4), Statistic::P99, "worse");
}

#[test]
fn a_heavier_tail_is_seen_where_the_median_is_the_same() {
    let heavy = Thing { spread: 0.45, ..THING };
    check((THING, 3), (heavy, 3), Statistic::P50, "no difference");
    check((THING, 3), (heavy, 3), Statistic::P99, "worse");
}

#[test]
fn few_samples_are_less_sure_and_too_few_tell_nothing() {
    let (sparse, sparser) = (Thing { samples: 17, ..THING }, Thing { samples: 16, ..THING });
    check((THING, 1), (sparse.slower(1.2), 1), Statistic::P99, "inconclusive");
    check((THING, 1), (sparser.slower(2.0), 1), Statistic::P99, "untold");
    check((THING, 3), (sparser.slower(2.0), 3), Statistic::P99, "worse");
    check((THING, 3), (sparser.slower(2.0), 3), Statistic::P999, "untold");
}

#[test]
fn a_stall_of_a_second_in_one_run_may_be_chance() {
    let stalled = Thing { stalls_at: Some(31), ..THING };
    for runs in [1, 3, 4] {
        check((THING, runs), (stalled, runs), Statistic::P99, "inconclusive");
        check((THING, runs), (stalled, runs), Statistic::P50, "no difference");
    }
}

#[test]
fn one_run_is_as_uncertain_as_those_of_the_other_side() {
    let (one, four) = (THING.runs(1, 1), THING.runs(4, 2));
    let change = change_of(&one, &four, Statistic::P50).unwrap();
    let seconds_only = change_of(&one, &four[..1], Statistic::P50).unwrap();
    assert_eq!((change.covers_runs, seconds_only.covers_runs), (true, false));
    let more = change_of(&THING.runs(4, 1), &four, Statistic::P50).unwrap();
    assert!(more.high - more.low < change.high - change.low, "{more:?} {change:?}");
}

#[test]
fn without_samples_or_a_second_block_nothing_is_told() {
    let short = Thing { seconds: 5, samples: 1_000, ..THING };
    check((THING, 1), (THING, 0), Statistic::P50, "untold");
    check((THING, 0), (THING, 0), Statistic::P50, "untold");
    check((THING, 1), (Thing { samples: 0, ..THING }, 1), Statistic::Mean, "untold");
    check((THING, 1), (short, 1), Statistic::P50, "untold");
    check((THING, 1), (THING, 1), Statistic::Max, "untold");
    // Runs tell more than the block of each.
    check((short, 3), (short.slower(1.3), 3), Statistic::P50, "worse");
}

#[test]
fn constant_latencies_change_by_exactly_so_much() {
    let constant = Thing { spread: 0.0, ..THING };
    let at = |median_us: u64| {
        let mut blocks = Blocks::of_seconds(5);
        let mut latency = Latency::new();
        (0..50).for_each(|_| latency.record(Duration::from_micros(median_us)));
        (0..constant.seconds).for_each(|second| blocks.add(second, &latency));
        blocks
    };
    for runs in [1, 3] {
        let [base, candidate] = [1_000, 1_100].map(|us| vec![at(us); runs]);
        let change = change_of(&base, &candidate, Statistic::P99).unwrap();
        for end in [change.estimate, change.low, change.high] {
            assert!((end - 0.1).abs() < 1e-9, "{change:?}");
        }
    }
}

#[test]
fn the_more_figures_are_judged_the_surer_a_change_must_be() {
    let (base, candidate) = (THING.runs(3, 1), THING.slower(1.03).runs(3, 2));
    let [base, candidate] = [&base, &candidate].map(|runs| Sample::Latency(runs, Statistic::P50));
    let low = |figures| {
        let resampling = Resampling { figures, ..Resampling::default() };
        resampling.change(&base, &candidate, Scale::Relative).unwrap().low
    };
    assert!(low(1) > 0.0);
    assert_eq!(low(10_000), 0.0);
}

/// Errors of 100 requests a second.
fn errors(of_second: impl Fn(u64) -> f64) -> Ratios {
    let mut ratios = Ratios::of_seconds(5);
    (0..60).for_each(|second| ratios.add(second, of_second(second), 100.0));
    ratios
}

#[track_caller]
fn check_errors(base: &Ratios, candidate: &Ratios, expected: impl Fn(Spread) -> bool) {
    for runs in [1, 3] {
        let [base, candidate] = [base, candidate].map(|one| vec![one.clone(); runs]);
        let [base, candidate] = [&base, &candidate].map(|runs| Sample::Ratio(runs));
        let change = Resampling::default().change(&base, &candidate, Scale::Absolute).unwrap();
        assert!(expected(change), "{change:?}");
    }
}

#[test]
fn errors_are_compared_by_their_share() {
    let none = errors(|_| 0.0);
    let steady = errors(|second| (second % 2) as f64);
    let burst = errors(|second| if second == 7 { 100.0 } else { 0.0 });
    check_errors(&none, &none, |change| (change.low, change.high) == (0.0, 0.0));
    check_errors(&none, &steady, |change| change.low > 0.004 && change.high < 0.006);
    check_errors(&none, &burst, |change| change.low <= 0.001 && change.high > 0.03);
    check_errors(&steady, &steady, |change| change.low < 0.0 && change.high > 0.0);
}

#[test]
fn a_rate_that_falls_to_nothing_falls_by_all_of_it() {
    let side = |n: f64| {
        let mut ratios = Ratios::of_seconds(5);
        (0..60).for_each(|second| ratios.add(second, n + (second % 3) as f64 * n / 10.0, 1.0));
        [ratios]
    };
    let (base, none) = (side(50.0), side(0.0));
    let [base, none] = [&base, &none].map(|runs| Sample::Ratio(runs));
    let change = Resampling::default().change(&base, &none, Scale::Relative).unwrap();
    assert!(change.high < -0.99, "{change:?}");
}

#[test]
fn a_figure_lies_in_its_interval_and_is_that_of_all_samples() {
    let runs = THING.runs(3, 1);
    for (runs, covers_runs) in [(&runs[..], true), (&runs[..2], false)] {
        for statistic in [Statistic::P50, Statistic::P99, Statistic::Mean] {
            let side = Sample::Latency(runs, statistic);
            let spread = Resampling::default().interval(&side).unwrap();
            assert!((spread.estimate / side.value().unwrap() - 1.0).abs() < 1e-9);
            assert!(spread.low < spread.estimate && spread.estimate < spread.high, "{spread:?}");
            assert!(spread.high < spread.low * 1.1, "{spread:?}");
            assert_eq!(spread.covers_runs, covers_runs);
        }
    }
    let none = errors(|_| 0.0);
    let spread = Resampling::default().interval(&Sample::Ratio(&[none])).unwrap();
    assert_eq!((spread.estimate, spread.low, spread.high), (0.0, 0.0, 0.0));
}
