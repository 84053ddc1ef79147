//! `report.html`: the whole run in one file, without a network.
//!
//! Every part is readable without JavaScript; with it, plots are drawn, clauses filtered and frames
//! opened. Whatever a server sent goes through maud's escaping, and nothing else writes markup. Start
//! from [`write`]; each section of the page is a file.

pub(super) mod assets;
mod card;
mod clauses;
mod contents;
mod contrast;
mod errors;
mod frame;
mod generator;
mod instant;
mod kinds;
mod lanes;
mod latency;
mod load;
pub(super) mod mark;
pub(super) mod page;
mod passage;
mod plots;
mod ran;
mod sequence;
mod settings;
mod shards;
mod since;
mod steps;
#[cfg(test)]
mod tests;
mod thresholds;
pub(super) mod tone;
mod traffic;
mod verdict;
mod violations;

use std::io;

use maud::{Markup, html};

use crate::run::RunRecord;

/// Writes the page.
pub(super) fn write(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let page = page::page(record, &body(record));
    to.write_all(page.into_string().as_bytes())
}

/// What the page tells, without style and script: what went wrong first, what it rests on last.
pub(super) fn body(record: &RunRecord) -> Markup {
    html! {
        a class="skip" href="#main" { "To what was run" }
        (verdict::header(record))
        (contents::nav(record))
        main id="main" {
            (ran::section(record))
            (shards::section(record))
            (violations::section(record))
            (thresholds::section(record))
            (latency::section(record))
            (traffic::section(record))
            (errors::section(record))
            (clauses::section(record))
            (steps::section(record))
            (generator::section(record))
            (settings::section(record))
        }
    }
}
