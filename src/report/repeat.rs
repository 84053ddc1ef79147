//! The command that repeats what a run did.

use std::fmt::Write as _;

use crate::run::{ClauseResult, ClauseStatus, RunRecord, ScenarioRecord, Shard};

use super::escape::shell_word;

/// What to run next once all went well against the embedded server.
pub(super) const AGAINST_OWN_ENDPOINT: &str =
    "deskbell run --target ws://HOST/PATH --allow HOST --token TOKEN  # your own endpoint";

/// The command that adds a shard up with the others.
pub(super) fn merge(shard: Shard) -> String {
    format!("deskbell merge RUN... -o DIR --expect {}", shard.count)
}

/// The first scenario in which something is wrong that fails the run; else the first one that could not
/// run, or the first one of all, as where the fault is the whole run's.
pub(super) fn first_failing(record: &RunRecord) -> Option<&ScenarioRecord> {
    let first = |is: &dyn Fn(&&ScenarioRecord) -> bool| record.scenarios.iter().find(is);
    first(&|one| fails(record, one))
        .or_else(|| first(&|one| !one.errors.is_empty()))
        .or_else(|| record.scenarios.first())
}

/// Whether a scenario by itself fails its run.
pub(super) fn fails(record: &RunRecord, scenario: &ScenarioRecord) -> bool {
    scenario.clauses.iter().any(|clause| is_violated(record, clause))
        || scenario.early.cut_off > 0
        || scenario.failed_steps() > 0
        || scenario.thresholds.iter().any(|threshold| !threshold.ok)
}

/// Whether a clause is violated at a level that fails the run.
pub(super) fn is_violated(record: &RunRecord, clause: &ClauseResult) -> bool {
    clause.status == ClauseStatus::Violated && record.gate.fails_on(clause.level)
}

/// The command line that plays what first went wrong in a scenario again: of a merged run, only the
/// shard in which that was.
pub(super) fn at_fault(record: &RunRecord, scenario: &ScenarioRecord) -> String {
    let found = record.findings.iter().find(|found| {
        let is_grave = record.gate.fails_on(found.finding.clause.level());
        found.scenario == scenario.name && found.waived.is_none() && is_grave
    });
    let shard = match found {
        Some(found) => found.shard,
        None => scenario.unmet.first().and_then(|unmet| unmet.shard),
    };
    command(record, scenario, shard)
}

/// The command line that plays a scenario again with the same seed and load, against the same
/// target, or only that shard of a merged run; tokens and accounts are to be given as they were.
pub(super) fn command(record: &RunRecord, scenario: &ScenarioRecord, shard: Option<u32>) -> String {
    let load = &scenario.load;
    let mut line = format!("deskbell run {}", shell_word(&scenario.file));
    if let Some(target) = own_target(&record.target) {
        write!(line, " --target {}", shell_word(target)).expect(INFALLIBLE);
    }
    for option in &record.repeat_with {
        write!(line, " {}", shell_word(option)).expect(INFALLIBLE);
    }
    if let Some((index, one)) = shard.zip(record.shards.first()) {
        write!(line, " --shard {index}/{}", one.count).expect(INFALLIBLE);
    }
    // The scenario's stages hold only where none of these is given.
    if load.stages.is_empty() {
        write!(line, " --devices {}", load.devices).expect(INFALLIBLE);
        if let Some(iterations) = load.iterations {
            write!(line, " --iterations {iterations}").expect(INFALLIBLE);
        }
        if let Some(duration) = load.duration_s {
            write!(line, " --duration {duration}s").expect(INFALLIBLE);
        }
        if let Some(rate) = load.rate_per_s {
            write!(line, " --rate {rate}/s").expect(INFALLIBLE);
        }
    }
    if load.ramp_up_s > 0.0 {
        write!(line, " --ramp-up {}s", load.ramp_up_s).expect(INFALLIBLE);
    }
    write!(line, " --seed {}", record.seed).expect(INFALLIBLE);
    line
}

const INFALLIBLE: &str = "writing to a string cannot fail";

/// The target's URL, unless a remark says that it was the embedded server.
pub(super) fn own_target(target: &str) -> Option<&str> {
    (!target.ends_with(')')).then(|| target.trim_end_matches("?[redacted]"))
}

#[cfg(test)]
mod tests {
    use crate::report::sample;
    use crate::run::StageRecord;

    use super::*;

    #[track_caller]
    fn check(target: &str, expected: &str) {
        let mut record = sample::record();
        record.target = target.to_owned();
        record.repeat_with = vec!["--server-arg=--ack=off".to_owned()];
        assert_eq!(command(&record, &record.scenarios[0], None), expected);
    }

    #[test]
    fn the_embedded_server_needs_no_target() {
        check(
            "ws://127.0.0.1:4567/uat (embedded reference server)",
            "deskbell run scenarios/chat.yaml --server-arg=--ack=off --devices 4 --iterations 2 --ramp-up 0.5s --seed 42",
        );
    }

    #[test]
    fn another_target_is_named() {
        check(
            "wss://uat.example.com/uat",
            "deskbell run scenarios/chat.yaml --target wss://uat.example.com/uat \
             --server-arg=--ack=off --devices 4 --iterations 2 --ramp-up 0.5s --seed 42",
        );
    }
    #[test]
    fn the_rate_is_named_and_stages_are_the_scenarios_own() {
        let mut record = sample::record();
        let load = &mut record.scenarios[0].load;
        load.rate_per_s = Some(2.5);
        assert_eq!(
            command(&record, &record.scenarios[0], None),
            "deskbell run scenarios/chat.yaml --devices 4 --iterations 2 --rate 2.5/s --ramp-up 0.5s --seed 42",
        );
        let stage = StageRecord { rate_per_s: None, devices: Some([0, 9]), for_s: 3.0 };
        record.scenarios[0].load.stages = vec![stage];
        assert_eq!(
            command(&record, &record.scenarios[0], None),
            "deskbell run scenarios/chat.yaml --ramp-up 0.5s --seed 42",
        );
    }

    #[test]
    fn what_was_found_in_a_shard_is_repeated_by_that_shard_of_the_whole_plan() {
        let mut record = sample::merged();
        let again = |record: &RunRecord| at_fault(record, &record.scenarios[0]);
        let of_third = "deskbell run scenarios/chat.yaml --target wss://uat.example.com/uat --shard 3/4 \
                        --devices 4 --iterations 2 --ramp-up 0.5s --seed 42";
        assert_eq!(again(&record), of_third);
        record.findings.clear();
        assert_eq!(again(&record), of_third);
        record.scenarios[0].unmet.clear();
        assert_eq!(again(&record), of_third.replace(" --shard 3/4", ""));
    }

    #[test]
    fn a_shard_repeats_itself_by_what_its_own_command_line_said() {
        let record = sample::shard();
        let line = at_fault(&record, &record.scenarios[0]);
        assert_eq!(line.matches("--shard").count(), 1, "{line}");
        assert!(line.contains(" --shard=2/4 "), "{line}");
    }

    #[test]
    fn what_fails_the_run_goes_before_what_could_not_run() {
        let mut record = sample::record();
        let first = |record: &RunRecord| first_failing(record).map(|one| one.name.clone());
        assert_eq!(first(&record).as_deref(), Some("chat"));
        record.scenarios.drain(..2);
        assert_eq!(first(&record).as_deref(), Some("two tenants"));
        record.scenarios.clear();
        assert_eq!(first(&record), None);
    }
}
