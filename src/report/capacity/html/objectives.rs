//! Each objective by level.

use maud::{Markup, html};

use crate::capacity::{CapacityRecord, Level, ObjectiveValue};
use crate::report::capacity::words;
use crate::report::escape::one_line;
use crate::report::html::tone::{Tone, badge};

use super::curve;

/// The section.
pub(super) fn section(record: &CapacityRecord) -> Markup {
    html! {
        @if !record.levels.is_empty() {
            section id="objectives" aria-labelledby="objectives-title" {
                h2 id="objectives-title" { "Objectives" }
                p {
                    "An objective is kept or missed where its whole interval lies on one side of the bound, "
                    "and uncertain where the bound lies within."
                }
                (table(record))
            }
        }
    }
}

fn table(record: &CapacityRecord) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="group" aria-label="Objectives by level" {
            table class="by-objective" {
                thead {
                    tr {
                        th scope="col" class="number" { "Load" }
                        @for expr in &record.objectives {
                            th scope="col" class="wide" { code { (one_line(expr)) } }
                        }
                        th scope="col" { "Outcome of the level" }
                    }
                }
                tbody { @for level in &record.levels { (row(record, level)) } }
            }
        }
    }
}

fn row(record: &CapacityRecord, level: &Level) -> Markup {
    html! {
        tr {
            th scope="row" class="number" { (words::load(record.by, level.load)) }
            @for nth in 0..record.objectives.len() {
                td {
                    @match level.objectives.get(nth) {
                        Some(objective) => { (outcome(objective)) " " (words::objective(objective)) },
                        None => { "-" },
                    }
                }
            }
            td { (badge(curve::tone(level.outcome), level.outcome.as_str())) }
        }
    }
}

fn outcome(of: &ObjectiveValue) -> Markup {
    match (of.holds, of.value) {
        (Some(true), _) => badge(Tone::Pass, "kept"),
        (Some(false), _) => badge(Tone::Fail, "missed"),
        (None, Some(_)) => badge(Tone::Warn, "uncertain"),
        (None, None) => badge(Tone::Open, "not known"),
    }
}
