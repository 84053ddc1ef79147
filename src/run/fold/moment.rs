//! How the run stands at one moment, from what was told of it so far.

use std::time::Duration;

use crate::conformance::{Finding, Level};
use crate::load::Shard;
use crate::metrics::Throttling;
use crate::run::event::Interval;
use crate::run::plan::ScenarioPlan;
use crate::run::snapshot::{NewestViolation, ScenarioSnapshot, ScenarioState, Snapshot};

use crate::run::sums::ScenarioSum;

use super::Fold;

impl Fold<'_> {
    /// How the run stands now.
    pub(in crate::run) fn snapshot(&self, elapsed: Duration) -> Snapshot {
        let (totals, seconds) = self.lately.counted(elapsed);
        let each = self.scenarios.iter().zip(&self.plan.scenarios);
        let scenarios: Vec<_> =
            each.map(|(told, plan)| scenario(told, plan, self.plan.shard)).collect();
        let sum = |of: fn(&ScenarioSnapshot) -> u64| scenarios.iter().map(of).sum();
        let running = scenarios.iter().filter(|one| one.state == ScenarioState::Running);
        Snapshot {
            elapsed,
            left: self.left(elapsed, sum(|one| one.finished), sum(|one| one.flows)),
            devices: sum(|one| one.devices),
            planned: running.map(|one| one.planned).sum(),
            sends_per_s: totals.sends as f64 / seconds,
            events_per_s: totals.events as f64 / seconds,
            latency: self.lately.latency(),
            errors: sum(|one| one.errors),
            throttling: self.scenarios.iter().fold(None, |mut sum, told| {
                Throttling::add(&mut sum, told.sum.throttling);
                sum
            }),
            violations: sum(|one| one.violations),
            unmet: sum(|one| one.unmet),
            newest: self.newest.clone(),
            scenarios,
        }
    }

    /// The time left: by the plan's own length, and where it has none, or is past it, if the rest goes
    /// as what is done, by instances finished.
    fn left(&self, elapsed: Duration, finished: u64, planned: u64) -> Option<Duration> {
        let length = self.plan.length();
        if length > elapsed {
            return Some(length - elapsed);
        }
        let share = finished as f64 / planned as f64;
        (finished > 0 && finished < planned).then(|| elapsed.mul_f64((1.0 - share) / share))
    }
}

/// A finding of a device as the newest, where it is one that counts as a violation.
pub(super) fn newest(scenario: &str, finding: &Finding) -> Option<NewestViolation> {
    let device = finding.device.filter(|_| finding.clause.level() != Level::Info)?;
    Some(NewestViolation {
        clause: finding.clause,
        scenario: scenario.to_owned(),
        device,
        message: finding.message.clone(),
    })
}

/// How what a shard has of a scenario stands.
fn scenario(told: &ScenarioSum, plan: &ScenarioPlan, shard: Shard) -> ScenarioSnapshot {
    let (sum, flows) = (&told.sum, plan.instances_in(shard).into());
    let findings = sum.recorder.totals().findings;
    ScenarioSnapshot {
        name: plan.scenario.name.clone(),
        state: state(told, flows),
        devices: sum.connected.try_into().unwrap_or_default(),
        planned: plan.devices_in(shard).into(),
        finished: sum.finished,
        flows,
        errors: sum.recorder.errors().total(),
        violations: findings.must + findings.should,
        unmet: sum.steps.iter().map(|step| step.failed).sum(),
    }
}

fn state(told: &ScenarioSum, flows: u64) -> ScenarioState {
    if told.sum.finished >= flows {
        ScenarioState::Done
    } else if has_begun(&told.sum) {
        ScenarioState::Running
    } else if told.troubles.is_empty() {
        ScenarioState::Waiting
    } else {
        ScenarioState::NotRun
    }
}

