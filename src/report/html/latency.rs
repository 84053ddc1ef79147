//! Latencies: over time, spread, and as a percentile curve.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The section.
pub(super) fn section(_record: &RunRecord) -> Markup {
    html! {
        section id="latency" { h2 { "Latency" } }
    }
}
