//! What the Universal Scalability Law says: throughput by concurrency, measured and predicted apart.

use maud::{Markup, html};

use crate::capacity::{CapacityRecord, Law, Level};
use crate::report::capacity::words;
use crate::report::escape::one_line;
use crate::report::figure::counted;
use crate::report::html::tone::{Tone, badge};

use super::axis::Axis;
use super::drawing::{ACROSS, Plot, legend, line, mark, path, place, up};

const HEIGHT: f64 = 340.0;

/// Of how many pieces the line of the law is made.
const PIECES: usize = 80;

/// The section; nothing where there is no law.
pub(super) fn section(record: &CapacityRecord) -> Markup {
    html! {
        @if let Some(law) = &record.law {
            section id="law" aria-labelledby="law-title" {
                h2 id="law-title" { "What the law says" }
                p {
                    "The Universal Scalability Law (N. Gunther), fitted to "
                    (counted(law.levels as u64, "level")) " that kept up, tells the throughput "
                    "of so many requests under way at once. Up to "
                    (words::number(law.measured_to)) " at once it rests on what was measured; "
                    strong { "beyond that it is a prediction, of which nothing was seen." }
                }
                div class="plots" {
                    (figure(record, law))
                    div { (facts(law)) (notes(law)) (table(record, law)) }
                }
            }
        }
    }
}

/// `X(N)`, as the record has it; `None` where the law has no sense.
fn throughput(law: &Law, concurrency: f64) -> Option<f64> {
    let others = concurrency - 1.0;
    let waits = 1.0 + law.sigma * others + law.kappa * concurrency * others;
    let throughput = law.lambda * concurrency / waits;
    (throughput.is_finite() && throughput >= 0.0).then_some(throughput)
}

/// Levels with both figures.
fn measured(record: &CapacityRecord) -> Vec<(&Level, f64, f64)> {
    let both = |level| -> Option<(&Level, f64, f64)> {
        let level: &Level = level;
        Some((level, level.concurrency?, level.throughput_per_s?))
    };
    record.levels.iter().filter_map(both).collect()
}

fn figure(record: &CapacityRecord, law: &Law) -> Markup {
    let measured = measured(record);
    let predicted = || law.predictions.iter();
    let concurrencies = measured.iter().map(|(_, concurrency, _)| *concurrency);
    let concurrencies =
        concurrencies.chain(predicted().map(|one| one.concurrency)).chain([law.measured_to]);
    let throughputs = measured.iter().map(|(.., throughput)| *throughput);
    let throughputs =
        throughputs.chain(predicted().map(|one| one.throughput_per_s)).chain(law.peak);
    let axes = (Axis::log(concurrencies, ACROSS), Axis::linear(throughputs, up(HEIGHT)));
    let (Some(x), Some(y)) = axes else { return html! {} };
    let description = format!(
        "{} measured, with the line of the law: solid up to {} requests at once, dashed beyond, where it \
         is a prediction.",
        counted(measured.len() as u64, "level"),
        words::number(law.measured_to)
    );
    let plot = Plot {
        id: "throughput",
        height: HEIGHT,
        title: "Throughput by concurrency",
        description: &description,
        x: &x,
        y: &y,
        names: ("requests under way at once", "responses a second"),
        told_x: words::number,
        told_y: words::number,
    };
    html! {
        figure {
            figcaption { "Throughput by concurrency" }
            (plot.svg(&html! {
                (lines(law, &measured, &x, &y))
                @for (level, concurrency, throughput) in &measured {
                    (mark(level.outcome, (x.at(*concurrency), y.at(*throughput)), &format!(
                        "{}: {} responses/s with {} at once, {}",
                        words::load(record.by, level.load),
                        words::number(*throughput),
                        words::number(*concurrency),
                        level.outcome.as_str(),
                    )))
                }
            }))
            (legend(measured.iter().map(|(level, ..)| level.outcome), &html! {
                (line("fitted", "the law, fitted"))
                (line("predicted", "predicted"))
            }))
        }
    }
}

/// The law's line, solid where it rests on what was measured, and what it predicts dashed on its own
/// ground.
fn lines(law: &Law, measured: &[(&Level, f64, f64)], x: &Axis, y: &Axis) -> Markup {
    let (bottom, top) = up(HEIGHT);
    let least = measured.iter().map(|(_, concurrency, _)| *concurrency);
    let least = least.fold(law.measured_to, f64::min).max(x.low());
    let most = law.predictions.iter().map(|one| one.concurrency).fold(law.measured_to, f64::max);
    let through = |from: f64, to: f64| {
        let points = x.steps(from, to, PIECES).filter_map(|concurrency| {
            let throughput = throughput(law, concurrency)?;
            y.holds(throughput).then(|| (x.at(concurrency), y.at(throughput)))
        });
        path(points)
    };
    let edge = x.at(law.measured_to);
    html! {
        @if x.holds(law.measured_to) {
            g.beyond {
                rect x=(place(edge)) y=(place(top)) width=(place(ACROSS.1 - edge)) height=(place(bottom - top)) {}
                text x=(place(ACROSS.1 - 4.0)) y=(place(bottom - 8.0)) text-anchor="end" { "predicted" }
            }
            path.fitted d=(through(least, law.measured_to)) {}
            @if most > law.measured_to { path.predicted d=(through(law.measured_to, most)) {} }
        }
    }
}

fn facts(law: &Law) -> Markup {
    html! {
        dl class="facts" {
            dt { "lambda" }
            dd { (words::number(law.lambda)) " responses a second of a single request under way" }
            dt { "sigma" }
            dd { (words::number(law.sigma)) ", contention: the share that is done one by one" }
            dt { "kappa" }
            dd { (words::number(law.kappa)) ", crosstalk: what grows with the square" }
            dt { "R²" }
            dd { (format!("{:.3}", law.r_squared)) ", the share of the variance that the fit explains" }
            @if let Some((at, peak)) = law.peak_at.zip(law.peak) {
                dt { "Peak" }
                dd {
                    (words::number(peak)) " responses a second with " (words::number(at)) " at once, "
                    @if at > law.measured_to { "a prediction" } @else { "within what was measured" }
                }
            }
        }
    }
}

/// What was measured, and below it what is predicted.
fn table(record: &CapacityRecord, law: &Law) -> Markup {
    let figures = |concurrency, throughput| [concurrency, throughput].map(words::number);
    html! {
        div class="scroll" {
            table {
                thead {
                    tr {
                        th scope="col" class="number" { "At once" }
                        th scope="col" class="number" { "Responses/s" }
                        th scope="col" { "How it is known" }
                    }
                }
                tbody {
                    @for (level, concurrency, throughput) in measured(record) {
                        tr {
                            @for figure in figures(concurrency, throughput) { td class="number" { (figure) } }
                            td {
                                "measured at " (words::load(record.by, level.load)) ", "
                                (level.outcome.as_str())
                            }
                        }
                    }
                    @for one in &law.predictions {
                        tr data-predicted {
                            @for figure in figures(one.concurrency, one.throughput_per_s) {
                                td class="number" { (figure) }
                            }
                            td {
                                (badge(Tone::Warn, "predicted")) " a round trip takes "
                                (words::us(one.round_trip_us))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn notes(law: &Law) -> Markup {
    html! { @for note in &law.notes { p class="note" { (one_line(note)) } } }
}
