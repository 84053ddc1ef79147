//! When a run's figures are not to be trusted, since the generator could not keep up, and why, in words.
//!
//! It takes what was measured, and knows nothing of how. The bounds stand in `docs/validity.md`. Start
//! from [`doubts`].

use std::time::Duration;

use super::effort::Memory;
use super::strain::Strain;

/// What may be late at the 99th percentile in any run: beyond, time limits of seconds are missed.
const LATENESS: Duration = Duration::from_secs(1);

/// The same under load, where latencies are told in milliseconds.
const LATENESS_UNDER_LOAD: Duration = Duration::from_millis(10);

/// Of how many planned instants on a 99th percentile is held to the bound under load: what comes of
/// fewer is chance.
const FEWEST_INSTANTS: u64 = 1_000;

/// From when on a worker's CPU time is judged.
const SHORTEST: Duration = Duration::from_secs(3);

/// The percentage of memory that a run may take.
const MEMORY_PERCENT: u64 = 90;

/// How late planned instants were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Late {
    pub(super) count: u64,
    pub(super) p99: Duration,
}

/// A worker under the load of one scenario.
#[derive(Clone, Debug)]
pub(super) struct Burden {
    /// The scenario's name, where there are several with a load.
    pub(super) scenario: Option<String>,
    /// Whether its devices wait for answers before they go on.
    pub(super) is_closed: bool,
    /// Which worker, from 0.
    pub(super) worker: usize,
    pub(super) strain: Strain,
}

/// What a run is judged by.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// Whatever was planned.
    pub(super) late: Late,
    pub(super) load: Option<UnderLoad>,
}

/// What a run with a load is judged by beside that, where its server has cores of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct UnderLoad {
    /// What was planned by scenarios with a load.
    pub(super) late: Late,
    pub(super) burdens: Vec<Burden>,
    /// How many workers there are.
    pub(super) workers: usize,
    pub(super) memory: Memory,
}

/// Why a run is not to be trusted, a sentence each; none where it is.
pub(super) fn doubts(measured: &Measured) -> Vec<String> {
    let mut doubts = Vec::new();
    let load = measured.load.as_ref();
    let is_late = |load: &&UnderLoad| {
        load.late.count >= FEWEST_INSTANTS && load.late.p99 > LATENESS_UNDER_LOAD
    };
    if let Some(load) = load.filter(is_late) {
        doubts.push(lateness(load.late.p99, "10 ms"));
    } else if measured.late.p99 > LATENESS {
        doubts.push(lateness(measured.late.p99, "1 s"));
    }
    if let Some(load) = load {
        doubts.extend(worst(&load.burdens).into_iter().map(|one| burden(one, load.workers)));
        doubts.extend(memory(load.memory));
    }
    doubts
}

fn lateness(p99: Duration, bound: &str) -> String {
    let ms = p99.as_micros().div_ceil(1000);
    format!("p99 lateness {ms} ms is above {bound}: fewer devices or more cores")
}

/// Of each scenario, the worker that was saturated the longest, where that was most of the time.
fn worst(burdens: &[Burden]) -> Vec<&Burden> {
    let mut worst: Vec<&Burden> = Vec::new();
    let is_saturated = |one: &&Burden| {
        one.strain.watched >= SHORTEST && one.strain.saturated * 2 > one.strain.watched
    };
    for one in burdens.iter().filter(is_saturated) {
        match worst.iter_mut().find(|known| known.scenario == one.scenario) {
            Some(known) if known.strain.saturated < one.strain.saturated => *known = one,
            Some(_) => {}
            None => worst.push(one),
        }
    }
    worst
}

fn burden(one: &Burden, workers: usize) -> String {
    let [saturated, watched] =
        [one.strain.saturated, one.strain.watched].map(|time| time.as_secs_f64());
    let scenario = one.scenario.as_ref().map_or_else(String::new, |name| format!("{name}: "));
    let (worker, percent) = (one.worker + 1, one.strain.saturated_share() * 100.0);
    let of_closed = if one.is_closed {
        "; in a closed model answers wait to be read, so that latencies are longer and the load smaller"
    } else {
        ""
    };
    format!(
        "{scenario}worker {worker} of {workers} used {percent:.0} % of its core in \
         {saturated:.0} of {watched:.0} s: fewer devices or more cores{of_closed}"
    )
}

