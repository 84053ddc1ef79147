//! A kind of violation, or an unmet step: what is wrong, since when, on which device, what was
//! expected, and how to repeat it, with the evidence to be opened.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::conformance::{ClauseId, Level, readings_of};
use crate::protocol::{Route, SessionId, cut, cut_words};
use crate::report::escape::one_line;
use crate::report::figure::{counted, grouped};
use crate::report::{repeat, shards};
use crate::run::{ClauseStatus, ConversationRecord, RunRecord, ScenarioRecord};

use super::contrast::contrast;
use super::frame;
use super::instant::instant;
use super::kinds::{Example, Kind, Unmet};
use super::sequence::{self, Fault};
use super::tone::{self, Tone};

/// How much of a sentence is told, in bytes.
const LONGEST_SENTENCE: usize = 400;

/// How much of one is told in a list, in bytes.
const SHORT_SENTENCE: usize = 160;

/// How much of a name or a pointer is told, in bytes.
const LONGEST_NAME: usize = 200;

/// How many devices or shards are named.
const NAMED: usize = 5;

/// What a card is on the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Card<'a> {
    /// Its id.
    pub(super) id: &'a str,
    /// Whether its evidence is open.
    pub(super) is_open: bool,
}

/// The card of a kind of violation.
pub(super) fn violation(record: &RunRecord, kind: &Kind<'_>, card: Card<'_>) -> Markup {
    let lead = kind.lead();
    let finding = &lead.found.finding;
    let clause = kind.clause.clause();
    let scenario = record.scenarios.iter().find(|one| one.name == lead.found.scenario);
    let places: Vec<_> = kind.scenarios.iter().map(ToString::to_string).collect();
    html! {
        article.violation id=(card.id) data-clause=(clause.id) data-level=(clause.level.as_str())
            data-waived[kind.waived.is_some()] data-scenarios=(places.join(" ")) {
            h3 {
                (badge(clause.level, kind.waived.is_some())) " "
                (clause_link(record, kind.clause)) " "
                span.what { (sentence(&finding.message)) }
                @if !is_one(kind) { " " small.muted { "and others like it" } }
            }
            p.muted { (clause.title) ". " (tally(record, kind)) }
            @if let Some(why) = kind.waived {
                p.caution data-tone="info" { "Waived: " (sentence(why)) }
            }
            (contrast(&finding.expected, &finding.actual))
            dl.facts {
                (since(record, kind))
                @if let Some(shards) = in_shards(kind) { dt { "Shard" } dd { (shards) } }
                @if let Some(devices) = devices(kind) { dt { "On" } dd { (devices) } }
                (fact("Route", finding.route.as_ref().map(Route::as_str)))
                (fact("Event", finding.event.as_deref()))
                (fact("Pointer", Some(finding.pointer.as_str())))
                (fact("Session", finding.session.as_ref().map(SessionId::as_str)))
                dt { "Scenario" } dd { (scenarios(record, kind, &lead.found.scenario)) }
                (repeated(record, scenario, lead.found.shard))
            }
            (evidence(record, lead, card.is_open))
            (further(record, kind))
            (readings(kind))
        }
    }
}

/// Whether all examples say the same, and not with other numbers.
fn is_one(kind: &Kind<'_>) -> bool {
    let mut said = kind.examples.iter().map(|example| &example.found.finding.message);
    let first = said.next();
    said.all(|message| Some(message) == first)
}

/// The card of an unmet step.
pub(super) fn unmet(record: &RunRecord, unmet: &Unmet<'_>, card: Card<'_>) -> Markup {
    let step = unmet.step;
    html! {
        article.violation.unmet id=(card.id) data-level="step" data-scenarios=(unmet.nth) {
            h3 {
                (step_badge()) " "
                span.clause { (one_line(&place(unmet))) ":" } " "
                span.what { (sentence(&step.message)) }
            }
            p.muted { "Its expectation was not met " (counted(step.count, "time")) "." }
            (contrast(&step.expected, &step.actual))
            dl.facts {
                @if let Some(at) = unmet.at { dt { "Since" } dd { (instant(record, at)) } }
                dt { "On" } dd { (shards::place(step.shard, Some(step.device)).unwrap_or_default()) }
                dt { "Scenario" } dd { bdi { (one_line(&unmet.scenario.name)) } }
                (repeated(record, Some(unmet.scenario), step.shard))
            }
            (conversation(record, unmet.conversation, &step.message, None, card.is_open))
        }
    }
}

