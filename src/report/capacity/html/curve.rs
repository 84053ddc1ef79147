//! The curve: latency and errors by load, drawn, and all figures in a table.

use std::ops::RangeInclusive;

use maud::{Markup, html};

use crate::capacity::{CapacityRecord, Knee, Level, LevelOutcome};
use crate::protocol::cut;
use crate::report::capacity::words;
use crate::report::escape::one_line;
use crate::report::html::tone::{Tone, badge};

use super::axis::Axis;
use super::drawing::{ACROSS, Plot, legend, line, mark, path, place, segment, up, whisker};
use super::errors;
use super::series::{self, Series};

const HEIGHT: f64 = 340.0;

/// How far from the knee a level may lie to be drawn near it: a factor.
const NEAR: f64 = 1.3;

/// How many levels near the knee are drawn by themselves, at least.
const LEAST_NEAR: usize = 3;

/// How much of an objective is told beside its line, in bytes.
const LONGEST_LABEL: usize = 48;

/// The section.
pub(super) fn section(record: &CapacityRecord) -> Markup {
    html! {
        @if !record.levels.is_empty() {
            section id="curve" aria-labelledby="curve-title" {
                h2 id="curve-title" { "The curve" }
                div class="plots" {
                    (latency(record, "latency-by-load", None))
                    @if let Some(near) = near_knee(record) {
                        (latency(record, "latency-near-knee", Some(&near)))
                    }
                    (errors::figure(record))
                }
                (table(record))
            }
        }
    }
}

/// The axis of the loads of all levels.
pub(super) fn loads(record: &CapacityRecord) -> Option<Axis> {
    Axis::log(record.levels.iter().map(|level| level.load), ACROSS)
}

/// The loads around the knee, where there are enough levels there to be drawn by themselves.
fn near_knee(record: &CapacityRecord) -> Option<RangeInclusive<f64>> {
    let knee = record.knee?;
    let near = knee.low / NEAR..=knee.high * NEAR;
    let count = record.levels.iter().filter(|level| near.contains(&level.load)).count();
    (LEAST_NEAR..record.levels.len()).contains(&count).then_some(near)
}

/// Latency by load, of all levels or of those with a load in `near`.
fn latency(
    record: &CapacityRecord,
    id: &'static str,
    near: Option<&RangeInclusive<f64>>,
) -> Markup {
    let caption = if near.is_some() { "Around the knee: " } else { "Latency by load: " };
    let is_drawn = |load: f64| near.is_none_or(|near| near.contains(&load));
    let loads: Vec<_> = record.levels.iter().map(|level| level.load).collect();
    let mut series = series::drawn(record);
    for one in &mut series {
        one.points.retain(|(load, ..)| is_drawn(*load));
    }
    series.retain(|one| !one.points.is_empty());
    let outcomes = record.levels.iter().filter(|level| is_drawn(level.load));
    let outcomes = outcomes.map(|level| level.outcome);
    let bounds = series::bounds(record);
    let values = series.iter().flat_map(|one| &one.points);
    let values = values.flat_map(|(.., figure)| [figure.low, figure.value, figure.high]);
    let values = values.chain(bounds.iter().map(|(_, bound)| *bound));
    let x = Axis::log(loads.into_iter().filter(|load| is_drawn(*load)), ACROSS);
    let (Some(x), Some(y)) = (x, Axis::log(values, up(HEIGHT))) else { return html! {} };
    if series.is_empty() {
        return html! {};
    }
    let metric = series::metric(record).unwrap_or_else(|| "latency".to_owned());
    let title = format!("{caption}{}", one_line(&metric));
    let plot = Plot {
        id,
        height: HEIGHT,
        title: &title,
        description: &described(record, &series),
        x: &x,
        y: &y,
        names: (words::loads(record.by), "latency"),
        told_x: words::number,
        told_y: words::us,
    };
    html! {
        figure {
            figcaption { (caption) code { (one_line(&metric)) } }
            (plot.svg(&html! {
                @if let Some(knee) = record.knee { (band(record, knee, &x, HEIGHT)) }
                @for (expr, bound) in &bounds { (limit(expr, *bound, &y)) }
                @for one in &series { (drawn(record, one, &x, &y)) }
            }))
            (legend(outcomes, &html! {
                @for one in &series { (line(one.class, one.name)) }
                @if !bounds.is_empty() { (line("bound", "objective")) }
            }))
            p class="note" {
                "Both axes are logarithmic. A bar is the interval of a figure"
                @if record.knee.is_some() { ", the band where the knee lies" }
                "."
            }
        }
    }
}

fn described(record: &CapacityRecord, series: &[Series]) -> String {
    let told = |one: &Series| {
        let (first, last) = (one.points.first()?, one.points.last()?);
        Some(format!(
            "{} goes from {} at {} to {} at {}",
            one.name,
            words::us(first.2.value),
            words::load(record.by, first.0),
            words::us(last.2.value),
            words::load(record.by, last.0),
        ))
    };
    let told: Vec<_> = series.iter().filter_map(told).collect();
    format!("{}. The table below has every figure.", told.join("; "))
}

