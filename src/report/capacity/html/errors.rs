//! Errors by load, drawn.

use maud::{Markup, html};

use crate::capacity::{CapacityRecord, Level};
use crate::report::capacity::words;

use super::axis::Axis;
use super::drawing::{Plot, legend, line, mark, place, up};
use super::{curve, series};

const HEIGHT: f64 = 240.0;

/// Up to here the axis goes where there were no errors: 1 %.
const LEAST: f64 = 0.01;

/// The figure; nothing where no level knows its errors.
pub(super) fn figure(record: &CapacityRecord) -> Markup {
    let bounds = series::error_bounds(record);
    let known: Vec<_> =
        record.levels.iter().filter_map(|level| Some((level, level.errors?))).collect();
    let values = known.iter().map(|(_, errors)| *errors);
    let values = values.chain(bounds.iter().map(|(_, bound)| *bound)).chain([LEAST]);
    let (Some(x), Some(y)) = (curve::loads(record), Axis::linear(values, up(HEIGHT))) else {
        return html! {};
    };
    if known.is_empty() {
        return html! {};
    }
    let worst = known.iter().map(|(_, errors)| *errors).fold(0.0, f64::max);
    let description = format!(
        "At worst {} of requests failed. The table below has every figure.",
        words::share(worst)
    );
    let plot = Plot {
        id: "errors-by-load",
        height: HEIGHT,
        title: "Errors by load",
        description: &description,
        x: &x,
        y: &y,
        names: (words::loads(record.by), "errors, of requests"),
        told_x: words::number,
        told_y: words::share,
    };
    html! {
        figure {
            figcaption { "Errors by load" }
            (plot.svg(&html! {
                @if let Some(knee) = record.knee { (curve::band(record, knee, &x, HEIGHT)) }
                @for (expr, bound) in &bounds { (curve::limit(expr, *bound, &y)) }
                @for (level, errors) in &known { (bar(record, level, *errors, &x, &y)) }
            }))
            (legend(known.iter().map(|(level, _)| level.outcome), &html! {
                @if !bounds.is_empty() { (line("bound", "objective")) }
            }))
            p class="note" { "At worst " (words::share(worst)) " of requests failed." }
        }
    }
}

fn bar(record: &CapacityRecord, level: &Level, errors: f64, x: &Axis, y: &Axis) -> Markup {
    let (at, zero, value) = (x.at(level.load), y.at(0.0), y.at(errors));
    let load = words::load(record.by, level.load);
    let told =
        format!("{load}: {} of requests failed, {}", words::share(errors), level.outcome.as_str());
    html! {
        rect.errors x=(place(at - 2.0)) y=(place(value)) width="4" height=(place(zero - value)) {}
        (mark(level.outcome, (at, value), &told))
    }
}
