//! How the verdicts came about.

use maud::{Markup, html};

use crate::comparison::Comparison;
use crate::report::comparison::wording;
use crate::report::escape::one_line;
use crate::report::figure::grouped;

/// The section.
pub(super) fn section(comparison: &Comparison) -> Markup {
    let method = &comparison.method;
    html! {
        section id="method" {
            h2 { "Method" }
            ul { @for sentence in &method.sentences { li { (one_line(sentence)) } } }
            dl class="facts" {
                dt { "Evidence" } dd { (wording::evidence(method.evidence)) }
                dt { "Confidence" } dd { (wording::confidence(comparison)) ", over all judged figures" }
                dt { "Judged" } dd { (grouped(method.judged as u64)) }
                dt { "Drawn anew" } dd { (grouped(method.resamples as u64)) " times" }
                dt { "Block" }
                dd {
                    @if let Some(seconds) = method.block_s { (grouped(seconds)) " s" }
                    @else { "not the same for all runs" }
                }
            }
        }
    }
}
