//! The clauses by section of the document, with their counts.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The section.
pub(super) fn section(_record: &RunRecord) -> Markup {
    html! {
        section id="clauses" { h2 { "Clauses" } }
    }
}
