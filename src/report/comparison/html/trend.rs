//! A history: the main figures run by run, as charts and as a table.

use maud::{Markup, html};

use crate::comparison::{Comparison, TrendFigure, TrendRow, Unit};
use crate::report::chart::{Axis, Chart, Scale, Series};
use crate::report::comparison::{row, wording};
use crate::report::escape::one_line;
use crate::report::figure::grouped;
use crate::report::span;

/// How many figures are drawn.
const MOST_DRAWN: usize = 12;

/// How many runs are numbered along an axis.
const MOST_TICKS: usize = 10;

/// The section; nothing where no history was asked for.
pub(super) fn section(comparison: &Comparison) -> Markup {
    let trend = &comparison.trend;
    let names = row::trend_names(trend);
    html! {
        @if !trend.is_empty() {
            section id="trend" {
                h2 { "Trend" }
                p { "Run by run, the earliest first; intervals tell of the seconds within a run." }
                div class="plots" {
                    @for name in names.iter().take(MOST_DRAWN) { (chart(trend, name)) }
                }
                (table(trend, &names))
            }
        }
    }
}

fn chart(trend: &[TrendRow], name: &str) -> Markup {
    let figures = || (1..).map(f64::from).zip(trend.iter().map(|run| row::trend_figure(run, name)));
    let points = figures().map(|(nth, figure)| Some((nth, figure?.value?)));
    let points: Vec<_> = points.collect();
    let intervals = figures().filter_map(|(nth, figure)| Some((nth, figure?.low?, figure?.high?)));
    let intervals: Vec<_> = intervals.collect();
    let Some(unit) = figures().find_map(|(_, figure)| figure).map(|figure| figure.unit) else {
        return html! {};
    };
    let values = points.iter().flatten().map(|(_, value)| *value);
    let values = values.chain(intervals.iter().flat_map(|&(_, low, high)| [low, high]));
    let upward = match unit {
        Unit::Us => Axis::of_latencies(values),
        Unit::PerSecond => Axis::of_values("a second", values, |value| wording::tick(unit, value)),
        Unit::Share => Axis::of_values("share", values, |value| wording::tick(unit, value)),
    };
    let chart = Chart {
        title: &format!("{name} run by run"),
        description: "The table below has the same in numbers.",
        along: of_runs(trend.len()),
        upward,
        series: vec![Series { name: "with its interval", points, intervals, is_marked: true }],
    };
    html! { div { h3 { code { bdi { (one_line(name)) } } } (chart.draw()) } }
}

/// Runs by number, with half a run at either end.
fn of_runs(count: usize) -> Axis {
    let ticks = (1..=count).step_by(count.div_ceil(MOST_TICKS).max(1));
    Axis {
        label: "run",
        scale: Scale::Linear { from: 0.5, to: count as f64 + 0.5 },
        ticks: ticks.map(|nth| (nth as f64, nth.to_string())).collect(),
    }
}

fn table(trend: &[TrendRow], names: &[&str]) -> Markup {
    html! {
        div class="scroll" {
            table {
                thead {
                    tr {
                        th scope="col" class="number" { "Run" }
                        th scope="col" { "Folder" }
                        th scope="col" { "Began" }
                        @for name in names { th scope="col" class="number" { bdi { (one_line(name)) } } }
                        th scope="col" class="number" { "Violations" }
                    }
                }
                tbody { @for (nth, run) in (1..).zip(trend) { (line(nth, run, names)) } }
            }
        }
    }
}

fn line(nth: usize, run: &TrendRow, names: &[&str]) -> Markup {
    html! {
        tr {
            th scope="row" class="number" { (nth) }
            td class="wide" { code { bdi { (one_line(&run.run.folder)) } } }
            td class="whole" { (span::told(&one_line(&run.run.started_at))) }
            @for name in names { td class="number" { (cell(row::trend_figure(run, name))) } }
            td class="number" { (grouped(run.violations)) }
        }
    }
}

fn cell(figure: Option<&TrendFigure>) -> Markup {
    let (value, interval) = wording::trend(figure);
    html! {
        (value)
        @if let Some(interval) = interval { div class="note" { (interval) } }
    }
}
