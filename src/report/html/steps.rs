//! The steps of each scenario, and what was not as expected.

use maud::{Markup, html};

use crate::report::escape::{one_line, printable};
use crate::report::evidence;
use crate::report::figure::{counted, grouped};
use crate::run::{RunRecord, ScenarioRecord, StepRecord, UnmetStep};

use super::tone::{Tone, badge};

/// The section.
pub(super) fn section(record: &RunRecord) -> Markup {
    html! {
        section id="steps" aria-labelledby="steps-title" {
            h2 id="steps-title" { "Steps" }
            @if record.scenarios.iter().all(|one| one.steps.is_empty()) {
                p { "No step was played." }
            }
            @for (at, scenario) in record.scenarios.iter().enumerate() {
                @if !scenario.steps.is_empty() { (of_scenario(at, scenario)) }
            }
        }
    }
}

fn of_scenario(at: usize, scenario: &ScenarioRecord) -> Markup {
    html! {
        h3 id=(format!("steps-{}", at + 1)) { (one_line(&scenario.name)) }
        div class="scroll" {
            table {
                caption { "Steps of " span class="mono" { (one_line(&scenario.file)) } }
                thead {
                    tr {
                        th scope="col" class="number" { "Line" }
                        th scope="col" { "Step" }
                        th scope="col" class="number" { "Passed" }
                        th scope="col" class="number" { "Failed" }
                        th scope="col" class="number" { "Left out" }
                        th scope="col" { "Outcome" }
                    }
                }
                tbody { @for step in &scenario.steps { (row(scenario, step)) } }
            }
        }
    }
}

fn row(scenario: &ScenarioRecord, step: &StepRecord) -> Markup {
    let (tone, word) = outcome(step);
    html! {
        tr data-outcome=(word) {
            td class="number" { (step.line) }
            th scope="row" { code { (one_line(&step.step)) } }
            td class="number" { (grouped(step.passed)) }
            td class="number" { (grouped(step.failed)) }
            td class="number" { (grouped(step.skipped)) }
            td { (badge(tone, word)) }
        }
        @if step.failed > 0 {
            @if let Some(unmet) = evidence::unmet_of(scenario, step) { (detail(unmet)) }
        }
    }
}

fn outcome(step: &StepRecord) -> (Tone, &'static str) {
    if step.failed > 0 {
        (Tone::Fail, "unmet")
    } else if step.passed > 0 {
        (Tone::Pass, "passed")
    } else if step.skipped > 0 {
        (Tone::Open, "left out")
    } else {
        (Tone::Open, "never reached")
    }
}

fn detail(unmet: &UnmetStep) -> Markup {
    html! {
        tr class="detail" {
            td {}
            td colspan="5" {
                p {
                    (one_line(&unmet.message)) " "
                    span class="muted" {
                        "(" (counted(unmet.count, "time")) ", first on device " (unmet.device) ")"
                    }
                }
                dl class="facts" {
                    dt { "Expected" }
                    dd { pre { (printable(&unmet.expected)) } }
                    dt { "Actual" }
                    dd { pre { (printable(&unmet.actual)) } }
                }
            }
        }
    }
}
