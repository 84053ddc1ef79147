//! What follows of a level.

use super::{Level, LevelOutcome, ObjectiveValue, Shortfall};

/// Whether a level was a measurement of its load at all. A reason is a part of a sentence, with figures and
/// without a final dot: `12.5 % of requests failed`.
#[derive(Clone, Debug, PartialEq)]
pub enum Soundness {
    /// It was: the objectives decide.
    Sound,
    /// The load was not carried, whatever the objectives say.
    Short(Shortfall, String),
    /// The generator could not keep up.
    Invalid(String),
    /// It was broken off.
    BrokenOff(String),
}

impl Soundness {
    /// What follows of the level, and why, as a part of a sentence: every objective that is missed, or
    /// the one that came nearest to being so.
    pub fn outcome(&self, objectives: &[ObjectiveValue]) -> (LevelOutcome, String) {
        match self {
            Self::Sound => judged(objectives),
            Self::Short(_, why) => (LevelOutcome::NotCarried, why.clone()),
            Self::Invalid(why) => (LevelOutcome::Invalid, why.clone()),
            Self::BrokenOff(why) => (LevelOutcome::BrokenOff, why.clone()),
        }
    }

    /// What the load fell short by.
    pub fn shortfall(&self) -> Option<Shortfall> {
        match self {
            Self::Short(shortfall, _) => Some(*shortfall),
            Self::Sound | Self::Invalid(_) | Self::BrokenOff(_) => None,
        }
    }
}

impl Level {
    /// Whether an objective that decides the outcome is uncertain.
    pub(super) fn is_uncertain(&self) -> bool {
        let is_certain_miss = self.objectives.iter().any(|it| it.holds == Some(false));
        let is_judged = matches!(self.outcome, LevelOutcome::Kept | LevelOutcome::Missed);
        is_judged && !is_certain_miss && self.objectives.iter().any(|it| it.holds.is_none())
    }

    /// Whether it is uncertain because the knee is near.
    pub(super) fn is_close(&self) -> bool {
        self.is_uncertain() && self.objectives.iter().any(ObjectiveValue::is_close)
    }
}

fn judged(objectives: &[ObjectiveValue]) -> (LevelOutcome, String) {
    let missed: Vec<_> =
        objectives.iter().filter(|it| !it.is_kept()).map(ObjectiveValue::told).collect();
    if !missed.is_empty() {
        return (LevelOutcome::Missed, missed.join("; "));
    }
    let distance = |it: &ObjectiveValue| it.log_distance().map_or(f64::INFINITY, f64::abs);
    let nearest = objectives.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let told = nearest.map_or_else(|| "no objective was given".to_owned(), ObjectiveValue::told);
    (LevelOutcome::Kept, told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::tests::objective;

    #[track_caller]
    fn check(
        soundness: &Soundness,
        objectives: &[ObjectiveValue],
        outcome: LevelOutcome,
        told: &str,
    ) {
        assert_eq!(soundness.outcome(objectives), (outcome, told.to_owned()));
    }

    #[test]
    fn every_missed_objective_is_told() {
        let objectives = [
            objective("send_to_event.p99 < 100ms", [400e3, 412e3, 430e3]),
            objective("send_to_ack.p50 < 10ms", [4e3; 3]),
            objective("errors.rate < 1%", [0.02; 3]),
        ];
        let told = "send_to_event.p99 is 412ms, above 100ms; errors.rate is 2 %, above 1%";
        check(&Soundness::Sound, &objectives, LevelOutcome::Missed, told);
    }

    #[test]
    fn of_kept_objectives_the_nearest_to_its_bound_is_told() {
        let objectives = [
            objective("send_to_ack.p50 < 10ms", [1e3; 3]),
            objective("send_to_event.p99 < 100ms", [70e3, 80e3, 90e3]),
            objective("errors.rate < 1%", [0.0; 3]),
        ];
        let told = "send_to_event.p99 is 80ms, below 100ms";
        check(&Soundness::Sound, &objectives, LevelOutcome::Kept, told);
        check(&Soundness::Sound, &[], LevelOutcome::Kept, "no objective was given");
    }

    #[test]
    fn what_is_no_measurement_is_not_judged() {
        let kept = [objective("errors.rate < 1%", [0.0; 3])];
        let why = || "lateness p99 was 31 ms".to_owned();
        let short = Soundness::Short(Shortfall::Dropped, why());
        check(&short, &kept, LevelOutcome::NotCarried, "lateness p99 was 31 ms");
        assert_eq!(short.shortfall(), Some(Shortfall::Dropped));
        check(&Soundness::Invalid(why()), &kept, LevelOutcome::Invalid, &why());
        check(&Soundness::BrokenOff(why()), &kept, LevelOutcome::BrokenOff, &why());
    }
}
