//! What a worker's recorder costs: a latency, one that counts from a planned instant, and handing all
//! of it over each second.

use std::hint::black_box;
use std::time::{Duration, Instant};

use deskbell::metrics::{Metric, Recorder};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Metrics in use, one after the other: more than a busy scenario has.
const METRICS: usize = 20;
const WORKERS: usize = 2;
/// Latencies in a round: few, so that a round fits between two turns of other processes.
const TIMES: u32 = 2_000;
/// The best of so many rounds is told, as other processes only ever add to it.
const ROUNDS: usize = 500;
const TARGET_NS: u128 = 30;
const PLANNED_TARGET_NS: u128 = 60;
/// A thousandth of a core, once a second.
const HAND_OVER_TARGET_US: u128 = 1_000;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    let metrics: Vec<Metric> = Metric::all().take(METRICS).collect();
    assert_eq!(metrics.len(), METRICS);
    let mut recorder = Recorder::default();
    let recording = best(|| each(&metrics, |metric, time| recorder.latency(metric, time)));
    let planning = best(|| {
        each(&metrics, |metric, time| recorder.planned_latency(metric, time, Some(time / 2)));
    });
    let handing_over = best_of(
        || [(); WORKERS].map(|()| full(&metrics)),
        |mut workers| {
            let mut whole = Recorder::default();
            workers.iter_mut().for_each(|worker| whole.merge(&worker.take()));
            black_box(whole);
        },
    );
    let ns = |time: Duration| (time / TIMES).as_nanos();
    println!("{METRICS} metrics in turns");
    println!("a latency: {} ns (target {TARGET_NS})", ns(recording));
    println!("a planned latency: {} ns (target {PLANNED_TARGET_NS})", ns(planning));
    println!(
        "taken from {WORKERS} workers and merged, once a second: {} us (target \
         {HAND_OVER_TARGET_US})",
        handing_over.as_micros(),
    );
}

/// A recorder that has samples of every metric, planned ones as well.
fn full(metrics: &[Metric]) -> Recorder {
    let mut recorder = Recorder::default();
    each(metrics, |metric, time| recorder.planned_latency(metric, time, Some(time / 2)));
    recorder
}

/// Latencies from 100 us to 100 ms, as many of one metric as of the other.
fn each(metrics: &[Metric], mut record: impl FnMut(Metric, Duration)) {
    for (nth, metric) in (0..TIMES).zip(metrics.iter().cycle()) {
        record(*metric, Duration::from_micros(100 + u64::from(nth * 7_919 % 100_000)));
    }
}

fn best(mut work: impl FnMut()) -> Duration {
    best_of(|| (), |()| work())
}

/// How long it takes at best; what it works on is made beforehand.
fn best_of<T>(mut make: impl FnMut() -> T, mut work: impl FnMut(T)) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let made = make();
        let started_at = Instant::now();
        work(made);
        best = started_at.elapsed().min(best);
    }
    best
}
