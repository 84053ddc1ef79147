//! What a search came to, in a word, a number and sentences.

use super::{Answer, By, CapacityVerdict, EndedBy, Level, LevelOutcome};

impl CapacityVerdict {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Found | Self::Beyond => 0,
            Self::Failed => 1,
            Self::Error => 3,
            Self::Invalid => 4,
            Self::Interrupted => 130,
        }
    }
}

impl Answer {
    /// The verdict, and why, a sentence each: the answer in words first. Less carried than was asked for
    /// is a failure also where nothing shows that more could not be.
    pub fn conclude(&self, by: By, at_least: Option<f64>) -> (CapacityVerdict, Vec<String>) {
        let is_short = at_least.is_some_and(|asked| self.carried.is_none_or(|load| load < asked));
        let verdict = match self.ended.by {
            EndedBy::Interrupted => CapacityVerdict::Interrupted,
            EndedBy::Error => CapacityVerdict::Error,
            _ if self.carried.is_none() && self.lowest_missed().is_some() => {
                CapacityVerdict::Failed
            }
            EndedBy::Generator if self.carried.is_none() => CapacityVerdict::Invalid,
            _ if self.carried.is_none() => CapacityVerdict::Error,
            _ if is_short => CapacityVerdict::Failed,
            _ if self.knee.is_some() => CapacityVerdict::Found,
            _ => CapacityVerdict::Beyond,
        };
        let asked = at_least.filter(|_| is_short);
        let shortage = asked.map(|load| format!("at least {} were asked for", by.told(load)));
        let knee = self.knee.map(|knee| {
            let (low, high) = (by.told(knee.low), by.told(knee.high));
            format!("the knee is at about {}, between {low} and {high}", by.about(knee.load))
        });
        let why = [Some(self.told(by)), shortage, knee, Some(self.ended.told.clone())];
        (verdict, why.into_iter().flatten().collect())
    }

    /// `120/s are carried; at 124/s send_to_event.p99 is 412ms, above 100ms`.
    fn told(&self, by: By) -> String {
        match (self.carried, self.lowest_missed()) {
            (Some(carried), Some(high)) => {
                format!("{}; at {} {}", by.carried(carried), by.told(high.load), high.told)
            }
            (Some(carried), None) => format!("at least {}", by.carried(carried)),
            (None, _) if self.ended.by == EndedBy::Bottom => {
                let lowest = self.levels.first().map(|level| by.carried(level.load));
                format!("not even {}", lowest.unwrap_or_default())
            }
            (None, _) => "no load is known to be carried".to_owned(),
        }
    }

    fn lowest_missed(&self) -> Option<&Level> {
        let is_missed = |level: &&Level| {
            matches!(level.outcome, LevelOutcome::Missed | LevelOutcome::NotCarried)
        };
        self.levels.iter().find(is_missed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::tests::{kept, missed, search};
    use crate::capacity::{Ended, Level};

    #[track_caller]
    fn check(
        levels: Vec<Level>,
        stopped: Option<EndedBy>,
        at_least: Option<f64>,
        verdict: CapacityVerdict,
        why: &[&str],
    ) {
        let mut search = search(10.0, 20.0);
        for level in levels {
            search.seen(level);
        }
        if let Some(by) = stopped {
            search.stop(Ended { by, told: "it was stopped".to_owned() });
        }
        assert_eq!(search.answer().conclude(By::Rate, at_least), (verdict, texts(why)));
    }

    fn texts(of: &[&str]) -> Vec<String> {
        of.iter().map(|text| (*text).to_owned()).collect()
    }

    fn invalid(load: f64) -> Level {
        let told = "lateness p99 was 31 ms".to_owned();
        Level { outcome: LevelOutcome::Invalid, told, ..missed(load) }
    }

    const FOUND: [&str; 3] = [
        "14/s are carried; at 14.4/s send_to_event.p99 is 200ms, above 100ms",
        "the knee is at about 14.2/s, between 14/s and 14.4/s",
        "14/s and 14.4/s are as close as was asked for",
    ];

    #[test]
    fn the_answer_is_told_first() {
        let levels = || vec![kept(14.0), missed(14.4)];
        check(levels(), None, None, CapacityVerdict::Found, &FOUND);
        check(levels(), None, Some(14.0), CapacityVerdict::Found, &FOUND);
    }

    #[test]
    fn less_than_was_asked_for_fails() {
        let [answer, knee, ended] = FOUND;
        let why = [answer, "at least 14.3/s were asked for", knee, ended];
        check(vec![kept(14.0), missed(14.4)], None, Some(14.3), CapacityVerdict::Failed, &why);
    }

    #[test]
    fn a_range_that_is_carried_is_an_answer() {
        let why = ["at least 20/s are carried", "20/s, the highest load of the range, was carried"];
        check(vec![kept(10.0), kept(20.0)], None, None, CapacityVerdict::Beyond, &why);
    }

    #[test]
    fn a_lowest_level_that_is_missed_fails() {
        let told = "the lowest load that was tried was not carried: \
                    at 10/s send_to_event.p99 is 200ms, above 100ms";
        let why = ["not even 10/s are carried", told];
        check(vec![missed(10.0)], None, None, CapacityVerdict::Failed, &why);
    }

    #[test]
    fn the_generators_limit_is_said() {
        let told = "at 15/s the generator itself could not keep up: lateness p99 was 31 ms";
        let why = ["at least 14/s are carried", told];
        check(vec![kept(14.0), invalid(15.0)], None, None, CapacityVerdict::Beyond, &why);
        let told = "at 10/s the generator itself could not keep up: lateness p99 was 31 ms";
        let why = ["no load is known to be carried", told];
        check(vec![invalid(10.0)], None, None, CapacityVerdict::Invalid, &why);
    }

    #[test]
    fn what_was_stopped_tells_what_is_known() {
        let why = ["at least 10/s are carried", "it was stopped"];
        let interrupted = Some(EndedBy::Interrupted);
        check(vec![kept(10.0)], interrupted, None, CapacityVerdict::Interrupted, &why);
        check(vec![kept(10.0)], Some(EndedBy::Cap), None, CapacityVerdict::Beyond, &why);
        let why = ["no load is known to be carried", "it was stopped"];
        check(Vec::new(), Some(EndedBy::Cap), None, CapacityVerdict::Error, &why);
        check(Vec::new(), Some(EndedBy::Error), None, CapacityVerdict::Error, &why);
    }

    #[test]
    fn each_verdict_has_its_exit_code() {
        for (verdict, code) in [
            (CapacityVerdict::Found, 0),
            (CapacityVerdict::Beyond, 0),
            (CapacityVerdict::Failed, 1),
            (CapacityVerdict::Error, 3),
            (CapacityVerdict::Invalid, 4),
            (CapacityVerdict::Interrupted, 130),
        ] {
            assert_eq!(verdict.exit_code(), code);
        }
    }
}
