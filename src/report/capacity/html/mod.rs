//! `report.html` of a search: all of it in one file, without a network and without a script.
//!
//! Plots are drawn here, as SVG, and the figures stand in tables beside them. Start from [`write`]; each
//! section of the page is a file, `axis` and `drawing` are what plots are made of.

mod axis;
mod curve;
mod drawing;
mod errors;
mod header;
mod law;
mod levels;
mod objectives;
mod page;
mod series;
mod settings;
#[cfg(test)]
mod tests;

use std::io;

use maud::{Markup, html};

use crate::capacity::CapacityRecord;

/// Writes the page.
pub(super) fn write(record: &CapacityRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let page = page::page(record, &body(record));
    to.write_all(page.into_string().as_bytes())
}

/// What the page tells, without its style: the answer first, what it rests on last.
pub(super) fn body(record: &CapacityRecord) -> Markup {
    html! {
        a class="skip" href="#main" { "To the curve" }
        (header::header(record))
        (page::nav(record))
        main id="main" {
            (curve::section(record))
            (objectives::section(record))
            (law::section(record))
            (levels::section(record))
            (settings::section(record))
        }
    }
}
