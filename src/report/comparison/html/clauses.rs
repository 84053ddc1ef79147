//! Clauses that stand otherwise than before.

use maud::{Markup, html};

use crate::comparison::{ClauseChange, ClauseShift, Comparison};
use crate::conformance::Level;
use crate::report::comparison::wording;
use crate::report::escape::one_line;
use crate::report::figure::counted;
use crate::report::html::tone::{Tone, badge};

/// The section.
pub(super) fn section(comparison: &Comparison) -> Markup {
    html! {
        section id="clauses" {
            h2 { "Clauses" }
            @if comparison.clauses.is_empty() {
                p { "No clause stands otherwise than before." }
            } @else {
                div class="scroll" {
                    table {
                        thead {
                            tr {
                                @for title in ["Clause", "Level", "Change", "Before", "Now"] {
                                    th scope="col" { (title) }
                                }
                            }
                        }
                        tbody { @for clause in &comparison.clauses { (row(clause)) } }
                    }
                }
            }
            p class="note" { (counted(comparison.clauses_alike as u64, "clause")) ": as before." }
        }
    }
}

fn row(clause: &ClauseChange) -> Markup {
    html! {
        tr {
            th scope="row" class="wide" {
                span class="whole" { (clause.id) }
                div class="note" { bdi { (one_line(&clause.title)) } }
            }
            td class="level" data-level=(clause.level.as_str()) { (clause.level.as_str()) }
            td { (badge(tone(clause), wording::shift(clause.shift))) }
            td { (wording::standing(&clause.base)) }
            td { (wording::standing(&clause.candidate)) }
        }
    }
}

fn tone(clause: &ClauseChange) -> Tone {
    match (clause.shift, clause.level) {
        (
            ClauseShift::NewlyViolated | ClauseShift::NoLongerExercised,
            Level::Must | Level::Should,
        ) => Tone::Fail,
        (ClauseShift::NewlyViolated | ClauseShift::NoLongerExercised, Level::Info)
        | (ClauseShift::Other, _) => Tone::Info,
        (ClauseShift::NoLongerViolated | ClauseShift::NewlyExercised, _) => Tone::Pass,
    }
}
