//! Searches driven end to end: by hand, by any outcomes whatsoever, and by a simulated queue.

mod any;
mod by_hand;
mod queue;
mod simulated;

use super::{Attempt, By, Level, LevelOutcome, ObjectiveValue, Quantity, Range, Search, Soundness};
use crate::metrics::Threshold;

/// What the levels of tests by hand are held to.
pub(super) const P99: &str = "send_to_event.p99 < 100ms";

/// An objective with the lower end, the figure and the upper end, in the threshold's own unit.
pub(super) fn objective(expr: &str, [low, value, high]: [f64; 3]) -> ObjectiveValue {
    let threshold = Threshold::parse(expr).unwrap();
    ObjectiveValue::of(&threshold, Some(Quantity { value, low, high }))
}

/// A level that its objectives decide, run as often as levels are at most.
pub(super) fn level(load: f64, objectives: &[ObjectiveValue]) -> Level {
    let (outcome, told) = Soundness::Sound.outcome(objectives);
    Level {
        load,
        outcome,
        told,
        shortfall: None,
        achieved: Some(load),
        sends_per_s: Some(load),
        throughput_per_s: Some(load),
        concurrency: Some(load * 0.02),
        p50: None,
        p99: None,
        errors: Some(0.0),
        objectives: objectives.to_vec(),
        attempts: vec![attempt(); 3],
    }
}

pub(super) fn kept(load: f64) -> Level {
    level(load, &[objective(P99, [50e3; 3])])
}

pub(super) fn missed(load: f64) -> Level {
    level(load, &[objective(P99, [200e3; 3])])
}

pub(super) fn search(from: f64, to: f64) -> Search {
    Search::new(range(from, to))
}

pub(super) fn range(from: f64, to: f64) -> Range {
    let (by, multiple, precision) = (By::Rate, 0, 0.03);
    Range { by, from, to, multiple, precision, most_levels: 12, most_attempts: 3 }
}

pub(super) fn invalid(load: f64) -> Level {
    let told = "lateness p99 was 31 ms".to_owned();
    Level { outcome: LevelOutcome::Invalid, told, objectives: Vec::new(), ..missed(load) }
}

fn attempt() -> Attempt {
    Attempt {
        folder: String::new(),
        counted_s: 20.0,
        samples: 10_000,
        p99_us: None,
        lateness_p99_us: 30,
        valid: true,
        devices: 10,
    }
}
