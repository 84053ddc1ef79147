//! The clauses by section of the document, with their counts.

mod overview;
mod sections;

use maud::{Markup, html};

use crate::conformance::{ClauseId, Level};
use crate::report::escape::one_line;
use crate::report::figure::{counted, grouped};
use crate::run::{ClauseResult, ClauseStatus, RunRecord};

use super::tone::{Tone, badge};
use sections::{Section, sections};

/// The statuses, what is to be looked at first.
const STATUSES: [ClauseStatus; 5] = [
    ClauseStatus::Violated,
    ClauseStatus::Waived,
    ClauseStatus::Inconclusive,
    ClauseStatus::NotExercised,
    ClauseStatus::Passed,
];

/// How many scenarios are named beside a violated clause.
const NAMED: usize = 5;

/// The section.
pub(super) fn section(record: &RunRecord) -> Markup {
    let sections = sections(&record.clauses);
    html! {
        section id="clauses" aria-labelledby="clauses-title" {
            h2 id="clauses-title" { "Clauses" }
            @if sections.is_empty() {
                p { "No clause was checked." }
            } @else {
                p {
                    "What the protocol document promises, clause by clause. A clause that nothing in \
                     the run called for is " em { "not exercised" } ": nothing is known of it."
                }
                (overview::table(&sections))
                (filter(&record.clauses, &sections))
                (table(record, &sections))
            }
        }
    }
}

/// A status in words.
fn words(status: ClauseStatus) -> &'static str {
    match status {
        ClauseStatus::Passed => "passed",
        ClauseStatus::Violated => "violated",
        ClauseStatus::Waived => "waived",
        ClauseStatus::Inconclusive => "inconclusive",
        ClauseStatus::NotExercised => "not exercised",
    }
}

/// What hides rows of the table; it is shown by the script that answers it.
fn filter(clauses: &[ClauseResult], sections: &[Section<'_>]) -> Markup {
    let button = |by: &str, value: &str, name: &str, count: usize| {
        html! {
            @if count > 0 {
                button type="button" data-filter=(by) data-value=(value) aria-pressed="false" {
                    (name) " " span class="count" { (count) }
                }
            }
        }
    };
    let count = |is: &dyn Fn(&ClauseResult) -> bool| clauses.iter().filter(|one| is(one)).count();
    html! {
        div class="filter" role="group" aria-label="Filter of the clause table" hidden {
            div role="group" aria-label="Status" {
                @for status in STATUSES {
                    (button("status", status.as_str(), words(status), count(&|one| one.status == status)))
                }
            }
            div role="group" aria-label="Level" {
                @for level in Level::ALL {
                    (button("level", level.as_str(), level.as_str(), count(&|one| one.level == level)))
                }
            }
            label {
                "Section "
                select data-filter="section" {
                    option value="" { "all" }
                    @for section in sections {
                        option value=(section.prefix) { (section.prefix) }
                    }
                }
            }
            label { "Text " input type="search" data-filter="text" size="16" autocomplete="off"; }
            button type="button" class="reset" { "Show all" }
            p class="muted" role="status" aria-live="polite" { (counted(clauses.len() as u64, "clause")) }
        }
    }
}

fn table(record: &RunRecord, sections: &[Section<'_>]) -> Markup {
    html! {
        div class="scroll" {
            table class="matrix" {
                caption { "Every clause, by section of the document" }
                thead {
                    tr {
                        th scope="col" { "Clause" }
                        th scope="col" { "Level" }
                        th scope="col" { "What it says" }
                        th scope="col" class="number" { "Checked" }
                        th scope="col" class="number" { "Violated" }
                        th scope="col" class="number" { "Waived" }
                        th scope="col" { "Status" }
                    }
                }
                @for section in sections {
                    tbody id=(format!("clauses-{}", section.prefix)) {
                        tr class="group" {
                            th colspan="7" scope="rowgroup" {
                                (section.prefix) " " span class="muted" { (section.title) }
                            }
                        }
                        @for clause in &section.clauses { (row(record, section, clause)) }
                    }
                }
            }
        }
    }
}

fn row(record: &RunRecord, section: &Section<'_>, clause: &ClauseResult) -> Markup {
    let (status, level) = (clause.status, clause.level);
    html! {
        tr id=(format!("clause-{}", clause.id)) data-status=(status.as_str())
            data-level=(level.as_str()) data-section=(section.prefix) {
            th scope="row" class="whole" { (id(record, clause)) }
            td { span class="level" data-level=(level.as_str()) { (level.as_str()) } }
            td class="wide" { (clause.title) (remarks(record, clause)) }
            td class="number" { (grouped(clause.checked)) }
            td class="number" { (grouped(clause.violated)) }
            td class="number" { (grouped(clause.waived)) }
            td { (badge(Tone::of_clause(status, level), words(status))) }
        }
    }
}

/// The id, as a way to the first violation of the clause where one is told.
fn id(record: &RunRecord, clause: &ClauseResult) -> Markup {
    html! {
        @if record.findings.iter().any(|found| found.finding.clause == clause.id) {
            a href=(format!("#violations-{}", clause.id)) { (clause.id) }
        } @else {
            (clause.id)
        }
    }
}

fn remarks(record: &RunRecord, clause: &ClauseResult) -> Markup {
    html! {
        @if let Some(note) = &clause.note { div class="note" { (one_line(note)) } }
        @if let Some(seen) = seen_in(record, clause.id) { div class="note" { (seen) } }
        @if !clause.readings.is_empty() {
            div class="note" {
                "rests on "
                @for (at, reading) in clause.readings.iter().enumerate() {
                    @if at > 0 { ", " }
                    a href=(format!("#reading-{reading}")) { (reading) }
                }
            }
        }
    }
}

/// In which scenarios a clause was violated, and how often.
fn seen_in(record: &RunRecord, id: ClauseId) -> Option<String> {
    let seen: Vec<_> = record
        .scenarios
        .iter()
        .filter_map(|scenario| {
            let clause = scenario.clauses.iter().find(|one| one.id == id && one.violated > 0)?;
            Some(format!("{} ({})", one_line(&scenario.name), grouped(clause.violated)))
        })
        .collect();
    let rest = seen.len().saturating_sub(NAMED);
    let beyond = (rest > 0).then(|| counted(rest as u64, "more scenario"));
    let told: Vec<_> = seen.into_iter().take(NAMED).chain(beyond).collect();
    (!told.is_empty()).then(|| format!("seen in {}", told.join(", ")))
}
