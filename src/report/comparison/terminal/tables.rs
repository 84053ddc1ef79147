//! The tables of the closing summary.

use crate::comparison::{Comparison, MetricRow, Outcome, TrendRow};
use crate::report::comparison::row::{self, Latency, STATISTICS};
use crate::report::comparison::wording;
use crate::report::figure::grouped;
use crate::report::terminal::page::said;

use super::beyond;
use super::grid::Grid;

/// How many figures of an outcome are told, and how many where nothing is to be seen in them.
const MOST: usize = 20;
const MOST_ALIKE: usize = 10;

/// How many latencies are told side by side, and how many figures of a history.
const MOST_LATENCIES: usize = 6;

/// What is judged, below a line for each outcome.
pub(super) fn judged(comparison: &Comparison) -> Grid {
    let rows = row::judged(comparison);
    let mut grid = Grid::new(["judged", "base", "candidate", "change", "interval", "allowed"]);
    for group in rows.chunk_by(|one, next| one.outcome == next.outcome) {
        let most = if group[0].outcome == Some(Outcome::NoDifference) { MOST_ALIKE } else { MOST };
        grid.group(group[0].outcome.map_or("", wording::outcome).to_owned());
        for row in group.iter().take(most) {
            grid.row([figures(row).to_vec(), vec![wording::limit(row)]].concat());
        }
        if let Some(rest) = beyond(group.len(), most, "figures") {
            grid.group(format!("  {rest}"));
        }
    }
    grid
}

/// The name, both sides, the change and its interval.
fn figures(row: &MetricRow) -> [String; 5] {
    let [base, candidate] =
        [&row.base, &row.candidate].map(|side| wording::side(row.unit, side.as_ref()));
    let (estimate, interval) = match row.change {
        Some(change) => {
            (wording::estimate(row.unit, &change), wording::interval(row.unit, &change))
        }
        None => ("unknown".to_owned(), String::new()),
    };
    [said(&row.name), base, candidate, estimate, interval]
}

/// What is told of a row.
type Told = fn(&MetricRow) -> String;

/// What stands below each other of a latency.
const SIDES: [(&str, Told); 3] = [
    ("base", |row| wording::side(row.unit, row.base.as_ref())),
    ("candidate", |row| wording::side(row.unit, row.candidate.as_ref())),
    ("change", |row| {
        row.change.map_or("unknown".to_owned(), |change| wording::estimate(row.unit, &change))
    }),
];

/// The percentiles of the first latencies, side by side.
pub(super) fn latencies(comparison: &Comparison) -> Grid {
    let all = row::latencies(comparison);
    let names = STATISTICS.iter().map(|(_, name)| *name);
    let mut grid = Grid::new(["latency"].into_iter().chain(names));
    for Latency { metric, statistics } in all.iter().take(MOST_LATENCIES) {
        grid.group(said(metric));
        for (label, cell) in SIDES {
            let cells = statistics.iter().map(|row| row.map_or(String::new(), cell));
            grid.row([label.to_owned()].into_iter().chain(cells).collect());
        }
    }
    if let Some(rest) = beyond(all.len(), MOST_LATENCIES, "latencies") {
        grid.group(rest);
    }
    grid
}

/// Rates and shares that are only shown.
pub(super) fn rates(comparison: &Comparison) -> Grid {
    let rows = row::rates(comparison).into_iter().filter(|row| row.outcome.is_none());
    let rows: Vec<_> = rows.collect();
    let mut grid = Grid::new(["only shown", "base", "candidate", "change", "interval"]);
    rows.iter().take(MOST).for_each(|row| grid.row(figures(row).to_vec()));
    if let Some(rest) = beyond(rows.len(), MOST, "figures") {
        grid.group(rest);
    }
    grid
}

/// A history: figure by figure, run by run.
pub(super) fn trend(comparison: &Comparison) -> Grid {
    let trend = &comparison.trend;
    let mut grid = Grid::new(["trend", "figure", "interval"]);
    let names = row::trend_names(trend);
    for name in names.iter().take(MOST_LATENCIES) {
        grid.group(said(name));
        trend.iter().for_each(|row| grid.row(trend_row(row, name)));
    }
    if let Some(rest) = beyond(names.len(), MOST_LATENCIES, "figures") {
        grid.group(rest);
    }
    if !trend.is_empty() {
        grid.group("violations of musts and shoulds".to_owned());
    }
    for row in trend {
        grid.row(vec![said(&row.run.folder), grouped(row.violations), String::new()]);
    }
    grid
}

fn trend_row(row: &TrendRow, name: &str) -> Vec<String> {
    let (value, interval) = wording::trend(row::trend_figure(row, name));
    vec![said(&row.run.folder), value, interval.unwrap_or_default()]
}
