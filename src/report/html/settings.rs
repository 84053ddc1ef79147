//! What verdicts rest on: the gate, waivers, what was in force, and how the document was read.

mod readings;

use maud::{Markup, html};

use crate::conformance::Level;
use crate::report::escape::one_line;
use crate::report::figure::grouped;
use crate::report::shards;
use crate::run::{InForce, Origin, RunRecord, WaiverResult, WaiverStatus};

use super::tone::{Tone, badge};

/// The section.
pub(super) fn section(record: &RunRecord) -> Markup {
    html! {
        section id="settings" aria-labelledby="settings-title" {
            h2 id="settings-title" { "What it rests on" }
            (gate(record))
            (over_shards(record))
            (waivers(&record.waivers))
            (in_force(&record.in_force))
            (readings::seen(&record.readings))
            (readings::meant(&record.clauses, &record.readings))
        }
    }
}

fn gate(record: &RunRecord) -> Markup {
    let gate = &record.gate;
    let required: Vec<_> = gate.required.iter().map(|id| id.as_str()).collect();
    html! {
        h3 { "Gate" }
        p {
            "The run fails where " (failing(gate.fail_on)) " is violated and not waived, a step is \
             unmet, a threshold is not kept, or a waiver is stale or past."
        }
        @if required.is_empty() {
            p { "No clause was required to be exercised." }
        } @else {
            p { "It also fails where one of these has no verdict: " (required.join(", ")) "." }
        }
    }
}

/// What of the gate is held over several shards.
fn over_shards(record: &RunRecord) -> Markup {
    html! {
        @if record.shard.is_part() {
            p {
                "This is a shard: thresholds, required clauses and stale waivers are left to the \
                 merge of all shards."
            }
        } @else if let Some(added_up) = shards::added_up(record) {
            p { "All of that was held over " (added_up) "." }
        }
    }
}

fn failing(least: Level) -> &'static str {
    match least {
        Level::Must => "a must clause",
        Level::Should => "a must or should clause",
        Level::Info => "any clause",
    }
}

fn waivers(waivers: &[WaiverResult]) -> Markup {
    html! {
        h3 { "Waivers" }
        @if waivers.is_empty() {
            p { "None were given." }
        } @else {
            div class="scroll" {
                table {
                    caption { "Deviations that are lived with" }
                    thead {
                        tr {
                            th scope="col" { "Waives" }
                            th scope="col" { "Reason" }
                            th scope="col" { "Ticket" }
                            th scope="col" { "Until" }
                            th scope="col" class="number" { "Covered" }
                            th scope="col" { "Status" }
                        }
                    }
                    tbody { @for waiver in waivers { (waiver_row(waiver)) } }
                }
            }
        }
    }
}

fn waiver_row(waiver: &WaiverResult) -> Markup {
    let (tone, word, meaning) = standing(waiver.status);
    html! {
        tr data-waiver=(word) {
            th scope="row" class="wide" { (one_line(&waiver.waives)) }
            td class="wide" { (one_line(&waiver.reason)) }
            td class="wide" {
                @if let Some(ticket) = &waiver.ticket { (one_line(ticket)) }
                @else { span class="muted" { "none" } }
            }
            td class="whole" { (one_line(&waiver.until)) }
            td class="number" { (grouped(waiver.covered)) }
            td class="wide" { (badge(tone, word)) div class="note" { (meaning) } }
        }
    }
}

fn standing(status: WaiverStatus) -> (Tone, &'static str, &'static str) {
    match status {
        WaiverStatus::Used => (Tone::Info, "used", "it covered what was found"),
        WaiverStatus::NotExercised => {
            (Tone::Open, "not exercised", "nothing came where it would apply")
        }
        WaiverStatus::Away => (Tone::Pass, "away", "its place was clean, as it may be"),
        WaiverStatus::Stale => {
            (Tone::Fail, "stale", "its place was exercised and clean: it is to be removed")
        }
        WaiverStatus::Past => (Tone::Fail, "past", "its date is past: it covers nothing"),
    }
}

fn in_force(given: &[InForce]) -> Markup {
    let mut sorted: Vec<_> = given.iter().collect();
    sorted.sort_by_key(|one| one.from);
    html! {
        h3 { "Settings in force" }
        @if sorted.is_empty() {
            p { "None are known." }
        } @else {
            div class="scroll" {
                table {
                    caption { "What held, and who said so; what was given on purpose comes first" }
                    thead {
                        tr {
                            th scope="col" { "Setting" }
                            th scope="col" { "Value" }
                            th scope="col" { "Said by" }
                            th scope="col" { "In" }
                        }
                    }
                    tbody { @for one in sorted { (in_force_row(one)) } }
                }
            }
        }
    }
}

fn in_force_row(one: &InForce) -> Markup {
    html! {
        tr data-from=(one.from.as_str()) {
            th scope="row" class="wide" { code { (one_line(&one.key)) } }
            td class="wide" { code { (one_line(&one.text())) } }
            td class="whole" { (said_by(one.from)) }
            td class="wide" {
                @if let Some(scenario) = &one.scenario { (one_line(scenario)) }
                @else { span class="muted" { "every scenario" } }
            }
        }
    }
}

fn said_by(from: Origin) -> &'static str {
    match from {
        Origin::Flag => "command line",
        Origin::Environment => "environment",
        Origin::Profile => "profile",
        Origin::Scenario => "scenario",
        Origin::Default => "default",
    }
}