fn memory(memory: Memory) -> Option<String> {
    let limit = memory.limit_bytes?;
    let is_above = u128::from(memory.peak_bytes) * 100 > u128::from(limit) * MEMORY_PERCENT as u128;
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    is_above.then(|| {
        format!(
            "{:.1} GiB of memory are above {MEMORY_PERCENT} % of the {:.1} GiB that there are: fewer \
             devices or more memory",
            gib(memory.peak_bytes),
            gib(limit),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[track_caller]
    fn check(measured: &Measured, expected: &[&str]) {
        assert_eq!(doubts(measured), expected);
    }

    fn late(count: u64, ms: u64) -> Late {
        Late { count, p99: Duration::from_millis(ms) }
    }

    fn strain(shares: &[(f64, u64)]) -> Strain {
        let mut strain = Strain::default();
        for (share, seconds) in shares {
            let second = Duration::from_secs(1);
            (0..*seconds).for_each(|_| strain.record(second.mul_f64(*share), second));
        }
        strain
    }

    fn loaded(load: UnderLoad) -> Measured {
        Measured { late: load.late, load: Some(UnderLoad { workers: 2, ..load }) }
    }

    fn burdened(burdens: Vec<Burden>) -> Measured {
        loaded(UnderLoad { burdens, ..UnderLoad::default() })
    }

    fn open(worker: usize, strain: Strain) -> Burden {
        Burden { scenario: None, is_closed: false, worker, strain }
    }

    #[test]
    fn lateness_is_held_to_ten_milliseconds_under_load() {
        let under_load = |late| loaded(UnderLoad { late, ..UnderLoad::default() });
        check(&under_load(late(6_000, 10)), &[]);
        let why = "p99 lateness 38 ms is above 10 ms: fewer devices or more cores";
        check(&under_load(late(6_000, 38)), &[why]);
        check(&under_load(late(999, 38)), &[]);
        let p99 = Duration::from_micros(10_001);
        let why = "p99 lateness 11 ms is above 10 ms: fewer devices or more cores";
        check(&under_load(Late { count: 1_000, p99 }), &[why]);
    }

    #[test]
    fn without_a_load_lateness_is_held_to_a_second() {
        let unloaded = |late| Measured { late, load: None };
        check(&unloaded(late(6_000, 1_000)), &[]);
        let why = "p99 lateness 5000 ms is above 1 s: fewer devices or more cores";
        check(&unloaded(late(1, 5_000)), &[why]);
        let few = loaded(UnderLoad { late: late(1, 5_000), ..UnderLoad::default() });
        check(&few, &[why]);
    }

    #[test]
    fn a_worker_may_not_be_saturated_most_of_the_time() {
        let why = "worker 1 of 2 used 100 % of its core in 42 of 60 s: fewer devices or more cores";
        check(&burdened(vec![open(0, strain(&[(1.0, 42), (0.5, 18)]))]), &[why]);
        check(&burdened(vec![open(0, strain(&[(1.0, 30), (0.5, 30)]))]), &[]);
        check(&burdened(vec![open(0, strain(&[(0.94, 60)]))]), &[]);
        check(&burdened(vec![open(0, strain(&[(1.0, 2)]))]), &[]);
        let why = "worker 2 of 2 used 96 % of its core in 5 of 5 s: fewer devices or more cores";
        let both = vec![open(0, strain(&[(1.0, 3), (0.1, 2)])), open(1, strain(&[(0.96, 5)]))];
        check(&burdened(both), &[why]);
    }

    #[test]
    fn a_closed_model_says_what_saturation_does_to_it() {
        let of = |name: &str, is_closed| Burden {
            scenario: Some(name.into()),
            is_closed,
            ..open(0, strain(&[(1.0, 9)]))
        };
        check(
            &burdened(vec![of("loop", true), of("steady", false)]),
            &[
                "loop: worker 1 of 2 used 100 % of its core in 9 of 9 s: fewer devices or more \
                 cores; in a closed model answers wait to be read, so that latencies are longer and \
                 the load smaller",
                "steady: worker 1 of 2 used 100 % of its core in 9 of 9 s: fewer devices or more \
                 cores",
            ],
        );
    }

    #[test]
    fn memory_may_not_take_all_that_there_is() {
        let of = |peak_bytes, limit_bytes| {
            let memory = Memory { peak_bytes, limit_bytes };
            loaded(UnderLoad { memory, ..UnderLoad::default() })
        };
        let why = "9.5 GiB of memory are above 90 % of the 10.0 GiB that there are: fewer devices \
                   or more memory";
        check(&of(9 * GIB + GIB / 2, Some(10 * GIB)), &[why]);
        check(&of(9 * GIB, Some(10 * GIB)), &[]);
        check(&of(9 * GIB, None), &[]);
    }
}
