//! What was run: scenarios, load, seed, version, machine.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The section.
pub(super) fn section(_record: &RunRecord) -> Markup {
    html! {
        section id="ran" { h2 { "What was run" } }
    }
}
