//! Searches of a simulated queue, whose knee theory knows.

use super::queue::{Arrivals, Queue, utilisation_of_p99};
use super::{attempt, level, range};
use crate::capacity::{Answer, EndedBy, Level, Next, ObjectiveValue, Quantity, Range, Search};
use crate::metrics::Threshold;

/// A search as it went.
struct Went {
    answer: Answer,
    /// Seconds of all runs, and of those within half of the knee to twice of it.
    seconds: f64,
    near_s: f64,
}

/// How many blocks of a run are set against each other for an interval.
const BLOCKS: usize = 8;

fn drive(queue: Queue, objective: &Threshold, range: Range, truth: f64, seed: u64) -> Went {
    let mut search = Search::new(range);
    let mut pooled: Vec<(f64, Vec<f64>)> = Vec::new();
    let (mut runs, mut seconds, mut near_s) = (0, 0.0, 0.0);
    while let Next::Run { load, attempt: number, near } = search.next() {
        runs += 1;
        let (shortest, longest) = if near { (20.0, 120.0) } else { (10.0, 20.0) };
        let counted_s = (10_000.0 / load).clamp(shortest, longest);
        seconds += counted_s;
        near_s += if load > truth / 2.0 && load < truth * 2.0 { counted_s } else { 0.0 };
        let latencies = queue.latencies(load, 5.0, counted_s, seed * 1000 + runs);
        match pooled.iter_mut().find(|(known, _)| *known == load) {
            Some((_, all)) => all.extend(latencies),
            None => pooled.push((load, latencies)),
        }
        let all = pooled.iter().find(|(known, _)| *known == load).map(|(_, all)| all.as_slice());
        let value = ObjectiveValue::of(objective, all.map(|all| interval(all, BLOCKS * number)));
        search.seen(Level { attempts: vec![attempt(); number], ..level(load, &[value]) });
    }
    Went { answer: search.answer(), seconds, near_s }
}

/// The 99th percentile in microseconds, with the interval that its blocks' own ones tell.
fn interval(latencies: &[f64], blocks: usize) -> Quantity {
    let of_blocks: Vec<f64> =
        latencies.chunks(latencies.len().div_ceil(blocks)).map(|block| p99(block).ln()).collect();
    let count = of_blocks.len() as f64;
    let mean = of_blocks.iter().sum::<f64>() / count;
    let variance = of_blocks.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let reach = (2.5 * (variance / count).sqrt()).exp();
    let value = p99(latencies) * 1e6;
    Quantity { value, low: value / reach, high: value * reach }
}

fn p99(latencies: &[f64]) -> f64 {
    let mut latencies = latencies.to_vec();
    let place = (latencies.len() * 99).div_ceil(100) - 1;
    *latencies.select_nth_unstable_by(place, f64::total_cmp).1
}

/// So many searches: at least nine of ten within 5 % of the truth, each within twelve levels, and most of the
/// time near the knee.
#[track_caller]
fn check(queue: impl Fn(f64) -> (Queue, f64), range: Range, truth: f64, searches: u64) {
    let (queue, bound_s) = queue(truth);
    let objective = format!("send_to_event.p99 < {}us", (bound_s * 1e6).round());
    let objective = Threshold::parse(&objective).unwrap();
    let mut off = Vec::new();
    for seed in 1..=searches {
        let went = drive(queue, &objective, range, truth, seed);
        off.push(went.answer.knee.unwrap().load / truth - 1.0);
        assert!(went.answer.levels.len() <= 12, "{} levels", went.answer.levels.len());
        assert!(went.near_s > went.seconds / 2.0, "{} of {} s", went.near_s, went.seconds);
    }
    let within = off.iter().filter(|off| off.abs() <= 0.05).count();
    assert!(within * 10 >= off.len() * 9, "truth {truth}: off by {off:?}");
}

/// Its knee is where it saturates: below, latencies are the service time; above, they grow without end.
fn saturating(knee: f64) -> (Queue, f64) {
    let (arrivals, servers) = (Arrivals::Even, 4);
    let service_s = 4.0 / knee;
    (Queue { arrivals, servers, service_s }, 2.0 * service_s)
}

/// Its knee is where 1 % waits for more than nine others, far from saturation.
fn waiting(knee: f64) -> (Queue, f64) {
    let (arrivals, servers) = (Arrivals::Random, 1);
    let service_s = utilisation_of_p99(9.0) / knee;
    (Queue { arrivals, servers, service_s }, 10.0 * service_s)
}

#[test]
fn a_queue_that_saturates_is_found_anywhere_in_the_range() {
    for truth in [3.0, 17.0, 200.0, 950.0] {
        check(saturating, range(1.0, 1000.0), truth, 4);
    }
    check(saturating, range(10.0, 20.0), 13.7, 4);
}

#[test]
fn a_queue_with_waits_is_found_anywhere_in_the_range() {
    check(waiting, range(1.0, 1000.0), 200.0, 10);
    check(waiting, range(1.0, 1000.0), 950.0, 4);
}

#[test]
fn a_knee_outside_of_the_range_is_said() {
    for (truth, ended) in [(5.0, EndedBy::Bottom), (50.0, EndedBy::Top)] {
        let (queue, bound_s) = saturating(truth);
        let objective = Threshold::parse(&format!("rtt.send.p99 < {bound_s}s")).unwrap();
        let went = drive(queue, &objective, range(10.0, 20.0), truth, 1);
        assert_eq!(went.answer.ended.by, ended);
        assert_eq!(went.answer.knee, None);
    }
}
