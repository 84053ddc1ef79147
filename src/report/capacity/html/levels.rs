//! Every run of every level, with the way to its own report.

use std::time::Duration;

use maud::{Markup, html};

use crate::capacity::{Attempt, CapacityRecord, Level};
use crate::report::Format;
use crate::report::capacity::words;
use crate::report::escape::one_line;
use crate::report::figure::{brief, grouped};
use crate::report::html::tone::{Tone, badge};

/// The section.
pub(super) fn section(record: &CapacityRecord) -> Markup {
    html! {
        @if !record.levels.is_empty() {
            section id="levels" aria-labelledby="levels-title" {
                h2 id="levels-title" { "Every run" }
                p { "Each is a run folder of its own, with all that a run tells." }
                (table(record))
            }
        }
    }
}

fn table(record: &CapacityRecord) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="group" aria-label="Every run" {
            table {
                thead {
                    tr {
                        th scope="col" class="number" { "Load" }
                        th scope="col" { "Its report" }
                        @for name in ["Counted", "Samples", "p99", "Devices", "p99 lateness"] {
                            th scope="col" class="number" { (name) }
                        }
                        th scope="col" { "Generator" }
                    }
                }
                tbody {
                    @for level in &record.levels {
                        @for attempt in &level.attempts { (row(record, level, attempt)) }
                    }
                }
            }
        }
    }
}

fn row(record: &CapacityRecord, level: &Level, attempt: &Attempt) -> Markup {
    let folder = one_line(&attempt.folder);
    let p99 = attempt.p99_us.map_or("-".to_owned(), words::us);
    let lateness = brief(Duration::from_micros(attempt.lateness_p99_us));
    html! {
        tr {
            th scope="row" class="number" { (words::load(record.by, level.load)) }
            td {
                @if is_below(&attempt.folder) {
                    a href=(format!("{folder}/{}", Format::Html.file_name())) { (folder) }
                } @else { (folder) }
            }
            td class="number" { (words::us(attempt.counted_s * 1e6)) }
            td class="number" { (grouped(attempt.samples)) }
            td class="number" { (p99) }
            td class="number" { (grouped(attempt.devices)) }
            td class="number" { (lateness) }
            td {
                @if attempt.valid { (badge(Tone::Pass, "kept up")) }
                @else { (badge(Tone::Warn, "could not keep up")) }
            }
        }
    }
}

/// Whether a folder lies below this page, by its name: nothing else becomes a link.
fn is_below(folder: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    folder
        .split('/')
        .all(|part| !part.is_empty() && !part.starts_with('.') && part.chars().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_folder_below_the_page_becomes_a_link() {
        for folder in ["levels/01-10", "levels/03-12.5-2"] {
            assert!(is_below(folder), "{folder}");
        }
        for folder in
            ["", "/etc", "../up", "levels/../..", "javascript:alert(1)", "//a.example.com"]
        {
            assert!(!is_below(folder), "{folder}");
        }
    }
}
