//! Latencies side by side: percentiles as a table, and both sides' curves, one over the other.

use maud::{Markup, html};

use crate::comparison::{Comparison, MetricRow};
use crate::report::comparison::row::{self, Latency, STATISTICS};
use crate::report::comparison::wording;
use crate::report::escape::one_line;
use crate::report::figure::counted;

use super::curves;

/// How many metrics are drawn, and how many of these are open at once.
const MOST_DRAWN: usize = 48;
const MOST_OPEN: usize = 3;

/// The section.
pub(super) fn section(comparison: &Comparison) -> Markup {
    let latencies = row::latencies(comparison);
    html! {
        section id="latency" {
            h2 { "Latency" }
            @if latencies.is_empty() {
                p { "No latency was measured." }
            } @else {
                (drawn(comparison))
                h3 { "Percentiles side by side" }
                (table(&latencies))
            }
        }
    }
}

fn drawn(comparison: &Comparison) -> Markup {
    let all = &comparison.curves;
    let (open, rest) = all[..all.len().min(MOST_DRAWN)].split_at(all.len().min(MOST_OPEN));
    html! {
        @for pair in open { (curves::figure(comparison, pair)) }
        @if !rest.is_empty() {
            details {
                summary { "Curves of " (counted(rest.len() as u64, "more metric")) }
                @for pair in rest { (curves::figure(comparison, pair)) }
            }
        }
        @if all.len() > MOST_DRAWN {
            p class="note" { (all.len() - MOST_DRAWN) " more are not drawn, and stand in the table." }
        }
    }
}

fn table(latencies: &[Latency<'_>]) -> Markup {
    html! {
        div class="scroll" {
            table class="percentiles" {
                thead {
                    tr {
                        th scope="col" { "Metric" }
                        th scope="col" { span class="unseen" { "Side" } }
                        @for (_, name) in STATISTICS { th scope="col" class="number" { (name) } }
                    }
                }
                @for latency in latencies { tbody { (lines(latency)) } }
            }
        }
    }
}

/// Base, candidate and change, below each other.
fn lines(latency: &Latency<'_>) -> Markup {
    html! {
        tr {
            th scope="rowgroup" rowspan="3" class="wide" { code { bdi { (one_line(latency.metric)) } } }
            td { "base" }
            (cells(latency, |row| html! { (wording::side(row.unit, row.base.as_ref())) }))
        }
        tr {
            td { "candidate" }
            (cells(latency, |row| html! { (wording::side(row.unit, row.candidate.as_ref())) }))
        }
        tr class="change" { td { "change" } (cells(latency, change)) }
    }
}

fn cells(latency: &Latency<'_>, cell: impl Fn(&MetricRow) -> Markup) -> Markup {
    html! {
        @for row in latency.statistics {
            td class="number" { @if let Some(row) = row { (cell(row)) } }
        }
    }
}

fn change(row: &MetricRow) -> Markup {
    html! {
        @if let Some(change) = row.change {
            (wording::estimate(row.unit, &change))
            div class="note" { (wording::interval(row.unit, &change)) }
        } @else { "unknown" }
    }
}
