//! What the answer rests on: the plan, how levels are judged, what to mind, and the other files.

use maud::{Markup, html};

use crate::capacity::CapacityRecord;
use crate::report::capacity::{CapacityFormat, answer, words};
use crate::report::escape::one_line;
use crate::report::figure::counted;

/// The section.
pub(super) fn section(record: &CapacityRecord) -> Markup {
    html! {
        section id="settings" aria-labelledby="settings-title" {
            h2 id="settings-title" { "What it rests on" }
            dl class="facts" {
                dt { "Raised" }
                dd { (words::loads(record.by)) }
                dt { "Range" }
                dd { (answer::searched(record)) }
                @if let Some(load) = record.at_least {
                    dt { "Asked for" }
                    dd { "at least " (words::load(record.by, load)) }
                }
                dt { "Objectives" }
                dd {
                    ul.plain { @for expr in &record.objectives { li { code { (one_line(expr)) } } } }
                }
                dt { "Warm-up" }
                dd { (words::us(record.warm_up_s * 1e6)) " of each level, which do not count" }
            }
            (sentences("Planned before the first level", &record.planned))
            (sentences("Mind that", &record.notes))
            (files())
        }
    }
}

fn sentences(title: &str, texts: &[String]) -> Markup {
    html! {
        @if !texts.is_empty() {
            h3 { (title) }
            ul { @for text in texts { li { (one_line(text)) } } }
        }
    }
}

fn files() -> Markup {
    let others = CapacityFormat::ALL.into_iter().filter(|one| *one != CapacityFormat::Html);
    let others: Vec<_> = others.map(|one| (one.file_name(), holds(one))).collect();
    html! {
        h3 { "Files" }
        p { "Beside this page stand " (counted(others.len() as u64, "file")) " and the folder " code { "levels" } ":" }
        ul.plain {
            @for (file, holds) in others { li { a href=(file) { (file) } " " span.muted { (holds) } } }
        }
    }
}

fn holds(format: CapacityFormat) -> &'static str {
    match format {
        CapacityFormat::Html => "this page",
        CapacityFormat::Markdown => "the answer in a page, for a merge request",
        CapacityFormat::Junit => "objectives and the load that was asked for as tests, for CI",
        CapacityFormat::Csv => "a row for each level",
        CapacityFormat::Json => "everything a program may ask",
    }
}
