//! Devices and messages over time.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The section.
pub(super) fn section(_record: &RunRecord) -> Markup {
    html! {
        section id="traffic" { h2 { "Traffic" } }
    }
}
