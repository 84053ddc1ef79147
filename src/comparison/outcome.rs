//! What follows of a change and how much worse a figure may be.

use super::{Change, Limit, Outcome};

/// What follows of a change. Of 10 % as a limit, 10 % more is as much worse as 10/11 is better: both
/// sides of it mirror each other as ratios, whichever run is the base.
pub(super) fn outcome(change: &Change, limit: Limit, more_is_worse: bool) -> Outcome {
    // Both bounds in the direction in which it gets worse.
    let (worse_low, worse_high, worst, best) = match (limit, more_is_worse) {
        (Limit::Absolute(most), true) => (change.low, change.high, most, -most),
        (Limit::Absolute(most), false) => (-change.high, -change.low, most, -most),
        (Limit::Relative(most), true) => {
            (change.low.ln_1p(), change.high.ln_1p(), most.ln_1p(), -most.ln_1p())
        }
        (Limit::Relative(most), false) => {
            let most = -(-most).ln_1p();
            (-change.high.ln_1p(), -change.low.ln_1p(), most, -most)
        }
    };
    if worse_low > worst {
        Outcome::Worse
    } else if worse_high < best {
        Outcome::Better
    } else if worse_low >= best && worse_high <= worst {
        Outcome::NoDifference
    } else {
        Outcome::Inconclusive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check((low, high): (f64, f64), limit: Limit, more_is_worse: bool, expected: Outcome) {
        let is_absolute = matches!(limit, Limit::Absolute(_));
        let change = Change { is_absolute, estimate: low.midpoint(high), low, high };
        let told = outcome(&change, limit, more_is_worse);
        assert_eq!(told, expected, "{low}..{high} of {limit:?}");
    }

    #[test]
    fn only_an_interval_that_lies_beyond_the_limit_is_worse() {
        let tenth = Limit::Relative(0.1);
        check((0.11, 0.4), tenth, true, Outcome::Worse);
        check((0.09, 0.4), tenth, true, Outcome::Inconclusive);
        check((-0.05, 0.09), tenth, true, Outcome::NoDifference);
        check((-0.09, 0.1), tenth, true, Outcome::NoDifference);
        check((-0.095, 0.1), tenth, true, Outcome::Inconclusive);
        check((-0.3, -0.05), tenth, true, Outcome::Inconclusive);
        check((-0.3, -0.095), tenth, true, Outcome::Better);
        check((-0.3, 0.3), tenth, true, Outcome::Inconclusive);
    }

    #[test]
    fn where_less_is_worse_it_is_the_other_way_round() {
        let tenth = Limit::Relative(0.1);
        check((-0.3, -0.11), tenth, false, Outcome::Worse);
        check((-0.3, -0.09), tenth, false, Outcome::Inconclusive);
        check((-0.1, 0.11), tenth, false, Outcome::NoDifference);
        check((0.12, 0.3), tenth, false, Outcome::Better);
    }

    #[test]
    fn a_limit_in_the_unit_itself_is_held_to_the_difference() {
        let points = Limit::Absolute(0.001);
        check((0.0011, 0.01), points, true, Outcome::Worse);
        check((0.0, 0.01), points, true, Outcome::Inconclusive);
        check((0.0, 0.0), points, true, Outcome::NoDifference);
        check((-0.01, -0.002), points, true, Outcome::Better);
    }

    #[test]
    fn a_limit_of_nothing_asks_whether_there_is_any_change() {
        let none = Limit::Relative(0.0);
        check((0.01, 0.02), none, true, Outcome::Worse);
        check((-0.01, 0.02), none, true, Outcome::Inconclusive);
        check((0.0, 0.0), none, true, Outcome::NoDifference);
    }
}
