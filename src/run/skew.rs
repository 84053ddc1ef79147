//! How far this machine's wall clock is ahead of the server's. It is never known exactly: a date in an answer
//! has whole seconds, and the server made it at some instant between request and answer.

use std::time::Duration;

use crate::device::Dated;

/// Between which bounds this machine's clock is ahead of the server's, in seconds; behind where negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skew {
    least_s: f64,
    most_s: f64,
}

impl Skew {
    /// What a dated answer says. `epoch` is the wall time at the start of the run, since the Unix epoch.
    pub(super) fn of(dated: Dated, epoch: Duration) -> Self {
        let Dated { date, asked_at, answered_at } = dated;
        // Up to a second was cut off.
        let latest = date + Duration::from_secs(1);
        Self {
            least_s: seconds_since(epoch + asked_at, latest),
            most_s: seconds_since(epoch + answered_at, date),
        }
    }

    /// What is left of it if both are right; `None` where they contradict each other.
    fn and(self, other: Self) -> Option<Self> {
        let least_s = self.least_s.max(other.least_s);
        let most_s = self.most_s.min(other.most_s);
        (least_s <= most_s).then_some(Self { least_s, most_s })
    }

    fn in_words(self) -> String {
        let (ahead, off) = ((self.least_s + self.most_s) / 2.0, (self.most_s - self.least_s) / 2.0);
        if ahead.abs() <= off {
            let within = tenths_up(ahead.abs() + off);
            return format!("this machine's clock agrees with the server's within {within:.1} s");
        }
        let side = if ahead > 0.0 { "ahead of" } else { "behind" };
        let (by, off) = (ahead.abs(), tenths_up(off));
        format!("this machine's clock is {by:.1} s {side} the server's, give or take {off:.1} s")
    }
}

/// Negative where the first is the earlier one.
fn seconds_since(at: Duration, earlier: Duration) -> f64 {
    let ahead = at.saturating_sub(earlier).as_secs_f64();
    ahead - earlier.saturating_sub(at).as_secs_f64()
}

/// Rounded up, so that a bound stays one.
fn tenths_up(seconds: f64) -> f64 {
    (seconds * 10.0).ceil() / 10.0
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
