//! Thresholds of the run and of each scenario.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The section.
pub(super) fn section(_record: &RunRecord) -> Markup {
    html! {
        section id="thresholds" { h2 { "Thresholds" } }
    }
}
