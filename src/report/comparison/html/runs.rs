//! The runs of both sides.

use maud::{Markup, html};

use crate::comparison::{Comparison, RunBrief};
use crate::report::escape::one_line;
use crate::report::figure::grouped;
use crate::report::html::tone::{Tone, badge};
use crate::report::span;

/// The section.
pub(super) fn section(comparison: &Comparison) -> Markup {
    html! {
        section id="runs" {
            h2 { "Runs" }
            div class="scroll" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Side" }
                            th scope="col" { "Run" }
                            th scope="col" { "Verdict" }
                            th scope="col" { "Began" }
                            th scope="col" class="number" { "Counts" }
                            th scope="col" class="number" { "Devices" }
                            th scope="col" class="number" { "Seed" }
                            th scope="col" { "Target" }
                            th scope="col" { "Plan" }
                            th scope="col" { "deskbell" }
                        }
                    }
                    tbody { @for run in &comparison.base { (row("base", run)) } }
                    tbody { @for run in &comparison.candidate { (row("candidate", run)) } }
                }
            }
        }
    }
}

fn row(side: &str, run: &RunBrief) -> Markup {
    html! {
        tr {
            td { (side) }
            th scope="row" class="wide" { code { bdi { (one_line(&run.folder)) } } }
            td { (badge(Tone::of_verdict(run.verdict), run.verdict.as_str())) }
            td class="whole" { (span::told(&one_line(&run.started_at))) }
            td class="number" { (grouped(run.seconds)) " s" }
            td class="number" { (grouped(run.devices)) }
            td class="number" { (run.seed) }
            td class="wide" { bdi { (one_line(&run.target)) } }
            td { code { (one_line(&run.plan)) } }
            td { (one_line(&run.version)) }
        }
    }
}
