//! What a run counted second by second: rates, and shares of what was counted otherwise.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::metrics::Totals;
use crate::run::TimelineRow;

/// What is counted, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shares {
    /// Messages sent, by seconds.
    Sends,
    /// Events received, by seconds.
    Events,
    /// Errors, by requests.
    Errors,
    /// Lost events, by expected deliveries.
    Lost,
}

/// Which seconds losses are laid to where more than one is as likely; any number will do.
const SEED: u64 = 0x6465_736b;

/// Beyond so many, chance evens out, and they are spread instead.
const MOST_DRAWN: u64 = 100_000;

/// The seconds of a run that took so long, and what they counted all in all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted<'a> {
    pub(super) rows: &'a [TimelineRow],
    pub(super) totals: &'a Totals,
    /// `None` where it is not known.
    pub(super) elapsed: Option<Duration>,
}

impl Counted<'_> {
    /// A part and its whole of each second. Over the run both add up to what was counted.
    pub(super) fn ratios(&self, shares: Shares) -> Vec<(f64, f64)> {
        let Self { rows, totals, .. } = *self;
        let counted =
            |count: fn(&TimelineRow) -> u64| rows.iter().map(move |row| count(row) as f64);
        match shares {
            Shares::Sends => counted(|row| row.sends).zip(self.lengths()).collect(),
            Shares::Events => counted(|row| row.events).zip(self.lengths()).collect(),
            Shares::Errors => {
                // Most requests are answered within the second.
                let requests = spread(totals.requests, rows, |row| row.responses);
                counted(|row| row.errors).zip(requests).collect()
            }
            Shares::Lost => {
                let expected = spread(totals.deliveries_expected, rows, |row| row.sends);
                lost(totals.lost, rows).into_iter().zip(expected).collect()
            }
        }
    }

    /// How long each second took part: the last one is over when the run is.
    fn lengths(&self) -> Vec<f64> {
        let mut lengths = vec![1.0; self.rows.len()];
        let before = self.rows.len() as f64 - 1.0;
        let rest = self.elapsed.map(|elapsed| elapsed.as_secs_f64() - before);
        // A run whose seconds and instants do not fit has a last second like any other.
        let rest = rest.filter(|rest| (0.001..1.0).contains(rest));
        if let (Some(last), Some(rest)) = (lengths.last_mut(), rest) {
            *last = rest;
        }
        lengths
    }
}

/// A total over the seconds as something else was counted in them; evenly where that was never.
fn spread(total: u64, rows: &[TimelineRow], like: fn(&TimelineRow) -> u64) -> Vec<f64> {
    let sum = sum(rows, like);
    let evenly = total as f64 / rows.len().max(1) as f64;
    let share = |row: &TimelineRow| total as f64 * (like(row) as f64 / sum as f64);
    rows.iter().map(|row| if sum == 0 { evenly } else { share(row) }).collect()
}

fn sum(rows: &[TimelineRow], of: fn(&TimelineRow) -> u64) -> u64 {
    rows.iter().map(of).fold(0, u64::saturating_add)
}

/// Losses by second. That is not counted; each is a violation though, unless it is waived, and those
/// are: where there are more of them, losses are drawn among them. Waived ones are drawn among the
/// events.
fn lost(total: u64, rows: &[TimelineRow]) -> Vec<f64> {
    let ways: [fn(&TimelineRow) -> u64; 2] = [|row| row.violations, |row| row.events];
    match ways.into_iter().find(|way| sum(rows, *way) >= total) {
        Some(way) if total <= MOST_DRAWN => drawn(total, &rows.iter().map(way).collect::<Vec<_>>()),
        Some(way) => spread(total, rows, way),
        None => spread(total, rows, |row| row.sends),
    }
}

/// So many, each laid to a place by chance, as often as there are items in it; where they are as many
/// as all items, the items themselves. The same for the same numbers.
fn drawn(wanted: u64, items: &[u64]) -> Vec<f64> {
    let ends: Vec<u64> = items
        .iter()
        .scan(0_u64, |end, items| {
            *end = end.saturating_add(*items);
            Some(*end)
        })
        .collect();
    let all = ends.last().copied().unwrap_or_default();
    if wanted == all {
        return items.iter().map(|items| *items as f64).collect();
    }
    let mut random = SmallRng::seed_from_u64(SEED);
    let mut taken = vec![0.0; items.len()];
    for _ in 0..wanted {
        let item = random.random_range(0..all);
        taken[ends.partition_point(|end| *end <= item)] += 1.0;
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(sends: u64, responses: u64, errors: u64, violations: u64) -> TimelineRow {
        TimelineRow {
            sends,
            responses,
            errors,
            violations,
            events: sends,
            ..TimelineRow::default()
        }
    }

    #[track_caller]
    fn check(shares: Shares, totals: Totals, rows: &[TimelineRow], expected: &[(f64, f64)]) {
        let elapsed = Some(Duration::from_millis((rows.len() as u64 * 1_000).saturating_sub(750)));
        let told = Counted { rows, totals: &totals, elapsed }.ratios(shares);
        assert_eq!(told, expected);
    }

    #[test]
    fn rates_are_by_seconds_and_the_last_one_is_as_long_as_it_was() {
        let rows = [row(10, 0, 0, 0), row(4, 0, 0, 0)];
        check(Shares::Sends, Totals::default(), &rows, &[(10.0, 1.0), (4.0, 0.25)]);
        check(Shares::Events, Totals::default(), &rows[..1], &[(10.0, 0.25)]);
        check(Shares::Sends, Totals::default(), &[], &[]);
    }

    #[test]
    fn errors_are_by_the_requests_that_there_were() {
        let totals = Totals { requests: 60, ..Totals::default() };
        let rows = [row(0, 10, 1, 0), row(0, 20, 0, 0)];
        check(Shares::Errors, totals, &rows, &[(1.0, 20.0), (0.0, 40.0)]);
        let rows = [row(0, 0, 30, 0), row(0, 0, 30, 0)];
        check(Shares::Errors, totals, &rows, &[(30.0, 30.0), (30.0, 30.0)]);
    }

    #[test]
    fn losses_are_where_the_violations_are() {
        let totals = Totals { deliveries_expected: 40, lost: 5, ..Totals::default() };
        let rows = [row(30, 0, 0, 0), row(10, 0, 0, 5)];
        check(Shares::Lost, totals, &rows, &[(0.0, 30.0), (5.0, 10.0)]);
        let rows = [row(30, 0, 0, 0), row(10, 0, 0, 500)];
        check(Shares::Lost, totals, &rows, &[(0.0, 30.0), (5.0, 10.0)]);
        let rows = [row(10, 0, 0, 0), row(0, 0, 0, 0)];
        check(Shares::Lost, totals, &rows, &[(5.0, 40.0), (0.0, 0.0)]);
        check(Shares::Lost, totals, &[row(1, 0, 0, 0), row(1, 0, 0, 0)], &[(2.5, 20.0); 2]);
    }

    #[test]
    fn losses_are_drawn_among_more_items_as_many_as_there_are() {
        let taken = drawn(1_000, &[10_000, 0, 30_000]);
        assert_eq!(taken.iter().sum::<f64>(), 1_000.0);
        assert!((150.0..350.0).contains(&taken[0]) && taken[1] == 0.0, "{taken:?}");
        assert_eq!(drawn(1_000, &[10_000, 0, 30_000]), taken);
        assert_eq!(drawn(7, &[3, 4]), [3.0, 4.0]);
    }
}
