//! How the sections stand: a row each, as numbers and as a bar.

use maud::{Markup, html};

use crate::run::ClauseStatus;

use super::sections::Section;
use super::{STATUSES, words};

/// Height of a bar.
const HEIGHT: usize = 10;

/// Width that stands for one clause.
const UNIT: usize = 10;

/// The table.
pub(super) fn table(sections: &[Section<'_>]) -> Markup {
    let most = sections.iter().map(|section| section.clauses.len()).max().unwrap_or_default();
    html! {
        div class="scroll" {
            table class="overview" {
                caption { "How many clauses of each section stand how" }
                thead {
                    tr {
                        th scope="col" { "Section" }
                        @for status in STATUSES {
                            th scope="col" class="number" { (words(status)) }
                        }
                        th scope="col" { span class="unseen" { "as a bar" } }
                    }
                }
                tbody { @for section in sections { (row(section, most)) } }
                tfoot {
                    tr {
                        th scope="row" { "All" }
                        @for status in STATUSES {
                            td class="number" {
                                (sections.iter().map(|section| section.count(status)).sum::<usize>())
                            }
                        }
                        td {}
                    }
                }
            }
        }
    }
}

fn row(section: &Section<'_>, most: usize) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href=(format!("#clauses-{}", section.prefix)) { (section.prefix) }
                " " span class="muted" { (section.title) }
            }
            @for status in STATUSES { (cell(section.count(status), status)) }
            td { (bar(section, most)) }
        }
    }
}

fn cell(count: usize, status: ClauseStatus) -> Markup {
    html! {
        @if count == 0 {
            td class="number muted" { "0" }
        } @else {
            td class="number" data-status=(status.as_str()) { (count) }
        }
    }
}

/// A piece for each status, as long as there are clauses of it; what is not known is left empty.
fn bar(section: &Section<'_>, most: usize) -> Markup {
    let mut x = 0;
    let pieces = STATUSES.map(|status| {
        let (from, width) = (x, section.count(status) * UNIT);
        x += width;
        html! {
            @if width > 0 {
                rect x=(from) y="0" width=(width) height=(HEIGHT) fill=(fill(status))
                    data-status=(status.as_str());
            }
        }
    });
    html! {
        svg class="bar" viewBox=(format!("0 0 {} {HEIGHT}", most * UNIT)) width=(most * UNIT)
            height=(HEIGHT) aria-hidden="true" {
            @for piece in pieces { (piece) }
        }
    }
}

/// The colour where there are no styles.
fn fill(status: ClauseStatus) -> &'static str {
    match status {
        ClauseStatus::Passed => "seagreen",
        ClauseStatus::Violated => "firebrick",
        ClauseStatus::Waived => "steelblue",
        ClauseStatus::Inconclusive => "darkorange",
        ClauseStatus::NotExercised => "lightgray",
    }
}
