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

fn parts(record: &RunRecord) -> [Part; 12] {
    let found = record.totals.findings;
    let violations = found.must + found.should + found.info;
    let unmet = record.failed_steps();
    let is_quiet = violations == 0 && unmet == 0;
    let wrong = match found.waived {
        0 if is_quiet => None,
        waived if is_quiet => Some(format!("{} waived", grouped(waived))),
        _ => Some(grouped(violations + unmet as u64)),
    };
    let thresholds = record.every_threshold().count();
    let crossed = record.every_threshold().filter(|(_, one)| !one.ok).count();
    let steps = record.scenarios.iter().map(|one| one.steps.len()).sum();
    let violated = record.clauses_of(ClauseStatus::Violated).count();
    let of = |bad: usize, whole: usize, what: &str| {
        (whole > 0).then(|| if bad > 0 { format!("{bad} {what}") } else { whole.to_string() })
    };
    let counted = |count: u64| (count > 0).then(|| grouped(count));
    let there = |is: bool| is.then(String::new);
    [
        ("verdict", "Verdict", there(true)),
        ("ran", "What was run", there(true)),
        ("shards", "Shards", counted(record.shards.len() as u64)),
        ("violations", "What went wrong", wrong),
        ("thresholds", "Thresholds", of(crossed, thresholds, "not kept")),
        ("latency", "Latency", there(!record.latency.is_empty())),
        ("traffic", "Traffic", there(!record.timeline.is_empty())),
        ("errors", "Errors", counted(record.errors.total())),
        ("clauses", "Clauses", of(violated, record.clauses.len(), "violated")),
        ("steps", "Steps", of(unmet, steps, "unmet")),
        ("generator", "Load generator", there(true)),
        ("settings", "What it rests on", there(true)),
    ]
}
