//! How the endpoint reads the document, and how deskbell does where the document is silent.

use std::collections::BTreeMap;
use std::time::Duration;

use maud::{Markup, html};
use serde_json::Value;

use crate::conformance::READINGS;
use crate::report::escape::one_line;
use crate::report::figure::brief;
use crate::run::ClauseResult;

/// What was seen, or not judged, in this run.
pub(super) fn seen(readings: &BTreeMap<String, Value>) -> Markup {
    html! {
        h3 { "Seen at this endpoint" }
        @if readings.is_empty() {
            p { "Nothing is known of how it reads the document." }
        } @else {
            div class="scroll" {
                table {
                    caption { "What verdicts rest on, and what was left out" }
                    thead {
                        tr {
                            th scope="col" { "What" }
                            th scope="col" { "In this run" }
                        }
                    }
                    tbody {
                        @for (name, value) in readings {
                            tr {
                                th scope="row" class="wide" { (named(name)) }
                                td class="wide" { (told(value)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The name, with what it is about, or a way to the reading that it belongs to.
fn named(name: &str) -> Markup {
    let silence = READINGS.iter().find(|silence| silence.recorded == Some(kind(name)));
    html! {
        code { (one_line(name)) }
        @if let Some(silence) = silence {
            div class="note" { a href=(format!("#reading-{}", silence.id)) { (silence.place) } }
        } @else if let Some(about) = about(kind(name)) {
            div class="note" { (about) }
        }
    }
}

/// What stands before a scenario's name: `limits` of `limits.chat`.
fn kind(name: &str) -> &str {
    name.split_once('.').map_or(name, |(kind, _)| kind)
}

fn about(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "not_judged" => "what could not be judged",
        "accounts" => "what to know of the accounts",
        "account_shared" => "somebody else used the same accounts meanwhile",
        "uploads" => "flows that upload",
        "clock_skew" => "how this machine's clock stands to the server's",
        "held_back" => "load that was held back",
        "ended_early" => "flow instances that did not do all that was planned",
        "shard" => "what a shard is not held to by itself",
        "cut_down" => "load that was cut down to what is allowed",
        "gateway_says" => "error frames of the gateway that deskbell does not know",
        _ => return None,
    })
}

fn told(value: &Value) -> Markup {
    html! {
        @match value {
            Value::String(text) => { (one_line(text)) },
            Value::Array(all) if all.len() == 1 => { (told(&all[0])) },
            Value::Array(all) => { ul class="plain" { @for one in all { li { (told(one)) } } } },
            Value::Object(fields) => {
                ul class="plain" {
                    @for (name, value) in fields { li { (field(name, value)) } }
                }
            },
            Value::Null | Value::Bool(_) | Value::Number(_) => { (value.to_string()) },
        }
    }
}

/// A time is told in its own unit.
fn field(name: &str, value: &Value) -> Markup {
    let time = name.strip_suffix("_ms").zip(value.as_u64());
    html! {
        @if let Some((name, ms)) = time {
            (one_line(name)) " " (brief(Duration::from_millis(ms)))
        } @else {
            (one_line(name)) " " (told(value))
        }
    }
}

/// Where the document is silent or contradicts itself: the readings that clauses of this run rest on, and
/// those that something was seen of.
pub(super) fn meant(clauses: &[ClauseResult], seen: &BTreeMap<String, Value>) -> Markup {
    let rests = |id: &'static str| {
        let rests_on = move |clause: &&ClauseResult| clause.readings.iter().any(|one| one == id);
        let resting = clauses.iter().filter(rests_on);
        resting.map(|clause| clause.id.as_str()).collect::<Vec<_>>()
    };
    let is_seen = |name: &'static str| seen.keys().any(|key| kind(key) == name);
    let used: Vec<_> = READINGS
        .iter()
        .map(|silence| (silence, rests(silence.id)))
        .filter(|(silence, resting)| !resting.is_empty() || silence.recorded.is_some_and(is_seen))
        .collect();
    html! {
        @if !used.is_empty() {
            h3 { "How the document is read" }
            div class="scroll" {
                table class="readings" {
                    caption { "Where it is silent or contradicts itself" }
                    thead {
                        tr {
                            th scope="col" { "About" }
                            th scope="col" { "The document" }
                            th scope="col" { "The reading" }
                            th scope="col" { "Rest on it" }
                        }
                    }
                    tbody {
                        @for (silence, resting) in used {
                            tr id=(format!("reading-{}", silence.id)) {
                                th scope="row" class="wide" {
                                    (silence.place)
                                    div class="note" { (silence.id) }
                                }
                                td class="wide" { (silence.document) }
                                td class="wide" { (silence.reading) }
                                td class="wide" {
                                    @for (at, id) in resting.iter().enumerate() {
                                        @if at > 0 { ", " }
                                        a class="whole" href=(format!("#clause-{id}")) { (id) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
