//! What was run: scenarios, load, version, machine, and what stays behind.

use maud::{Markup, html};

use crate::report::escape::one_line;
use crate::report::figure::{counted, grouped};
use crate::report::{Format, repeat};
use crate::run::{
    ClauseStatus, EndedEarly, IDS_FILE, LATENCY_FILE, RunRecord, SESSIONS_FILE, ScenarioRecord,
};

use super::load;
use super::tone::{Tone, badge};

/// The section.
pub(super) fn section(record: &RunRecord) -> Markup {
    html! {
        section id="ran" aria-labelledby="ran-title" {
            h2 id="ran-title" { "What was run" }
            @if record.scenarios.is_empty() {
                p { "No scenario was run." }
            } @else {
                (scenarios(record))
            }
            (facts(record))
            (left_behind(record))
        }
    }
}

fn scenarios(record: &RunRecord) -> Markup {
    html! {
        div class="scroll" {
            table {
                caption { "Scenarios, each by what it saw itself" }
                thead {
                    tr {
                        th scope="col" { "Scenario" }
                        th scope="col" { "Outcome" }
                        th scope="col" { "Load" }
                        th scope="col" class="number" { "Connections" }
                        th scope="col" class="number" { "Requests" }
                        th scope="col" class="number" { "Messages" }
                    }
                }
                tbody {
                    @for (at, scenario) in record.scenarios.iter().enumerate() {
                        (row(record, at, scenario))
                    }
                }
            }
        }
    }
}

fn row(record: &RunRecord, at: usize, scenario: &ScenarioRecord) -> Markup {
    let totals = &scenario.totals;
    let name = one_line(&scenario.name);
    html! {
        tr {
            th scope="row" class="wide" {
                @if scenario.steps.is_empty() {
                    (name)
                } @else {
                    a href=(format!("#steps-{}", at + 1)) { (name) }
                }
                br;
                span class="mono muted" { (one_line(&scenario.file)) }
            }
            td class="wide" { (outcome(record, scenario)) }
            td class="wide" { (load::phrases(&scenario.load).join(", ")) }
            td class="number" { (grouped(totals.connections)) }
            td class="number" { (grouped(totals.requests)) }
            td class="number" { (grouped(totals.sends)) }
        }
    }
}

fn outcome(record: &RunRecord, scenario: &ScenarioRecord) -> Markup {
    let (tone, word) = if repeat::fails(record, scenario) {
        (Tone::Fail, "failed")
    } else if !scenario.errors.is_empty() {
        (Tone::Open, "not run")
    } else {
        (Tone::Pass, "passed")
    };
    let told = what_is_wrong(scenario);
    html! {
        (badge(tone, word))
        @if !told.is_empty() {
            ul class="plain" { @for one in told { li { (one) } } }
        }
    }
}

fn what_is_wrong(scenario: &ScenarioRecord) -> Vec<String> {
    let count = |count: usize, noun: &str, what: &str| {
        (count > 0).then(|| format!("{} {what}", counted(count as u64, noun)))
    };
    let of = |status| scenario.clauses.iter().filter(|one| one.status == status).count();
    let unmet = scenario.failed_steps();
    let crossed = scenario.thresholds.iter().filter(|threshold| !threshold.ok).count();
    let EndedEarly { cut_off, given_up, stranded, requests } = scenario.early;
    let instances = |early: u64, what: &str| count(early as usize, "flow instance", what);
    let clauses = [
        count(of(ClauseStatus::Violated), "clause", "violated"),
        count(of(ClauseStatus::Waived), "clause", "waived"),
        count(unmet, "step", "unmet"),
        count(crossed, "threshold", "not kept"),
        instances(cut_off, "still under way when the grace period was over"),
        instances(given_up, "left out what would have outlasted the grace period"),
        instances(stranded, "had no connection any more"),
        count(requests as usize, "request", "without an answer yet at the end"),
        count(scenario.totals.dropped as usize, "planned start", "not made"),
    ];
    let errors = scenario.errors.iter().map(|error| one_line(error).into_owned());
    clauses.into_iter().flatten().chain(errors).collect()
}

fn facts(record: &RunRecord) -> Markup {
    let machine = &record.machine;
    let shard = record.shard;
    html! {
        dl class="facts" {
            dt { "Version" }
            dd { "deskbell " (record.version) }
            dt { "Machine" }
            dd {
                (one_line(&machine.os)) " on " (one_line(&machine.arch)) ", "
                (counted(machine.cores as u64, "core")) ", "
                (counted(machine.workers as u64, "worker thread"))
            }
            @if shard.count > 1 {
                dt { "Shard" }
                dd { (shard.index) " of " (shard.count) ": the figures are of this share alone" }
            }
            @if let Some(start_at) = &record.start_at {
                dt { "Start" }
                dd { "together with other shards at " (one_line(start_at)) }
            }
            dt { "Plan" }
            dd { span class="mono" { (one_line(&record.plan)) } " (equal plans have equal digests)" }
            dt { "Files" }
            dd {
                "Beside this page:"
                ul.plain {
                    @for (file, holds) in files(record) { li { a href=(file) { (file) } " " span.muted { (holds) } } }
                }
            }
        }
    }
}

/// The other files, and what each holds. What is written while a run goes on stays with its shards.
fn files(record: &RunRecord) -> impl Iterator<Item = (&'static str, &'static str)> {
    let others = Format::ALL.into_iter().filter(|format| *format != Format::Html);
    let told = others.map(|format| (format.file_name(), holds(format)));
    let latencies = (LATENCY_FILE, "every latency second by second, for HdrHistogram's tools");
    let of_a_run = [
        (IDS_FILE, "ids of sessions and messages, for deskbell merge"),
        (SESSIONS_FILE, "sessions opened and ended, for deskbell cleanup"),
    ];
    let is_merged = !record.shards.is_empty();
    told.chain([latencies]).chain(of_a_run.into_iter().filter(move |_| !is_merged))
}

fn holds(format: Format) -> &'static str {
    match format {
        Format::Html => "this page",
        Format::Summary => "the result in a page, for a merge request",
        Format::Junit => "each clause, step and threshold as a test, for CI",
        Format::SummaryCsv => "latencies by scenario",
        Format::TimelineCsv => "a row for each second",
        Format::ClausesCsv => "the clauses with their counts",
        Format::Violations => "every finding with its frame, the first 1 000",
        Format::Conversations => "what was seen until each of the first of them",
        Format::Sums => "what it is added up from with other shards, for deskbell merge",
        Format::RunJson => "everything a program may ask",
    }
}

/// What stays at an endpoint of one's own; the embedded server forgets.
fn left_behind(record: &RunRecord) -> Markup {
    let left = record.left_behind;
    let is_own = repeat::own_target(&record.target).is_some();
    let phrases: Vec<_> = [
        (left.open_sessions, "open session"),
        (left.messages, "message"),
        (left.uploads, "uploaded file"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, noun)| counted(count, noun))
    .collect();
    html! {
        @if is_own && !phrases.is_empty() {
            h3 { "Left behind" }
            p { "The endpoint keeps " (phrases.join(", ")) " of this run." }
            @if left.open_sessions > 0 {
                p class="caution" {
                    "To end the open sessions, run " code { "deskbell cleanup RUN" }
                    ", where RUN is the folder of this page."
                }
            }
        }
    }
}
