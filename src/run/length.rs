//! How long a run takes, as far as that can be known before it: the shard's part of it, where it has
//! several.

use std::time::Duration;

use crate::load::Shard;
use crate::scenario::Until;

use super::plan::{Course, RunPlan, ScenarioPlan};

impl RunPlan {
    /// How long the run takes at least, as far as it is planned: scenarios of their own one after the
    /// other, all others side by side.
    pub fn length(&self) -> Duration {
        let lengths = |is_alone: bool| {
            let some = self.scenarios.iter().filter(move |plan| plan.is_alone == is_alone);
            some.filter_map(|plan| plan.length(self.shard, self.connect_rate))
        };
        lengths(false).max().unwrap_or_default() + lengths(true).sum::<Duration>()
    }
}

impl ScenarioPlan {
    /// How long what a shard has of it takes at least, where that is planned.
    fn length(&self, shard: Shard, connect_rate: Option<f64>) -> Option<Duration> {
        let last = self.deal(shard).last(self.instances)?;
        let started = self.ramp(connect_rate).start(last);
        match &self.course {
            Course::Closed(Until::Elapsed(time)) => Some(started + *time),
            Course::Closed(Until::Iterations(_)) => None,
            Course::Open(arrivals) => Some(started.saturating_add(arrivals.end())),
            Course::Staged(population) => Some(population.end()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Target;
    use crate::run::{LoadOverride, plan_scenarios};
    use crate::scenario::{self, ParseContext};

    /// A run of scenarios with these loads takes so many seconds at least.
    #[track_caller]
    fn check(loads: &[&str], expected: u64) {
        check_shard(Shard::WHOLE, loads, expected);
    }

    /// The same of a shard of it, at a connect a second.
    #[track_caller]
    fn check_shard(shard: Shard, loads: &[&str], expected: u64) {
        let context = ParseContext {
            env: &|_| None,
            read_file: &|path| std::fs::read(path),
            list_folder: &|_| Ok(None),
        };
        let read = |load: &&str| {
            let text = format!("name: test\n{load}flow: [init]\n");
            scenario::parse(scenario::SourceFile::new("test.yaml", text), None, &context).unwrap()
        };
        let scenarios = loads.iter().map(read).collect();
        let scenarios = plan_scenarios(scenarios, &LoadOverride::default()).unwrap();
        let target = Target::parse("ws://127.0.0.1:1/uat").unwrap();
        let connect_rate = shard.is_part().then_some(1.0);
        let plan = RunPlan { shard, scenarios, connect_rate, ..RunPlan::against(target) };
        assert_eq!(plan.length(), Duration::from_secs(expected));
    }

    #[test]
    fn loads_take_their_time_one_after_the_other() {
        check(&["load: { duration: 10s }\n", "load: { duration: 1m }\n"], 70);
        check(&["load: { stages: [{ devices: 2, for: 10s }, { devices: 1, for: 5s }] }\n"], 15);
        check(&["load: { rate: 1/s, duration: 10s }\n"], 10);
    }

    #[test]
    fn a_shard_is_done_when_its_own_instances_are() {
        let loads = ["load: { devices: 2, duration: 10s }\n", "load: { duration: 1m }\n"];
        check_shard(Shard { index: 1, count: 3 }, &loads, 10);
        check_shard(Shard { index: 2, count: 3 }, &loads, 11);
        check_shard(Shard { index: 3, count: 3 }, &loads, 60);
    }

    #[test]
    fn nobody_knows_how_long_iterations_take() {
        check(&["load: { iterations: 3 }\n", ""], 0);
    }
}
