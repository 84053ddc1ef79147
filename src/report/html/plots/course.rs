//! A run over time in as many points as a plot has room for.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::metrics::Layer;
use crate::run::TimelineRow;

/// More would not be told apart, and make the page heavy.
const MOST_POINTS: usize = 1_200;

/// Of so many seconds a point is made.
pub(in crate::report::html) fn seconds_a_point(seconds: usize) -> usize {
    seconds.div_ceil(MOST_POINTS).max(1)
}

/// A column for each curve, with a value for each point. Where a point is made of several seconds,
/// what goes wrong in one of them stays to be seen: latencies, errors and violations are the greatest
/// of its seconds, devices the least.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Course {
    devices: Vec<u64>,
    connects: Vec<PerSecond>,
    sends: Vec<PerSecond>,
    responses: Vec<PerSecond>,
    events: Vec<PerSecond>,
    errors: Vec<u64>,
    violations: Vec<u64>,
    send_to_event_p50: Vec<Option<u64>>,
    send_to_event_p99: Vec<Option<u64>>,
    send_to_peer_p50: Vec<Option<u64>>,
    send_to_peer_p99: Vec<Option<u64>>,
    rtt_p99: Vec<Option<u64>>,
    lateness_p99: Vec<Option<u64>>,
}

impl Course {
    /// Of a timeline, with so many seconds a point.
    pub(super) fn of(rows: &[TimelineRow], step: usize) -> Self {
        let points = || rows.chunks(step);
        let mean = |of: fn(&TimelineRow) -> u64| points().map(|rows| mean(rows, of)).collect();
        let most = |of: fn(&TimelineRow) -> u64| {
            points().filter_map(|rows| rows.iter().map(of).max()).collect()
        };
        let worst = |of: fn(&TimelineRow) -> Option<u64>| {
            points().map(|rows| rows.iter().filter_map(of).max()).collect()
        };
        Self {
            devices: points().filter_map(|rows| rows.iter().map(|row| row.devices).min()).collect(),
            connects: mean(|row| row.connects),
            sends: mean(|row| row.sends),
            responses: mean(|row| row.responses),
            events: mean(|row| row.events),
            errors: most(|row| row.errors),
            violations: most(|row| row.violations),
            send_to_event_p50: worst(|row| row.send_to_event_p50_us),
            send_to_event_p99: worst(|row| row.send_to_event_p99_us),
            send_to_peer_p50: worst(|row| row.send_to_peer_p50_us),
            send_to_peer_p99: worst(|row| row.send_to_peer_p99_us),
            rtt_p99: worst(|row| row.rtt_p99_us),
            lateness_p99: worst(|row| row.lateness_p99_us),
        }
    }
}

/// A number a second, to a tenth; written in as few characters as it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PerSecond {
    tenths: u64,
}

impl Serialize for PerSecond {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.tenths.is_multiple_of(10) {
            return to.serialize_u64(self.tenths / 10);
        }
        to.serialize_f64(self.tenths as f64 / 10.0)
    }
}

fn mean(rows: &[TimelineRow], of: fn(&TimelineRow) -> u64) -> PerSecond {
    let sum = rows.iter().map(of).fold(0_u64, u64::saturating_add);
    let count = rows.len().max(1) as u64;
    PerSecond { tenths: sum.saturating_mul(10).saturating_add(count / 2) / count }
}

/// A column for each layer that had errors. A point is the second with the most errors of all layers
/// together, so that what is stacked was so in one second.
pub(super) fn errors(
    by_second: &BTreeMap<Layer, Vec<(u64, u64)>>,
    step: usize,
    points: usize,
) -> BTreeMap<Layer, Vec<u64>> {
    let mut seconds: BTreeMap<u64, BTreeMap<Layer, u64>> = BTreeMap::new();
    for (layer, counts) in by_second {
        for (second, count) in counts {
            seconds.entry(*second).or_default().insert(*layer, *count);
        }
    }
    let had_errors = by_second.iter().filter(|(_, counts)| !counts.is_empty());
    let mut columns: BTreeMap<_, _> =
        had_errors.map(|(layer, _)| (*layer, vec![0; points])).collect();
    let mut most = vec![0; points];
    for (second, layers) in seconds {
        let point = usize::try_from(second).map_or(points, |second| second / step);
        let total = layers.values().copied().fold(0_u64, u64::saturating_add);
        if point < points && total > most[point] {
            most[point] = total;
            for (layer, column) in &mut columns {
                column[point] = layers.get(layer).copied().unwrap_or_default();
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: u64, of: fn(u64) -> TimelineRow) -> Vec<TimelineRow> {
        (0..count).map(|second| TimelineRow { second, ..of(second) }).collect()
    }

    #[track_caller]
    fn check(seconds: usize, step: usize, points: usize) {
        assert_eq!(seconds_a_point(seconds), step);
        let rows = rows(seconds as u64, |_| TimelineRow::default());
        let course = Course::of(&rows, step);
        assert_eq!((course.devices.len(), course.rtt_p99.len()), (points, points));
        assert!(points <= MOST_POINTS);
    }

    #[test]
    fn a_run_of_any_length_has_at_most_as_many_points_as_there_is_room_for() {
        for (seconds, step, points) in [
            (0, 1, 0),
            (1, 1, 1),
            (1_200, 1, 1_200),
            (1_201, 2, 601),
            (3_600, 3, 1_200),
            (86_401, 73, 1_184),
        ] {
            check(seconds, step, points);
        }
    }

    #[test]
    fn the_worst_of_each_points_seconds_is_kept() {
        let rows = rows(3_600, |second| TimelineRow {
            devices: if second == 100 { 3 } else { 10 },
            sends: second % 3,
            violations: u64::from(second == 1_000),
            send_to_peer_p99_us: match second {
                0..3 => None,
                50 => Some(9_000_000),
                _ => Some(1_000),
            },
            ..TimelineRow::default()
        });
        let course = Course::of(&rows, 3);
        assert_eq!((course.devices[32], course.devices[33]), (10, 3));
        assert_eq!(course.sends[7], PerSecond { tenths: 10 });
        assert_eq!((course.violations[332], course.violations[333]), (0, 1));
        assert_eq!(course.send_to_peer_p99[0..2], [None, Some(1_000)]);
        assert_eq!(course.send_to_peer_p99[16], Some(9_000_000));
    }

    #[test]
    fn a_mean_is_told_to_a_tenth() {
        let rows = rows(3, |second| TimelineRow { sends: 2 * second, ..TimelineRow::default() });
        let told = |rows| serde_json::to_string(&mean(rows, |row| row.sends)).unwrap();
        assert_eq!((told(&rows[..]), told(&rows[1..2])), ("2".to_owned(), "2".to_owned()));
        let rows = [rows[0], rows[1], rows[1]];
        assert_eq!(told(&rows), "1.3");
    }

    #[test]
    fn errors_of_a_point_are_those_of_its_worst_second() {
        let by_second = BTreeMap::from([
            (Layer::Network, vec![(0, 5), (1, 4), (4, 1)]),
            (Layer::Schema, vec![(1, 3), (900, 7)]),
            (Layer::Harness, vec![]),
        ]);
        let columns = errors(&by_second, 2, 3);
        let expected =
            BTreeMap::from([(Layer::Network, vec![4, 0, 1]), (Layer::Schema, vec![3, 0, 0])]);
        assert_eq!(columns, expected);
    }
}
