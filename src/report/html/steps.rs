//! Steps of every scenario.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The section.
pub(super) fn section(_record: &RunRecord) -> Markup {
    html! {
        section id="steps" { h2 { "Steps" } }
    }
}
