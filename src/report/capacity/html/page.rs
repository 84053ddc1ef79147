//! The page around the sections.

use maud::{Markup, html};

use crate::capacity::CapacityRecord;
use crate::report::capacity::{answer, words};
use crate::report::html::page::document;

/// Styles, in the order in which they hold: those of a run's page that stand here too, then our own.
pub(super) const STYLES: [&str; 7] = [
    include_str!("../../html/assets/base.css"),
    include_str!("../../html/assets/parts.css"),
    include_str!("../../html/assets/page.css"),
    include_str!("../../html/assets/sections.css"),
    include_str!("../../html/assets/media.css"),
    include_str!("../../html/assets/plots.css"),
    include_str!("capacity.css"),
];

/// The whole page; it needs no script.
pub(super) fn page(record: &CapacityRecord, body: &Markup) -> Markup {
    let (verdict, answer) = (words::verdict(record.verdict), answer::title(record));
    let title = format!("{verdict}: {answer}, deskbell capacity {}", record.run_id);
    document(&title, &STYLES, &[], body)
}

/// The way to each part that has something to tell.
pub(super) fn nav(record: &CapacityRecord) -> Markup {
    let has_levels = !record.levels.is_empty();
    let parts = [
        ("verdict", "Answer", true),
        ("curve", "The curve", has_levels),
        ("objectives", "Objectives", has_levels),
        ("law", "What the law says", record.law.is_some()),
        ("levels", "Every run", has_levels),
        ("settings", "What it rests on", true),
    ];
    html! {
        nav id="contents" aria-label="Parts of this report" {
            ul {
                @for (anchor, name, _) in parts.into_iter().filter(|(.., is_there)| *is_there) {
                    li { a href=(format!("#{anchor}")) { (name) } }
                }
            }
        }
    }
}
