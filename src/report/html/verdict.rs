//! The verdict, why, against what, and what to do next: what a person knows after ten seconds.

use std::time::Duration;

use maud::{Markup, html};

use crate::report::escape::one_line;
use crate::report::figure::{brief, counted, grouped};
use crate::report::{layers, repeat, shards, span};
use crate::run::{ClauseStatus, RunRecord, Verdict};

use super::mark::mark;
use super::tone::Tone;

/// How many reasons are told at once.
const MOST: usize = 8;

/// The head of the page.
pub(super) fn header(record: &RunRecord) -> Markup {
    html! {
        header id="verdict" data-verdict=(record.verdict.as_str())
            data-tone=(Tone::of_verdict(record.verdict).as_str()) {
            p class="run" {
                "deskbell " (record.version) ", run " span class="mono" { (one_line(&record.run_id)) }
            }
            div class="head" {
                (mark(record.verdict))
                div {
                    h1 { (record.verdict.as_str()) }
                    p class="meaning" { (meaning(record)) }
                }
            }
            (why(record))
            (against(record))
            (figures(record))
            (next(record))
        }
    }
}

fn meaning(record: &RunRecord) -> String {
    match record.verdict {
        Verdict::Passed if record.shard.is_part() => format!(
            "All that a shard can be held to by itself holds. What is asked of the whole run, \
             thresholds among it, is judged where its shards are merged. {}",
            caveats(record)
        ),
        Verdict::Passed => format!("All that was asked for holds. {}", caveats(record)),
        Verdict::Failed => {
            "Something that was asked for does not hold. Do not ship this.".to_owned()
        }
        Verdict::Invalid if shards::is_incomplete(record) => {
            "The shards do not make a whole: figures below are of those that were added up, and say \
             nothing of the others."
                .to_owned()
        }
        Verdict::Invalid => {
            "The load generator could not keep up: times and rates below are not to \
                             be trusted. This run says neither that the service is fast enough nor \
                             that it is not."
                .to_owned()
        }
        Verdict::Interrupted => format!(
            "Stopped before its end: the figures reach until {}, and what came later is not known.",
            span::told(&one_line(&record.ended_at))
        ),
        Verdict::Error => {
            "The run could not be done: it says nothing about the service.".to_owned()
        }
    }
}

/// What to know of a run that passed: violations below the gate, and clauses of which nothing is known.
fn caveats(record: &RunRecord) -> String {
    let found = record.totals.findings;
    let untried = record.clauses_of(ClauseStatus::NotExercised).count() as u64;
    let unsure = record.clauses_of(ClauseStatus::Inconclusive).count() as u64;
    let were = |count: u64| if count == 1 { "was" } else { "were" };
    let told = [
        (found.should, format!("{} of should clauses.", counted(found.should, "violation"))),
        (found.waived, format!("{} waived.", counted(found.waived, "violation"))),
        (untried, format!("{} {} not exercised.", counted(untried, "clause"), were(untried))),
        (unsure, format!("{} {} inconclusive.", counted(unsure, "clause"), were(unsure))),
    ];
    let told = told.into_iter().filter(|(count, _)| *count > 0).map(|(_, told)| told);
    told.collect::<Vec<_>>().join(" ")
}

fn why(record: &RunRecord) -> Markup {
    // One or two more take no more room than the line that hides them.
    let told = if record.why.len() <= MOST + 2 { record.why.len() } else { MOST };
    let (first, rest) = record.why.split_at(told);
    let list = |reasons: &[String]| {
        html! { ul { @for reason in reasons { li { (one_line(reason)) } } } }
    };
    html! {
        @if !first.is_empty() {
            div class="why" {
                h2 { "Why" }
                (list(first))
                @if !rest.is_empty() {
                    details {
                        summary { (counted(rest.len() as u64, "more reason")) }
                        (list(rest))
                    }
                }
            }
        }
    }
}

fn against(record: &RunRecord) -> Markup {
    let took = span::took(record).map_or(String::new(), |took| format!(", took {}", brief(took)));
    html! {
        dl class="facts" {
            dt { "Target" }
            dd class="mono" { (one_line(&record.target)) }
            dt { "When" }
            dd {
                time datetime=(one_line(&record.started_at)) {
                    (span::told(&one_line(&record.started_at)))
                }
                (took)
            }
            dt { "Seed" }
            dd class="mono" { (record.seed) }
            (run_by(record))
        }
    }
}

/// Where several machines had a share: which one this was, or of how many it was added up.
fn run_by(record: &RunRecord) -> Markup {
    html! {
        @if let Some(added_up) = shards::added_up(record) {
            dt { "Run by" }
            dd { a href="#shards" { (added_up) } }
        } @else if let Some(share) = shards::share(record) {
            dt { "Run by" }
            dd { (share) }
        }
    }
}

/// A headline figure: its name, its value, what more to say, where to read on, and how it stands.
struct Figure {
    name: &'static str,
    value: String,
    remark: Option<String>,
    section: &'static str,
    tone: Option<Tone>,
}

fn figures(record: &RunRecord) -> Markup {
    html! {
        @if did_nothing(record) {
            p class="caution" { "Nothing ran: there are no figures." }
        } @else {
            dl class="figures" aria-label="Headline figures" {
                @for figure in of_verdicts(record).into_iter().chain(of_load(record)) {
                    div data-tone=[figure.tone.map(Tone::as_str)] {
                        dt { a href=(format!("#{}", figure.section)) { (figure.name) } }
                        dd {
                            strong { (figure.value) }
                            @if let Some(remark) = figure.remark { " " small { (remark) } }
                        }
                    }
                }
            }
        }
    }
}

