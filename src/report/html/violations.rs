//! What was found wrong, each kind once, with its evidence.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The section.
pub(super) fn section(_record: &RunRecord) -> Markup {
    html! {
        section id="violations" { h2 { "What went wrong" } }
    }
}
