//! What held for the run: settings, readings of the document, waivers.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The section.
pub(super) fn section(_record: &RunRecord) -> Markup {
    html! {
        section id="settings" { h2 { "What held" } }
    }
}
