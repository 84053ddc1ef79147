//! What was found wrong, each kind once, with its evidence.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::conformance::{ClauseId, Level};
use crate::report::escape::one_line;
use crate::report::figure::{counted, grouped};
use crate::run::RunRecord;

use super::card::{self, Card, badge, place, short_sentence, step_badge};
use super::instant::instant;
use super::kinds::{Kind, Unmet, Wrong};

/// Cards whose evidence is open from the start.
const OPEN: usize = 2;

/// So many cards are found without a list of them.
const FEW: usize = 2;

/// The section.
pub(super) fn section(record: &RunRecord) -> Markup {
    let wrong = Wrong::of(record);
    html! {
        section id="violations" {
            h2 { "What went wrong" }
            @if wrong.is_empty() && is_clean(record) { (calm(record)) }
            @else { (told(record, &wrong)) }
        }
    }
}

fn is_clean(record: &RunRecord) -> bool {
    record.clauses.iter().all(|clause| clause.violated == 0)
}

fn calm(record: &RunRecord) -> Markup {
    let checks: u64 = record.clauses.iter().map(|clause| clause.checked).sum();
    html! {
        p {
            @if checks == 0 { "Nothing was checked, so nothing was found wrong." }
            @else { "Nothing: " (counted(checks, "check")) ", and each held." }
        }
    }
}

fn told(record: &RunRecord, wrong: &Wrong<'_>) -> Markup {
    let ids = ids(&wrong.kinds);
    let cards = wrong.kinds.len() + wrong.unmet.len();
    html! {
        p { (summary(wrong)) }
        @if cards > FEW || !wrong.further.is_empty() {
            (list(record, wrong, &ids))
            (filter(record, wrong))
        }
        @for (nth, (kind, id)) in wrong.kinds.iter().zip(&ids).enumerate() {
            @let is_open = nth < OPEN && kind.waived.is_none();
            (card::violation(record, kind, Card { id, is_open }))
        }
        (unkept(record, wrong))
        @if !wrong.unmet.is_empty() {
            h3.part { "Unmet steps" }
            @for (nth, unmet) in wrong.unmet.iter().enumerate() {
                (card::unmet(record, unmet, Card { id: &unmet_id(nth), is_open: nth < OPEN }))
            }
        }
        (beyond(record, wrong))
    }
}

