//! Latencies: over time, spread, and as a percentile curve.

use std::collections::BTreeMap;
use std::time::Duration;

use maud::{Markup, html};

use crate::metrics::{LatencySummary, Metric};
use crate::report::escape::one_line;
use crate::report::figure::{brief, counted, grouped};
use crate::run::{RunRecord, TimelineRow, Verdict};

use super::plots::{self, Curve, extremes, figure};

/// The curves over time; `plots.js` draws the same.
const CURVES: [Curve; 5] = [
    Curve { name: "send_to_event p50", of: |row| row.send_to_event_p50_us, told: us },
    Curve { name: "send_to_event p99", of: |row| row.send_to_event_p99_us, told: us },
    Curve { name: "send_to_peer p50", of: |row| row.send_to_peer_p50_us, told: us },
    Curve { name: "send_to_peer p99", of: |row| row.send_to_peer_p99_us, told: us },
    Curve { name: "round trips p99", of: |row| row.rtt_p99_us, told: us },
];

/// Rows of single scenarios that have room in the page; the others stand in `summary.csv`.
const MOST_ROWS: usize = 1_000;

/// The section.
pub(super) fn section(record: &RunRecord) -> Markup {
    html! {
        section id="latency" {
            h2 { "Latency" }
            @if record.latency.is_empty() {
                p { "No latency was measured." }
            } @else {
                (doubt(record))
                (over_time(record))
                (spread(record))
                h3 { "Every metric" }
                (table(&record.latency))
                p class="note" {
                    "A metric counts from the planned instant where a schedule set one, and "
                    code { "<metric>.service" } " from when the request left: where they part, "
                    "requests had to wait for their turn."
                }
                (by_scenario(record))
            }
        }
    }
}

/// What to know before any of the figures is believed.
fn doubt(record: &RunRecord) -> Markup {
    let is_doubtful = !record.generator.valid || record.verdict == Verdict::Invalid;
    html! {
        @if is_doubtful {
            p class="caution" {
                strong { "These figures are not to be trusted: " }
                "the load generator could not keep up. "
                @for why in &record.generator.why { (one_line(why)) ". " }
            }
        }
    }
}

fn over_time(record: &RunRecord) -> Markup {
    let is_measured =
        |row: &TimelineRow| CURVES.iter().any(|curve: &Curve| (curve.of)(row).is_some());
    html! {
        @if record.timeline.iter().any(is_measured) {
            (figure("latency", "Latency over time", &html! {
                (extremes(record, &CURVES))
                @if let Some(thinned) = plots::thinned(record) { p class="note" { (thinned) } }
            }))
        }
    }
}

fn spread(record: &RunRecord) -> Markup {
    let main = plots::main_metric(record);
    let summary = main.and_then(|main| Some((main, record.latency.get(main)?)));
    let left_out = record.distributions.len().saturating_sub(plots::MOST_METRICS);
    html! {
        @if let Some((main, of)) = summary {
            div class="plots" {
                (figure("spread", "How samples are spread", &html! {
                    p {
                        code { (one_line(main)) } ": " (counted(of.count, "sample")) " from " (us(of.min_us))
                        " to " (us(of.max_us)) ", half of them within " (us(of.p50_us)) "."
                    }
                }))
                (figure("percentiles", "Latency by percentile", &html! {
                    p {
                        code { (one_line(main)) } ": 50 % within " (us(of.p50_us)) ", 90 % within " (us(of.p90_us))
                        ", 99 % within " (us(of.p99_us)) ", 99.9 % within " (us(of.p999_us))
                        ", all within " (us(of.max_us)) "."
                    }
                }))
            }
            @if left_out > 0 {
                p class="note" {
                    (counted(left_out as u64, "metric")) " with fewer samples " @if left_out == 1 { "is" }
                    @else { "are" } " not drawn, and stand in the table."
                }
            }
        }
    }
}

fn by_scenario(record: &RunRecord) -> Markup {
    let measured = || record.scenarios.iter().filter(|one| !one.latency.is_empty());
    let mut rows = 0;
    let (told, left): (Vec<_>, Vec<_>) = measured().partition(|one| {
        rows += one.latency.len();
        rows <= MOST_ROWS
    });
    html! {
        @if record.scenarios.len() > 1 && !told.is_empty() {
            h3 { "By scenario" }
            @for scenario in told {
                details {
                    summary {
                        (one_line(&scenario.name)) " "
                        span class="note" { (counted(scenario.latency.len() as u64, "metric")) }
                    }
                    (table(&scenario.latency))
                }
            }
            @if !left.is_empty() {
                p class="note" {
                    "Those of " (counted(left.len() as u64, "more scenario")) " stand in summary.csv."
                }
            }
        }
    }
}

fn table(latency: &BTreeMap<String, LatencySummary>) -> Markup {
    let has_overflow = latency.values().any(|of| of.overflow > 0);
    html! {
        div class="scroll" {
            table class="latencies" {
                thead {
                    tr {
                        th scope="col" { "Metric" }
                        @for name in
                            ["Samples", "Min", "Mean", "p50", "p90", "p95", "p99", "p99.9", "Max"] {
                            th scope="col" class="number" { (name) }
                        }
                        @if has_overflow { th scope="col" class="number" { "Above 10 min" } }
                    }
                }
                tbody { @for (name, of) in latency { (row(name, of, has_overflow)) } }
            }
        }
    }
}

fn row(name: &str, of: &LatencySummary, has_overflow: bool) -> Markup {
    let is_service = name.ends_with(Metric::SERVICE);
    let values =
        [of.min_us, of.mean_us, of.p50_us, of.p90_us, of.p95_us, of.p99_us, of.p999_us, of.max_us];
    html! {
        tr class=[is_service.then_some("service")] {
            th scope="row" { code { (one_line(name)) } }
            td class="number" { (grouped(of.count)) }
            @for value in values { td class="number" { (us(value)) } }
            @if has_overflow { td class="number" { (grouped(of.overflow)) } }
        }
    }
}

fn us(us: u64) -> String {
    brief(Duration::from_micros(us))
}
