//! How far this machine's wall clock is ahead of the server's. It is never known exactly: a date in an answer
//! has whole seconds, and the server made it at some instant between request and answer.

use std::time::Duration;

use crate::device::Dated;

/// A tenth of a second, in microseconds: what is told is rounded to it.
const TENTH: i64 = 100_000;

/// Between which bounds this machine's clock is ahead of the server's, in microseconds; behind where negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    least_us: i64,
    most_us: i64,
}

impl Skew {
    /// What a dated answer says. `epoch` is the wall time at the start of the run, since the Unix epoch.
    pub(super) fn of(dated: Dated, epoch: Duration) -> Self {
        let Dated { date, asked_at, answered_at } = dated;
        // Up to a second was cut off.
        let latest = date + Duration::from_secs(1);
        Self {
            least_us: micros_since(epoch + asked_at, latest),
            most_us: micros_since(epoch + answered_at, date),
        }
    }

    /// What is left of it if both are right; `None` where they contradict each other.
    fn and(self, other: Self) -> Option<Self> {
        let least_us = self.least_us.max(other.least_us);
        let most_us = self.most_us.min(other.most_us);
        (least_us <= most_us).then_some(Self { least_us, most_us })
    }

    fn in_words(self) -> String {
        let Self { least_us, most_us } = self;
        if least_us <= 0 && most_us >= 0 {
            let within = in_tenths(most_us.max(-least_us));
            return format!("this machine's clock agrees with the server's within {within} s");
        }
        let middle_us = (least_us + most_us) / 2;
        let told_us = (middle_us + middle_us.signum() * TENTH / 2) / TENTH * TENTH;
        let off = in_tenths((most_us - told_us).max(told_us - least_us));
        let (by, side) =
            (in_tenths(told_us.abs()), if middle_us > 0 { "ahead of" } else { "behind" });
        format!("this machine's clock is {by} s {side} the server's, give or take {off} s")
    }
}

/// Negative where the first is the earlier one.
fn micros_since(at: Duration, earlier: Duration) -> i64 {
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    micros(at).saturating_sub(micros(earlier))
}

/// Microseconds as seconds with one digit, rounded up, so that a bound stays one.
fn in_tenths(us: i64) -> String {
    let tenths = us / TENTH + i64::from(us % TENTH > 0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// What the workers of a run have seen. Those that differ by no more than their bounds are one, and closer
/// than each of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Skews(Vec<Skew>);

impl Skews {
    /// Takes what one worker has seen.
    pub(super) fn note(&mut self, skew: Skew) {
        let agreed = self.0.iter_mut().find_map(|known| Some((known.and(skew)?, known)));
        match agreed {
            Some((both, known)) => *known = both,
            None => self.0.push(skew),
        }
    }

    /// A sentence for each that contradicts the others; `None` where no server told its date.
    pub(super) fn in_words(&self) -> Option<Vec<String>> {
        (!self.0.is_empty()).then(|| self.0.iter().map(|skew| skew.in_words()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of answers with the date of second 100, each asked for and come at these milliseconds
    /// of this machine's clock.
    #[track_caller]
    fn check(answers: &[(u64, u64)], expected: &[&str]) {
        let mut skews = Skews::default();
        let epoch = Duration::from_secs(50);
        let since = |ms: u64| Duration::from_millis(ms) - epoch;
        for (asked, answered) in answers {
            let (asked_at, answered_at) = (since(*asked), since(*answered));
            let date = Duration::from_secs(100);
            skews.note(Skew::of(Dated { date, asked_at, answered_at }, epoch));
        }
        assert_eq!(skews.in_words().unwrap_or_default(), expected, "{answers:?}");
    }

    #[test]
    fn a_skew_is_told_with_how_far_it_is_known() {
        check(&[], &[]);
        check(
            &[(102_780, 102_820)],
            &["this machine's clock is 2.3 s ahead of the server's, give or take 0.6 s"],
        );
        check(
            &[(90_500, 90_500)],
            &["this machine's clock is 10.0 s behind the server's, give or take 0.5 s"],
        );
        check(
            &[(100_200, 100_300)],
            &["this machine's clock agrees with the server's within 0.8 s"],
        );
    }

    #[test]
    fn workers_that_agree_know_it_better_and_others_are_told_apart() {
        check(
            &[(102_000, 102_000), (102_900, 102_900)],
            &["this machine's clock is 2.0 s ahead of the server's, give or take 0.1 s"],
        );
        check(
            &[(102_500, 102_500), (142_500, 142_500)],
            &[
                "this machine's clock is 2.0 s ahead of the server's, give or take 0.5 s",
                "this machine's clock is 42.0 s ahead of the server's, give or take 0.5 s",
            ],
        );
    }
}