/// Whether there is nothing to tell of, but why.
fn did_nothing(record: &RunRecord) -> bool {
    record.totals.connections == 0 && record.errors.total() == 0
}

fn of_verdicts(record: &RunRecord) -> [Figure; 6] {
    let found = record.totals.findings;
    let checks = record.clauses.iter().map(|clause| clause.checked).sum();
    let clauses = record.clauses.len() as u64;
    let tried = clauses - record.clauses_of(ClauseStatus::NotExercised).count() as u64;
    let steps = record.scenarios.iter().map(|one| one.steps.len() as u64).sum();
    let unmet = record.failed_steps() as u64;
    let set = record.every_threshold().count() as u64;
    let crossed = record.every_threshold().filter(|(_, one)| !one.ok).count() as u64;
    let unset = if record.shard.is_part() { "judged by the merge" } else { "none set" };
    let of = |part: u64, whole: u64, noun: &str| {
        (whole > 0).then(|| format!("of {}", counted(part.max(whole), noun)))
    };
    [
        Figure {
            name: "Checks made",
            value: grouped(checks),
            remark: None,
            section: "clauses",
            tone: None,
        },
        Figure {
            name: "Clauses exercised",
            value: grouped(tried),
            remark: Some(format!("of {}", grouped(clauses))),
            section: "clauses",
            tone: None,
        },
        Figure {
            name: "Violations of musts",
            value: grouped(found.must),
            remark: (found.waived > 0).then(|| format!("and {} waived", grouped(found.waived))),
            section: "violations",
            tone: bad(found.must, Tone::Fail),
        },
        Figure {
            name: "Violations of shoulds",
            value: grouped(found.should),
            remark: None,
            section: "violations",
            tone: bad(found.should, Tone::Warn),
        },
        Figure {
            name: "Unmet steps",
            value: grouped(unmet),
            remark: of(unmet, steps, "step"),
            section: "steps",
            tone: bad(unmet, Tone::Fail),
        },
        Figure {
            name: "Thresholds not kept",
            value: grouped(crossed),
            remark: of(crossed, set, "threshold").or_else(|| Some(unset.to_owned())),
            section: "thresholds",
            tone: bad(crossed, Tone::Fail),
        },
    ]
}

fn of_load(record: &RunRecord) -> [Figure; 4] {
    let totals = &record.totals;
    let expected = totals.deliveries_expected;
    let event = record.latency.get("send_to_event");
    let is_doubted = record.verdict == Verdict::Invalid || !record.generator.valid;
    [
        Figure {
            name: "Deliveries lost",
            value: grouped(totals.lost),
            remark: Some(format!("of {} expected", grouped(expected))),
            section: "traffic",
            tone: bad(totals.lost, Tone::Fail),
        },
        Figure {
            name: "Send to event, p99",
            value: event.map_or("none".to_owned(), |of| brief(Duration::from_micros(of.p99_us))),
            remark: match event {
                None => Some("no samples".to_owned()),
                Some(_) if is_doubted => Some("not to be trusted".to_owned()),
                Some(of) => Some(format!("of {}", counted(of.count, "sample"))),
            },
            section: "latency",
            tone: is_doubted.then_some(Tone::Warn),
        },
        Figure {
            name: "Devices",
            value: grouped(totals.devices),
            remark: Some(format!("with {}", counted(totals.connections, "connection"))),
            section: "ran",
            tone: None,
        },
        Figure {
            name: "Errors",
            value: grouped(record.errors.total()),
            remark: Some(match layers::worst(record) {
                Some((layer, _)) => format!("most of the {}", layer.as_str()),
                None => format!("in {}", counted(totals.requests, "request")),
            }),
            section: "errors",
            tone: bad(record.errors.total(), Tone::Warn),
        },
    ]
}

fn bad(count: u64, tone: Tone) -> Option<Tone> {
    (count > 0).then_some(tone)
}

fn next(record: &RunRecord) -> Markup {
    let first = record.scenarios.first();
    let (advice, scenario) = match record.verdict {
        Verdict::Passed if record.shard.is_part() => {
            let command = repeat::merge(record.shard);
            return advised("Add it up with the other shards:", Some(&command));
        }
        Verdict::Passed if repeat::own_target(&record.target).is_none() => {
            return advised(
                "This was deskbell's own server. Run the same against your endpoint:",
                Some(repeat::AGAINST_OWN_ENDPOINT),
            );
        }
        Verdict::Passed => ("To run it again:", first),
        Verdict::Failed => {
            let advice = "Read below what went wrong, and repeat the first scenario that failed:";
            let command = repeat::first_failing(record).map(|one| repeat::at_fault(record, one));
            return advised(advice, command.as_deref());
        }
        Verdict::Invalid if !record.shards.is_empty() => {
            ("Mend what is said above, run the shards again, and merge them.", None)
        }
        Verdict::Invalid => {
            ("Run it again with fewer devices, or on a machine with more cores:", first)
        }
        Verdict::Interrupted => ("Let it run to its end:", first),
        Verdict::Error => ("Mend what is said above, and run again.", first),
    };
    advised(advice, scenario.map(|one| repeat::command(record, one, None)).as_deref())
}

fn advised(advice: &str, command: Option<&str>) -> Markup {
    html! {
        div class="next" {
            h2 { "Next" }
            p { (advice) }
            @if let Some(command) = command { (copied(command)) }
        }
    }
}

/// A command to copy: as text that can be selected, to which script adds a button.
pub(super) fn copied(command: &str) -> Markup {
    html! { div class="copied" { pre data-copy { code { (one_line(command)) } } } }
}
