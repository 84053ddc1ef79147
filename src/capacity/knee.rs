//! Where the objectives stop being kept.

use super::sides::Sides;
use super::{By, Knee, Level, LevelOutcome};

impl Knee {
    /// Between the highest load that was kept and the lowest that was not: where the figure that is
    /// missed first crosses its bound, on a straight line of log figure by log load; in the middle, on
    /// the log scale, where there are no two figures.
    pub(super) fn of(levels: &[Level], by: By) -> Option<Self> {
        let sides = Sides::of(levels);
        let (low, high) = (sides.low?, sides.missed?);
        let share = crossing(low, high).unwrap_or(0.5);
        let load = low.load * (high.load / low.load).powf(share);
        let load = if by == By::Devices { load.floor() } else { load };
        let load = load.clamp(low.load, high.load);
        let (low, high) = interval(levels, low, high);
        Some(Self { load, low, high })
    }
}

/// The levels around the knee that are certain; where none is on a side, the farthest one there.
fn interval(levels: &[Level], low: &Level, high: &Level) -> (f64, f64) {
    let is_miss =
        |it: &&Level| matches!(it.outcome, LevelOutcome::Missed | LevelOutcome::NotCarried);
    let mut kept: Vec<_> = levels.iter().filter(|it| it.load <= low.load).collect();
    kept.sort_by(|a, b| b.load.total_cmp(&a.load));
    let mut missed: Vec<_> =
        levels.iter().filter(|it| it.load >= high.load).filter(is_miss).collect();
    missed.sort_by(|a, b| a.load.total_cmp(&b.load));
    let end = |side: &[&Level]| {
        let certain = side.iter().find(|level| !level.is_uncertain());
        certain.or(side.last()).map(|level| level.load)
    };
    (end(&kept).unwrap_or(low.load), end(&missed).unwrap_or(high.load))
}

/// How far from the low level to the high one the first of the missed objectives crosses its bound.
fn crossing(low: &Level, high: &Level) -> Option<f64> {
    let missed = high.objectives.iter().filter(|it| !it.is_kept());
    let shares = missed.filter_map(|above| {
        let below = low.objectives.iter().find(|it| it.expr == above.expr)?;
        let (under, over) = (below.log_distance()?, above.log_distance()?);
        let share = under / (under - over);
        share.is_finite().then_some(share.clamp(0.0, 1.0))
    });
    shares.min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::ObjectiveValue;
    use crate::capacity::tests::{level, objective};

    fn p99(ms: f64) -> ObjectiveValue {
        objective("send_to_event.p99 < 100ms", [ms * 1e3; 3])
    }

    #[track_caller]
    fn check(low: &[ObjectiveValue], high: &[ObjectiveValue], by: By, expected: f64) {
        let levels = [level(100.0, low), level(121.0, high)];
        let knee = Knee::of(&levels, by).unwrap();
        assert_eq!((knee.low, knee.high), (100.0, 121.0));
        assert!((knee.load - expected).abs() < 1e-9, "{knee:?}");
    }

    #[test]
    fn it_is_where_the_figure_crosses_its_bound() {
        check(&[p99(50.0)], &[p99(200.0)], By::Rate, 110.0);
        check(&[p99(100.0 / 1.21)], &[p99(121.0)], By::Rate, 110.0);
        check(&[p99(99.999_999_999_999)], &[p99(5000.0)], By::Rate, 100.0);
        check(&[p99(50.0)], &[p99(100.0)], By::Rate, 121.0);
        check(&[p99(49.0)], &[p99(200.0)], By::Devices, 110.0);
    }

    #[test]
    fn the_objective_that_is_missed_first_decides() {
        let sends = |rate: f64| objective("sends.rate > 50/s", [rate; 3]);
        check(&[p99(50.0), sends(100.0)], &[p99(200.0), sends(45.0)], By::Rate, 110.0);
        check(&[p99(50.0), sends(100.0)], &[p99(99.0), sends(25.0)], By::Rate, 110.0);
    }

    #[test]
    fn without_two_figures_it_is_in_the_middle() {
        let errors = |share: f64| objective("errors.rate < 1%", [share; 3]);
        check(&[errors(0.0)], &[errors(0.3)], By::Rate, 110.0);
    }

    #[test]
    fn it_takes_both_sides() {
        let kept = [level(10.0, &[p99(5.0)])];
        assert_eq!(Knee::of(&kept, By::Rate), None);
        let missed = [level(10.0, &[p99(500.0)])];
        assert_eq!(Knee::of(&missed, By::Rate), None);
        let mut invalid = [level(10.0, &[p99(5.0)]), level(20.0, &[p99(5.0)])];
        invalid[1].outcome = LevelOutcome::Invalid;
        assert_eq!(Knee::of(&invalid, By::Rate), None);
    }

    #[test]
    fn its_interval_reaches_to_what_is_certain() {
        let unsure = |ms: f64| objective("send_to_event.p99 < 100ms", [90e3, ms * 1e3, 110e3]);
        let ends = |levels: &[Level]| {
            let knee = Knee::of(levels, By::Rate).unwrap();
            assert!((9.0..=10.0).contains(&knee.load), "{knee:?}");
            (knee.low, knee.high)
        };
        let levels = [
            level(8.0, &[p99(50.0)]),
            level(9.0, &[unsure(98.0)]),
            level(10.0, &[unsure(102.0)]),
            level(12.0, &[p99(200.0)]),
            level(16.0, &[p99(400.0)]),
        ];
        assert_eq!(ends(&levels), (8.0, 12.0));
        assert_eq!(ends(&levels[1..3]), (9.0, 10.0), "nothing is certain");
    }
}