/// Where the knee lies: a band from one level to the other, and a line where it is best known.
pub(super) fn band(record: &CapacityRecord, knee: Knee, x: &Axis, height: f64) -> Markup {
    let (bottom, top) = up(height);
    let [low, at, high] = [knee.low, knee.load, knee.high].map(|load| x.at(load));
    let width = (high - low).max(3.0);
    let is_right = at > ACROSS.0.midpoint(ACROSS.1);
    let (anchor, text) = if is_right { ("end", at - 5.0) } else { ("start", at + 5.0) };
    html! {
        g.knee {
            rect x=(place(low)) y=(place(top)) width=(place(width)) height=(place(bottom - top)) {}
            path d=(segment((at, bottom), (at, top - 12.0))) {}
            text x=(place(text)) y=(place(top - 6.0)) text-anchor=(anchor) {
                "knee " (words::about(record.by, knee.load))
            }
        }
    }
}

/// The bound of an objective, as a line with its name.
pub(super) fn limit(expr: &str, bound: f64, y: &Axis) -> Markup {
    let at = y.at(bound);
    html! {
        @if y.holds(bound) {
            g.limit {
                path.bound d=(segment((ACROSS.0, at), (ACROSS.1, at))) {}
                text x=(place(ACROSS.0 + 6.0)) y=(place(at - 6.0)) {
                    (one_line(cut(expr, LONGEST_LABEL)))
                }
            }
        }
    }
}

/// A line through the levels that say something of the endpoint, and a mark for each level.
fn drawn(record: &CapacityRecord, series: &Series, x: &Axis, y: &Axis) -> Markup {
    let is_said = |outcome| match outcome {
        LevelOutcome::Kept | LevelOutcome::Missed | LevelOutcome::NotCarried => true,
        LevelOutcome::Invalid | LevelOutcome::BrokenOff => false,
    };
    let point = |load: f64, value: f64| (x.at(load), y.at(value));
    let through = series.points.iter().filter(|(_, outcome, _)| is_said(*outcome));
    let through = through.map(|(load, _, figure)| point(*load, figure.value));
    html! {
        path class=(series.class) d=(path(through)) {}
        @for (load, outcome, figure) in &series.points {
            (whisker(x.at(*load), y.at(figure.low), y.at(figure.high)))
            (mark(*outcome, point(*load, figure.value), &format!(
                "{}: {} is {} ({}), {}",
                words::load(record.by, *load),
                series.name,
                words::us(figure.value),
                words::within(*figure),
                outcome.as_str(),
            )))
        }
        @if let Some((load, _, figure)) = series.points.first() {
            // The median stands below its line, where none of the others is.
            @let beside = if series.class == "p50" { 18.0 } else { -9.0 };
            text.of-line x=(place(x.at(*load) + 7.0)) y=(place(y.at(figure.value) + beside)) {
                (series.name)
            }
        }
    }
}

fn table(record: &CapacityRecord) -> Markup {
    let names = ["Achieved", "Sends/s", "p50", "p99", "p99 within", "Errors"];
    html! {
        div class="scroll" tabindex="0" role="group" aria-label="The curve as a table" {
            table {
                caption { "Every level, by load; all runs of one together" }
                thead {
                    tr {
                        th scope="col" class="number" { "Load" }
                        @for name in names { th scope="col" class="number" { (name) } }
                        th scope="col" { "Outcome" }
                        th scope="col" class="number" { "Runs" }
                        th scope="col" { "Why" }
                    }
                }
                tbody { @for level in &record.levels { (row(record, level)) } }
            }
        }
    }
}

fn row(record: &CapacityRecord, level: &Level) -> Markup {
    let cells = [
        level.achieved.map(words::number),
        level.sends_per_s.map(words::number),
        level.p50.map(|one| words::us(one.value)),
        level.p99.map(|one| words::us(one.value)),
        level.p99.map(words::within),
        level.errors.map(words::share),
    ];
    html! {
        tr data-outcome=(level.outcome.as_str()) {
            th scope="row" class="number" { (words::load(record.by, level.load)) }
            @for cell in cells { td class="number" { (cell.as_deref().unwrap_or("-")) } }
            td { (badge(tone(level.outcome), level.outcome.as_str())) }
            td class="number" { (level.attempts.len()) }
            td class="wide" { (one_line(&level.told)) }
        }
    }
}

/// How an outcome looks.
pub(super) fn tone(outcome: LevelOutcome) -> Tone {
    match outcome {
        LevelOutcome::Kept => Tone::Pass,
        LevelOutcome::Missed | LevelOutcome::NotCarried => Tone::Fail,
        LevelOutcome::Invalid => Tone::Warn,
        LevelOutcome::BrokenOff => Tone::Open,
    }
}