/// `scenarios/chat.yaml:13 send`
pub(super) fn place(unmet: &Unmet<'_>) -> String {
    let file = cut(&unmet.scenario.file, LONGEST_NAME);
    format!("{file}:{} {}", unmet.step.line, cut(&unmet.step.step, LONGEST_NAME))
}

/// How binding a clause is, or that its violation is waived.
pub(super) fn badge(level: Level, is_waived: bool) -> Markup {
    if is_waived {
        let tone = Tone::of_clause(ClauseStatus::Waived, level);
        return tone::badge(tone, format!("{}, waived", level.as_str()));
    }
    tone::badge(Tone::of_clause(ClauseStatus::Violated, level), level.as_str())
}

/// That it is a step.
pub(super) fn step_badge() -> Markup {
    tone::badge(Tone::Fail, "step")
}

/// The clause, as a way to its row among all clauses.
fn clause_link(record: &RunRecord, clause: ClauseId) -> Markup {
    html! {
        @if record.clauses.iter().any(|one| one.id == clause) {
            a.clause href=(format!("#clause-{clause}")) { (clause) }
        } @else {
            span.clause { (clause) }
        }
    }
}

/// A sentence in which others may have words.
pub(super) fn sentence(text: &str) -> Markup {
    words(text, LONGEST_SENTENCE)
}

/// The same for a line of a list.
pub(super) fn short_sentence(text: &str) -> Markup {
    words(text, SHORT_SENTENCE)
}

fn words(text: &str, longest: usize) -> Markup {
    let start = cut_words(text, longest);
    html! { bdi { (one_line(start)) @if start.len() < text.len() { "..." } } }
}

fn name(text: &str) -> Markup {
    let start = cut(text, LONGEST_NAME);
    html! { code { bdi { (one_line(start)) @if start.len() < text.len() { "..." } } } }
}

/// A label and a name; nothing where there is none.
fn fact(label: &str, name_of: Option<&str>) -> Markup {
    html! {
        @if let Some(text) = name_of.filter(|text| !text.is_empty()) {
            dt { (label) }
            dd { (name(text)) }
        }
    }
}

/// Of how many findings it tells, and how the clause stands over the whole run.
fn tally(record: &RunRecord, kind: &Kind<'_>) -> String {
    let like = match kind.count {
        1 => "Found once".to_owned(),
        count => format!("{} findings like this", grouped(count)),
    };
    match record.clauses.iter().find(|one| one.id == kind.clause) {
        Some(clause) => format!(
            "{like}; the clause was violated in {} of {}.",
            grouped(clause.violated),
            counted(clause.checked, "check")
        ),
        None => format!("{like}."),
    }
}

fn since(record: &RunRecord, kind: &Kind<'_>) -> Markup {
    html! {
        dt { "Since" }
        dd {
            (instant(record, kind.first_at)) " after the start"
            @if kind.last_at > kind.first_at { ", last at " (instant(record, kind.last_at)) }
        }
    }
}

/// The shards of a merged run; none where nothing was merged.
fn in_shards(kind: &Kind<'_>) -> Option<String> {
    let first = kind.lead().found.shard?;
    Some(first_of(&first, &kind.shards))
}

/// `device 1`, `device 1 first, then 4, 7 and 12 more`; none where the first finding is of no device.
fn devices(kind: &Kind<'_>) -> Option<String> {
    let first = kind.lead().found.finding.device?;
    Some(format!("device {}", first_of(&first, &kind.devices)))
}

