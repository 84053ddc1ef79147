//! Errors by layer and kind, and over time.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The section.
pub(super) fn section(_record: &RunRecord) -> Markup {
    html! {
        section id="errors" { h2 { "Errors" } }
    }
}