/// Whether a device of it has tried to connect.
fn has_begun(sum: &Interval) -> bool {
    let tried = sum.recorder.totals().connections + sum.recorder.errors().total();
    tried + sum.unconnected + sum.finished > 0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::conformance::ClauseId;
    use crate::metrics::{ErrorKind, Layer};
    use crate::protocol::DeviceNo;
    use crate::run::event::RunEvent;
    use crate::run::fold::tests::{finding, plan_of};
    use crate::run::plan::RunPlan;

    use super::*;

    /// How a run of one device stands after these events, a second after it began.
    #[track_caller]
    fn check(events: Vec<RunEvent>, state: ScenarioState, newest: Option<ClauseId>) -> Snapshot {
        let plan = plan_of("load: { duration: 10s }\n");
        let mut fold = Fold::new(&plan);
        events.into_iter().for_each(|event| fold.take(event, Duration::ZERO));
        let snapshot = fold.snapshot(Duration::from_secs(1));
        assert_eq!(snapshot.scenarios[0].state, state);
        assert_eq!(snapshot.newest.as_ref().map(|newest| newest.clause), newest);
        snapshot
    }

    fn interval(change: impl FnOnce(&mut Interval)) -> RunEvent {
        let mut interval = Box::<Interval>::default();
        change(&mut interval);
        RunEvent::Interval { scenario: 0, second: 0, interval }
    }

    fn found(clause: ClauseId) -> RunEvent {
        let finding = Box::new(finding(clause));
        RunEvent::Found { scenario: 0, finding, waiver: None, conversation: None }
    }

    #[test]
    fn a_scenario_waits_runs_and_is_done() {
        check(Vec::new(), ScenarioState::Waiting, None);
        let connected = || {
            interval(|one| {
                one.connected = 1;
                one.recorder.totals_mut().connections = 1;
            })
        };
        let snapshot = check(vec![connected()], ScenarioState::Running, None);
        assert_eq!((snapshot.devices, snapshot.planned), (1, 1));
        assert_eq!(snapshot.left, Some(Duration::from_secs(9)));
        let refused = interval(|one| {
            one.recorder.error(Layer::Network, ErrorKind::RESET);
        });
        assert_eq!(check(vec![refused], ScenarioState::Running, None).errors, 1);
        let left = interval(|one| (one.connected, one.finished) = (-1, 1));
        let snapshot = check(vec![connected(), left], ScenarioState::Done, None);
        assert_eq!((snapshot.devices, snapshot.planned), (0, 0));
    }

    #[test]
    fn a_scenario_that_cannot_begin_is_not_run() {
        let trouble = RunEvent::Trouble { scenario: 0, text: "skipped".into() };
        check(vec![trouble], ScenarioState::NotRun, None);
    }

    #[test]
    fn a_shard_is_told_of_its_own_devices_and_flows() {
        let plan = plan_of("load: { devices: 5, duration: 10s }\n");
        let plan = RunPlan { shard: Shard { index: 2, count: 3 }, ..plan };
        let scenario = &Fold::new(&plan).snapshot(Duration::ZERO).scenarios[0];
        assert_eq!((scenario.planned, scenario.flows), (2, 2));
    }

    #[test]
    fn throttling_adds_up_over_workers() {
        let ms = Duration::from_millis;
        let events = vec![
            interval(|one| one.throttling = Some(Throttling::request(ms(900)))),
            interval(|_| {}),
            interval(|one| one.throttling = Some(Throttling::connect(ms(40)))),
        ];
        let snapshot = check(events, ScenarioState::Waiting, None);
        let expected =
            Throttling { connects: 1, requests: 1, first_at_us: 40_000, last_at_us: 900_000 };
        assert_eq!(snapshot.throttling, Some(expected));
    }

    #[test]
    fn the_newest_violation_is_not_of_level_info() {
        let told = vec![found(ClauseId::Env5), found(ClauseId::Event1)];
        let snapshot = check(told, ScenarioState::Waiting, Some(ClauseId::Event1));
        let newest = snapshot.newest.expect("it was checked");
        assert_eq!((newest.scenario.as_str(), newest.device), ("chat", DeviceNo(0)));
        check(
            vec![found(ClauseId::Env5), found(ClauseId::Env9)],
            ScenarioState::Waiting,
            Some(ClauseId::Env5),
        );
    }
}
