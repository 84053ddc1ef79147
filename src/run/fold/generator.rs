//! How the load generator itself did, and whether its figures are to be trusted.

use crate::metrics::{ErrorKind, Latency, Layer};
use crate::run::effort::Effort;
use crate::run::plan::{Course, RunPlan, ScenarioPlan};
use crate::run::record::{BusiestWorker, Generator};
use crate::run::validity::{Burden, Late, Measured, UnderLoad, doubts};

use crate::run::sums::ScenarioSum;

/// What to know of figures under load from a server in the same process.
const EMBEDDED: &str = "the embedded server shares the cores with the load: figures for trying \
                        things out, not for capacity";

pub(super) fn generator(scenarios: &[ScenarioSum], plan: &RunPlan, effort: Effort) -> Generator {
    let loaded = || scenarios.iter().zip(&plan.scenarios).filter(|(_, plan)| plan.is_alone);
    let has_load = loaded().next().is_some();
    let lateness = lateness(scenarios.iter());
    let burdens = burdens(&loaded().collect::<Vec<_>>());
    let busiest = burdens
        .iter()
        .max_by(|one, other| one.strain.core_share().total_cmp(&other.strain.core_share()))
        .map(busiest_worker);
    let load = (has_load && !plan.is_embedded).then(|| UnderLoad {
        late: late(&self::lateness(loaded().map(|(told, _)| told))),
        burdens,
        workers: plan.workers,
        memory: effort.memory,
    });
    let mut why = effort.disturbances.doubts();
    why.extend(shortages(scenarios));
    why.extend(doubts(&Measured { late: late(&lateness), load }));
    let embedded = (has_load && plan.is_embedded).then(|| EMBEDDED.to_owned());
    Generator {
        cpu_s: effort.cpu_s,
        busiest_worker: busiest,
        peak_rss_bytes: effort.memory.peak_bytes,
        memory_limit_bytes: effort.memory.limit_bytes,
        backlog_frames: scenarios.iter().map(|told| told.sum.backlog).max().unwrap_or_default(),
        lateness_us: lateness.summary().map(Into::into).unwrap_or_default(),
        notes: embedded.into_iter().chain(effort.disturbances.note()).collect(),
        valid: why.is_empty(),
        why,
    }
}

/// Whether something could not be done for want of it on this machine.
pub(super) fn lacked_something(scenarios: &[ScenarioSum]) -> bool {
    shortages(scenarios).next().is_some()
}

/// What this machine had too little of to connect, a sentence each.
fn shortages(scenarios: &[ScenarioSum]) -> impl Iterator<Item = String> {
    let of = |kind: ErrorKind| -> u64 {
        let errors = scenarios.iter().map(|told| told.sum.recorder.errors());
        errors.map(|errors| errors.of(Layer::Harness, kind)).sum()
    };
    let wants = [
        (ErrorKind::FILES_EXHAUSTED, "open files: raise `ulimit -n`"),
        (ErrorKind::PORTS_EXHAUSTED, "ports: give further addresses with --source-ip"),
    ];
    let wants = wants.map(|(kind, want)| (of(kind), want)).into_iter();
    wants.filter(|(count, _)| *count > 0).map(|(count, want)| {
        format!(
            "{count} connects failed as this machine had no more {want}, or ask for fewer devices"
        )
    })
}

fn lateness<'a>(scenarios: impl Iterator<Item = &'a ScenarioSum>) -> Latency {
    let mut lateness = Latency::default();
    scenarios.filter_map(|told| told.sum.recorder.lateness()).for_each(|one| lateness.add(one));
    lateness
}

fn late(lateness: &Latency) -> Late {
    let p99 = lateness.quantile(0.99).unwrap_or_default();
    Late { count: lateness.count(), p99 }
}

fn burdens(loaded: &[(&ScenarioSum, &ScenarioPlan)]) -> Vec<Burden> {
    let of_scenario = |(told, plan): &(&ScenarioSum, &ScenarioPlan)| {
        let name = (loaded.len() > 1).then(|| plan.scenario.name.clone());
        let is_closed = !matches!(plan.course, Course::Open(_));
        let burden = move |(worker, strain): (&usize, &_)| Burden {
            scenario: name.clone(),
            is_closed,
            worker: *worker,
            strain: *strain,
        };
        told.sum.strains.iter().map(burden).collect::<Vec<_>>()
    };
    loaded.iter().flat_map(of_scenario).collect()
}

fn busiest_worker(burden: &Burden) -> BusiestWorker {
    BusiestWorker {
        worker: burden.worker + 1,
        core_share: (burden.strain.core_share() * 1000.0).round() / 1000.0,
        saturated_s: burden.strain.saturated.as_secs(),
        watched_s: burden.strain.watched.as_secs(),
    }
}
