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

fn parts(record: &RunRecord) -> [Part; 11] {
    let found = record.totals.findings;
    let violations = found.must + found.should + found.info + found.waived;
    let of_scenarios = record.scenarios.iter().flat_map(|one| &one.thresholds);
    let thresholds: Vec<_> = record.thresholds.iter().chain(of_scenarios).collect();
    let crossed = thresholds.iter().filter(|one| !one.ok).count();
    let steps = || record.scenarios.iter().flat_map(|one| &one.steps);
    let unmet = steps().filter(|step| step.failed > 0).count();
    let is_violated = |status| status == ClauseStatus::Violated;
    let violated = record.clauses.iter().filter(|one| is_violated(one.status)).count();
    let of = |part: usize, whole: usize| (whole > 0).then(|| format!("{part} of {whole}"));
    let counted = |count: u64| (count > 0).then(|| grouped(count));
    let there = |is: bool| is.then(String::new);
    [
        ("verdict", "Verdict", there(true)),
        ("ran", "What was run", there(true)),
        ("violations", "What went wrong", counted(violations)),
        ("thresholds", "Thresholds", of(crossed, thresholds.len())),
        ("latency", "Latency", there(!record.latency.is_empty())),
        ("traffic", "Traffic", there(!record.timeline.is_empty())),
        ("errors", "Errors", counted(record.errors.total())),
        ("clauses", "Clauses", of(violated, record.clauses.len())),
        ("steps", "Steps", of(unmet, steps().count())),
        ("generator", "Load generator", there(true)),
        ("settings", "What it rests on", there(true)),
    ]
}
