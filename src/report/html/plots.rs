//! What plots are drawn from, and the figures that they are drawn into.
//!
//! It knows no section of the page. Start from [`data`], which a script reads, and from [`figure`],
//! which tells the same in words and numbers to whoever has no script.

mod course;
mod extremes;
mod line;
mod spread;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use crate::metrics::{Layer, Metric};
use crate::run::RunRecord;

use course::Course;
use line::Line;
use spread::Spread;

pub(super) use course::seconds_a_point;
pub(super) use extremes::{Curve, extremes};
pub(super) use spread::MOST_METRICS;

/// All that is drawn. Curves over time are columns with a value for each point.
#[derive(Serialize)]
struct Plots<'a> {
    /// How many seconds a point stands for.
    step: usize,
    /// How many points there are.
    points: usize,
    /// The second of the first error and of the first violation.
    first_error: Option<u64>,
    first_violation: Option<u64>,
    course: Course,
    errors: BTreeMap<Layer, Vec<u64>>,
    metrics: BTreeMap<&'a str, Spread>,
    /// The metric that is drawn first.
    main: Option<&'a str>,
    thresholds: Vec<Line>,
}

/// The figures, as JSON that only our script reads.
pub(super) fn data(record: &RunRecord) -> Markup {
    let step = seconds_a_point(record.timeline.len());
    let points = record.timeline.len().div_ceil(step);
    let plots = Plots {
        step,
        points,
        first_error: first_error(record),
        first_violation: first_violation(record),
        course: Course::of(&record.timeline, step),
        errors: course::errors(&record.errors_by_second, step, points),
        metrics: spread::spreads(record),
        main: main_metric(record),
        thresholds: line::lines(record),
    };
    let json = serde_json::to_string(&plots).expect("columns of numbers under names are JSON");
    html! {
        // A browser takes the text of a script as it stands, so entities would not be read.
        script type="application/json" id="deskbell-data" { (PreEscaped(inert(&json))) }
    }
}

/// A figure that a script draws a plot into; what is within tells its main figures without one.
pub(super) fn figure(name: &str, caption: &str, within: &Markup) -> Markup {
    html! {
        figure class="plot" data-plot=(name) {
            figcaption { (caption) }
            details open { summary { "Figures" } (within) }
        }
    }
}

/// The metric that tells most of a chat: the first of these, else the one with the most samples.
pub(super) fn main_metric(record: &RunRecord) -> Option<&str> {
    let known = [Metric::SendToEvent, Metric::SendToPeer, Metric::SendToAck, Metric::Connect];
    let mut known = known.into_iter().map(Metric::name);
    let drawn = spread::drawn(record);
    let is_drawn = |name: &&str| drawn.iter().any(|(one, _)| one == name);
    known.find(is_drawn).or_else(|| drawn.first().map(|(name, _)| *name))
}

/// Of how many seconds a point of a plot over time is the worst, where it is of several.
pub(super) fn thinned(record: &RunRecord) -> Option<String> {
    let step = seconds_a_point(record.timeline.len());
    (step > 1).then(|| {
        format!(
            "A point stands for {step} seconds: the worst of them for latencies, errors, violations \
             and devices, their mean for what is counted a second."
        )
    })
}

/// The first second with an error.
pub(super) fn first_error(record: &RunRecord) -> Option<u64> {
    let by_layer = record.errors_by_second.values().flatten();
    let by_layer = by_layer.filter(|(_, count)| *count > 0).map(|(second, _)| *second);
    let rows = record.timeline.iter().filter(|row| row.errors > 0).map(|row| row.second);
    by_layer.chain(rows).min()
}

/// The first second with a violation.
pub(super) fn first_violation(record: &RunRecord) -> Option<u64> {
    record.timeline.iter().find(|row| row.violations > 0).map(|row| row.second)
}

/// The same JSON without a character that could end the element it stands in, or a line of script.
fn inert(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            // These stand in strings only, where an escape means the same.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => text.push(c),
        }
    }
    text
}
