//! `comparison.html`: the whole comparison in one file, without a network.
//!
//! Charts are drawn as SVG here, so that the page is the same without a script and on paper. What others
//! wrote goes through maud's escaping, and nothing else writes markup. Start from [`write`]; each section of
//! the page is a file.

mod clauses;
mod contents;
mod curves;
mod figures;
mod forest;
mod latency;
mod method;
mod runs;
mod trend;
mod verdict;

use std::io;

use maud::{Markup, html};

use crate::comparison::Comparison;
use crate::report::html::assets::{DRAWN_SCRIPTS, DRAWN_STYLES};
use crate::report::html::page::document;

use super::wording;

/// Writes the page.
pub(super) fn write(comparison: &Comparison, to: &mut dyn io::Write) -> io::Result<()> {
    let title = format!("{}: deskbell compare", wording::verdict(comparison).as_str());
    let page = document(&title, &DRAWN_STYLES, &DRAWN_SCRIPTS, &body(comparison));
    to.write_all(page.into_string().as_bytes())
}

/// What the page tells, without style and script: what is worse first, how that came about last.
pub(super) fn body(comparison: &Comparison) -> Markup {
    html! {
        a class="skip" href="#main" { "To the figures" }
        (verdict::header(comparison))
        (contents::nav(comparison))
        main id="main" {
            (figures::section(comparison))
            (clauses::section(comparison))
            (latency::section(comparison))
            (trend::section(comparison))
            (runs::section(comparison))
            (method::section(comparison))
        }
    }
}
