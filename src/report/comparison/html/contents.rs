//! The way to each part of the page that has something to tell.

use maud::{Markup, html};

use crate::comparison::Comparison;
use crate::report::comparison::row;

/// The list of parts, with counts.
pub(super) fn nav(comparison: &Comparison) -> Markup {
    html! {
        nav id="contents" aria-label="Parts of this report" {
            ul {
                @for (anchor, name, count) in parts(comparison) {
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

/// The anchor, the name, and what there is of it; `None` where it is empty.
fn parts(comparison: &Comparison) -> [(&'static str, &'static str, Option<String>); 7] {
    let counted = |count: usize| (count > 0).then(|| count.to_string());
    let always = || Some(String::new());
    [
        ("verdict", "Verdict", always()),
        ("figures", "Figures", counted(row::judged(comparison).len()).or_else(always)),
        ("clauses", "Clauses", counted(comparison.clauses.len()).or_else(always)),
        ("latency", "Latency", counted(row::latencies(comparison).len())),
        ("trend", "Trend", counted(comparison.trend.len())),
        ("runs", "Runs", counted(comparison.base.len() + comparison.candidate.len())),
        ("method", "Method", always()),
    ]
}