/// The id of each card: the first of a clause bears the clause's name.
fn ids(kinds: &[Kind<'_>]) -> Vec<String> {
    let mut clauses = BTreeSet::new();
    let id = |(nth, kind): (usize, &Kind<'_>)| match clauses.insert(kind.clause) {
        true => clause_id(kind.clause),
        false => format!("violation-{}", nth + 1),
    };
    kinds.iter().enumerate().map(id).collect()
}

fn clause_id(clause: ClauseId) -> String {
    format!("violations-{}", clause.as_str())
}

fn unmet_id(nth: usize) -> String {
    format!("unmet-{}", nth + 1)
}

/// `3 kinds of violation (1 must, 1 should, 1 waived) and 2 unmet steps.`
fn summary(wrong: &Wrong<'_>) -> String {
    let kinds = || wrong.kinds.iter().chain(&wrong.further);
    let count = |is: &dyn Fn(&&Kind<'_>) -> bool| kinds().filter(is).count();
    let mut parts: Vec<_> = Level::ALL
        .into_iter()
        .map(|level| {
            (count(&|one| one.waived.is_none() && one.clause.level() == level), level.as_str())
        })
        .collect();
    parts.push((count(&|one| one.waived.is_some()), "waived"));
    let parts: Vec<_> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let all = kinds().count() + wrong.kinds_beyond;
    let kinds = match all {
        0 => "No violation".to_owned(),
        1 => format!("1 kind of violation ({})", parts.join(", ")),
        all => format!("{} kinds of violation ({})", grouped(all as u64), parts.join(", ")),
    };
    let unmet = wrong.unmet.len() + wrong.unmet_beyond;
    format!("{kinds}, {}.", counted(unmet as u64, "unmet step"))
}

/// What went wrong, a line each.
fn list(record: &RunRecord, wrong: &Wrong<'_>, ids: &[String]) -> Markup {
    html! {
        div.scroll {
            table.kinds {
                thead {
                    tr {
                        th scope="col" { "Level" } th scope="col" { "Clause or step" }
                        th scope="col" { "What is wrong" }
                        th.number scope="col" { "Times" } th.number scope="col" { "Since" }
                    }
                }
                tbody {
                    @for (kind, id) in wrong.kinds.iter().zip(ids) {
                        (kind_line(record, kind, Some(id)))
                    }
                    @for kind in &wrong.further { (kind_line(record, kind, None)) }
                    @for (nth, unmet) in wrong.unmet.iter().enumerate() {
                        (unmet_line(record, unmet, &unmet_id(nth)))
                    }
                }
            }
        }
    }
}

fn kind_line(record: &RunRecord, kind: &Kind<'_>, id: Option<&String>) -> Markup {
    html! {
        tr {
            td { (badge(kind.clause.level(), kind.waived.is_some())) }
            th scope="row" {
                @match id {
                    Some(id) => { a href=(format!("#{id}")) { (kind.clause) } },
                    None => { (kind.clause) },
                }
            }
            td { (short_sentence(&kind.lead().found.finding.message)) }
            td.number { (grouped(kind.count)) }
            td.number { (instant(record, kind.first_at)) }
        }
    }
}

fn unmet_line(record: &RunRecord, unmet: &Unmet<'_>, id: &str) -> Markup {
    html! {
        tr {
            td { (step_badge()) }
            th scope="row" { a href=(format!("#{id}")) { (one_line(&place(unmet))) } }
            td { (short_sentence(&unmet.step.message)) }
            td.number { (grouped(unmet.step.count)) }
            td.number { @if let Some(at) = unmet.at { (instant(record, at)) } }
        }
    }
}

/// What narrows the cards down; without a script there is nothing to press.
fn filter(record: &RunRecord, wrong: &Wrong<'_>) -> Markup {
    let clauses: BTreeSet<_> = wrong.kinds.iter().map(|kind| kind.clause).collect();
    let scenarios: BTreeSet<_> = wrong
        .kinds
        .iter()
        .flat_map(|kind| kind.scenarios.iter().copied())
        .chain(wrong.unmet.iter().map(|one| one.nth))
        .collect();
    html! {
        div.filter role="group" aria-label="Filter what went wrong" hidden {
            label {
                "Level "
                select data-by="level" {
                    option value="" { "any" }
                    @for level in Level::ALL { option value=(level.as_str()) { (level.as_str()) } }
                    option value="waived" { "waived" }
                    option value="step" { "unmet step" }
                }
            }
            label {
                "Clause "
                select data-by="clause" {
                    option value="" { "any" }
                    @for clause in clauses { option value=(clause) { (clause) } }
                }
            }
            label {
                "Scenario "
                select data-by="scenario" {
                    option value="" { "any" }
                    @for nth in scenarios {
                        option value=(nth) { (one_line(&record.scenarios[nth].name)) }
                    }
                }
            }
            label { "Text " input type="search" data-by="text"; }
            button type="button" data-open="true" { "Expand all" }
            button type="button" data-open="false" { "Collapse all" }
            output aria-live="polite" {}
        }
    }
}

/// Clauses that were violated, though none of their findings was kept.
fn unkept(record: &RunRecord, wrong: &Wrong<'_>) -> Markup {
    let told: BTreeSet<_> = wrong.kinds.iter().map(|kind| kind.clause).collect();
    let unkept = record.clauses.iter().filter(|one| one.violated > 0 && !told.contains(&one.id));
    html! {
        @for clause in unkept {
            p.caution id=(clause_id(clause.id)) {
                (badge(clause.level, clause.violated == clause.waived)) " "
                span.clause { (clause.id) } " " (clause.title) ": violated in "
                (grouped(clause.violated)) " of " (counted(clause.checked, "check"))
                "; no finding of it was kept."
            }
        }
    }
}

/// What is not told here, and where it stands.
fn beyond(record: &RunRecord, wrong: &Wrong<'_>) -> Markup {
    let told = |count: usize, what: &str, place: &str| {
        html! { @if count > 0 { li { (counted(count as u64, what)) " more " (place) } } }
    };
    html! {
        ul.beyond {
            (told(wrong.further.len(), "kind", "in the list alone, and in violations.jsonl"))
            (told(wrong.kinds_beyond, "kind", "in violations.jsonl"))
            (told(wrong.unmet_beyond, "unmet step", "in run.json"))
            (told(wrong.undrawn, "conversation", "in conversations.jsonl"))
            @if record.findings_beyond > 0 {
                li {
                    (counted(record.findings_beyond, "finding")) " beyond the first "
                    (grouped(record.findings.len() as u64)) ": counted, and not kept"
                }
            }
        }
    }
}