/// `1`, or `1 first, then 4, 7 and 12 more`.
fn first_of<T: PartialEq + ToString>(first: &T, all: &BTreeSet<T>) -> String {
    let others: Vec<_> = all.iter().filter(|one| *one != first).map(T::to_string).collect();
    let first = first.to_string();
    if others.is_empty() {
        return first;
    }
    let named = others.iter().take(NAMED - 1).cloned().collect::<Vec<_>>().join(", ");
    match others.len().saturating_sub(NAMED - 1) {
        0 => format!("{first} first, then {named}"),
        more => format!("{first} first, then {named} and {} more", grouped(more as u64)),
    }
}

fn scenarios(record: &RunRecord, kind: &Kind<'_>, first: &str) -> Markup {
    let others = kind
        .scenarios
        .iter()
        .filter_map(|nth| record.scenarios.get(*nth))
        .filter(|scenario| scenario.name != first)
        .count();
    html! {
        bdi { (one_line(cut(first, LONGEST_NAME))) }
        @if others > 0 { " and " (counted(others as u64, "other")) }
    }
}

fn repeated(record: &RunRecord, scenario: Option<&ScenarioRecord>, shard: Option<u32>) -> Markup {
    html! {
        @if let Some(scenario) = scenario {
            @let command = repeat::command(record, scenario, shard);
            dt.repeat { "Repeat" }
            dd.copied {
                pre.command data-copy { code { (one_line(&command)) } }
            }
        }
    }
}

/// The frame and the diagram of an example.
fn evidence(record: &RunRecord, example: &Example<'_>, is_open: bool) -> Markup {
    let id = format!("frame-{}", example.line);
    let finding = &example.found.finding;
    let shown = finding.frame.as_deref().filter(|_| example.shows_frame);
    let whole = format!("violations.jsonl:{}", example.line);
    let of_frame = shown.map(|_| id.as_str());
    html! {
        @if let Some(frame) = shown {
            details.evidence id=(id) open[is_open] {
                summary { "Frame" @if !finding.pointer.is_empty() { ", with the place marked" } }
                (frame::evidence(frame, &finding.pointer, &whole))
            }
        } @else if finding.frame.is_some() {
            p.muted { "Its frame stands in " (whole) "." }
        }
        (conversation(record, example.conversation, &finding.message, of_frame, is_open))
    }
}

fn conversation(
    record: &RunRecord,
    kept: Option<&ConversationRecord>,
    message: &str,
    frame: Option<&str>,
    is_open: bool,
) -> Markup {
    let message = cut_words(message, LONGEST_SENTENCE);
    html! {
        @if let Some(kept) = kept {
            details.evidence open[is_open] {
                summary { "Conversation" }
                (sequence::figure(record, &kept.conversation, Fault { message, frame }))
            }
        }
    }
}

/// The examples after the first.
fn further(record: &RunRecord, kind: &Kind<'_>) -> Markup {
    let Some((lead, others)) = kind.examples.split_first() else { return html! {} };
    html! {
        @for example in others {
            @let finding = &example.found.finding;
            details.evidence.further {
                summary {
                    "Again at " (instant(record, finding.at))
                    @if let Some(place) = shards::place(example.found.shard, finding.device) {
                        " on " (place)
                    }
                    @if example.found.scenario != lead.found.scenario {
                        " in " bdi { (one_line(cut(&example.found.scenario, LONGEST_NAME))) }
                    }
                }
                @if finding.message != lead.found.finding.message {
                    p { (sentence(&finding.message)) }
                }
                (contrast(&finding.expected, &finding.actual))
                (evidence(record, example, true))
            }
        }
    }
}

fn readings(kind: &Kind<'_>) -> Markup {
    let readings: Vec<_> = readings_of(kind.clause).collect();
    html! {
        @if !readings.is_empty() {
            details.evidence {
                summary {
                    "Rests on " (counted(readings.len() as u64, "reading")) " of the document"
                }
                dl.readings {
                    @for reading in readings {
                        dt { (reading.place) }
                        dd { (reading.reading) }
                    }
                }
            }
        }
    }
}
