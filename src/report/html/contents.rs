//! The way to each part of the page that has something to tell.

use maud::{Markup, html};

use crate::report::figure::grouped;
use crate::run::{ClauseStatus, RunRecord};

/// A part of the page: the anchor, its name, and what there is of it; `None` where it is empty.
type Part = (&'static str, &'static str, Option<String>);

/// The list of parts, with counts.
pub(super) fn nav(record: &RunRecord) -> Markup {
    html! {
        nav id="contents" aria-label="Parts of this report" {
            ul {
                @for (anchor, name, count) in parts(record) {
                    @if let Some(count) = count {
                        li {
                            a href=(format!("#{anchor}")) {
                                (name)
                                @if !count.is_empty() { " " span class="count" { (count) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn unmet_steps(record: &RunRecord) -> u64 {
    let steps = record.scenarios.iter().flat_map(|one| &one.steps);
    steps.filter(|step| step.failed > 0).count() as u64
}

fn parts(record: &RunRecord) -> [Part; 11] {
    let found = record.totals.findings;
    let violations = found.must + found.should + found.info;
    let is_quiet = violations == 0 && unmet_steps(record) == 0;
    let wrong = match found.waived {
        0 if is_quiet => None,
        waived if is_quiet => Some(format!("{} waived", grouped(waived))),
        _ => Some(grouped(violations + unmet_steps(record))),
    };
    let of_scenarios = record.scenarios.iter().flat_map(|one| &one.thresholds);
    let thresholds: Vec<_> = record.thresholds.iter().chain(of_scenarios).collect();
    let crossed = thresholds.iter().filter(|one| !one.ok).count();
    let steps = || record.scenarios.iter().flat_map(|one| &one.steps);
    let unmet = unmet_steps(record) as usize;
    let is_violated = |status| status == ClauseStatus::Violated;
    let violated = record.clauses.iter().filter(|one| is_violated(one.status)).count();
    let of = |bad: usize, whole: usize, what: &str| {
        (whole > 0).then(|| if bad > 0 { format!("{bad} {what}") } else { whole.to_string() })
    };
    let counted = |count: u64| (count > 0).then(|| grouped(count));
    let there = |is: bool| is.then(String::new);
    [
        ("verdict", "Verdict", there(true)),
        ("ran", "What was run", there(true)),
        ("violations", "What went wrong", wrong),
        ("thresholds", "Thresholds", of(crossed, thresholds.len(), "not kept")),
        ("latency", "Latency", there(!record.latency.is_empty())),
        ("traffic", "Traffic", there(!record.timeline.is_empty())),
        ("errors", "Errors", counted(record.errors.total())),
        ("clauses", "Clauses", of(violated, record.clauses.len(), "violated")),
        ("steps", "Steps", of(unmet, steps().count(), "unmet")),
        ("generator", "Load generator", there(true)),
        ("settings", "What it rests on", there(true)),
    ]
}
