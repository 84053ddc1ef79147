//! What is judged: changes and their intervals against what is allowed, as a chart and as a table; and
//! rates and shares that are only shown.

use maud::{Markup, html};

use crate::comparison::{Comparison, MetricRow, Outcome, SideValue, Unit};
use crate::report::comparison::{row, wording};
use crate::report::escape::one_line;
use crate::report::figure::counted;
use crate::report::html::tone::{Tone, badge};

use super::forest;

/// How many runs of a side are told one by one.
const MOST_RUNS: usize = 10;

/// The section.
pub(super) fn section(comparison: &Comparison) -> Markup {
    let judged = row::judged(comparison);
    let shown = row::rates(comparison).into_iter().filter(|row| row.outcome.is_none());
    let shown: Vec<_> = shown.collect();
    html! {
        section id="figures" {
            h2 { "Judged figures" }
            @if judged.is_empty() {
                p { "No figure was judged." }
            } @else {
                (forest::figure(&judged))
                (table(&judged, true))
            }
            @if !shown.is_empty() {
                h3 { "Rates and shares that are only shown" }
                (table(&shown, false))
            }
        }
    }
}

/// How an outcome is shown beside its words.
pub(super) fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Worse | Outcome::Missing => Tone::Fail,
        Outcome::Inconclusive => Tone::Warn,
        Outcome::NoDifference => Tone::Open,
        Outcome::Better => Tone::Pass,
    }
}

fn table(rows: &[&MetricRow], is_judged: bool) -> Markup {
    html! {
        div class="scroll" {
            table class="compared" {
                thead {
                    tr {
                        th scope="col" { "Figure" }
                        @if is_judged { th scope="col" { "Outcome" } }
                        th scope="col" class="number" { "Base" }
                        th scope="col" class="number" { "Candidate" }
                        th scope="col" class="number" { "Change (interval)" }
                        @if is_judged { th scope="col" class="number" { "Allowed" } }
                    }
                }
                tbody { @for row in rows { (line(row, is_judged)) } }
            }
        }
    }
}

fn line(row: &MetricRow, is_judged: bool) -> Markup {
    html! {
        tr {
            th scope="row" class="wide" {
                code { bdi { (one_line(&row.name)) } }
                @if let Some(note) = &row.note { div class="note" { (one_line(note)) } }
            }
            @if is_judged {
                td { @if let Some(outcome) = row.outcome { (badge(tone(outcome), wording::outcome(outcome))) } }
            }
            td class="number" { (side(row.unit, row.base.as_ref())) }
            td class="number" { (side(row.unit, row.candidate.as_ref())) }
            td class="number" { (wording::change(row)) }
            @if is_judged { td class="number" { (wording::limit(row)) } }
        }
    }
}

/// A side's figure, on how many samples it rests, and what each of its runs has.
fn side(unit: Unit, side: Option<&SideValue>) -> Markup {
    html! {
        (wording::side(unit, side))
        @if let Some(side) = side {
            @if unit == Unit::Us { div class="note" { (counted(side.samples, "sample")) } }
            @if let Some(runs) = wording::by_run(unit, side, MOST_RUNS) {
                div class="note runs" { (runs) }
            }
        }
    }
}
