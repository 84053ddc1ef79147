//! How the load generator itself did.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The section.
pub(super) fn section(_record: &RunRecord) -> Markup {
    html! {
        section id="generator" { h2 { "Load generator" } }
    }
}
