//! Errors by layer and kind, whose fault they are, and how they came over time.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::metrics::{ErrorKind, Layer, Throttling};
use crate::report::escape::one_line;
use crate::report::figure::{counted, grouped};
use crate::report::layers;
use crate::run::RunRecord;

use super::plots::{self, figure};
use super::since::since;
use super::tone::{Tone, badge};

/// The section.
pub(super) fn section(record: &RunRecord) -> Markup {
    let total = record.errors.total();
    html! {
        section id="errors" {
            h2 { "Errors" }
            @if total == 0 {
                p { "There were no errors." }
            } @else {
                p {
                    (counted(total, "error")) @if let Some(second) = plots::first_error(record) {
                        ", the first at " strong { (since(record, second)) } " after the start"
                    } "."
                    @if let Some((layer, count)) = layers::worst(record) { (to_blame(layer, (count, total))) }
                }
                @if let Some(throttling) = &record.throttling { (throttled(record, throttling)) }
                (by_kind(record))
                (over_time(record))
            }
            @if let Some(text) = layers::closes(record.closes) { p { (text) ". These are no errors." } }
        }
    }
}

/// The layer that has most of the errors.
fn to_blame(layer: Layer, (count, of): (u64, u64)) -> Markup {
    html! {
        @if count == of { " All" } @else { " Most" } " are of the " strong { (layer.as_str()) } ", " (grouped(count)) ": "
        (layers::meaning(layer))
    }
}

fn throttled(record: &RunRecord, throttling: &Throttling) -> Markup {
    let [first, last] = [throttling.first_at(), throttling.last_at()].map(|at| at.as_secs());
    html! {
        p {
            (badge(Tone::Warn, "throttled")) " The gateway " (layers::throttled(throttling))
            ", first at " strong { (since(record, first)) } ", last at " (since(record, last))
            ": more was asked of it than its limits let through."
        }
    }
}

fn over_time(record: &RunRecord) -> Markup {
    let has_errors = |errors: &Vec<(u64, u64)>| errors.iter().any(|(_, count)| *count > 0);
    html! {
        @if !record.timeline.is_empty() && record.errors_by_second.values().any(has_errors) {
            (figure("errors", "Errors over time, by layer", &html! {
                ul {
                    @for (layer, errors) in &record.errors_by_second {
                        @if let Some((second, count)) = worst(errors) {
                            li {
                                (layer.as_str()) ": at most " (grouped(count)) " in a second, first at "
                                (since(record, second))
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// The first of the seconds with the most errors, and how many those are.
fn worst(errors: &[(u64, u64)]) -> Option<(u64, u64)> {
    errors.iter().copied().reduce(|one, next| if next.1 > one.1 { next } else { one })
}

fn by_kind(record: &RunRecord) -> Markup {
    html! {
        div class="scroll" {
            table {
                thead {
                    tr {
                        th scope="col" { "Layer" }
                        th scope="col" { "Since" }
                        th scope="col" { "Kind" }
                        th scope="col" class="number" { "Errors" }
                    }
                }
                @for (layer, kinds) in record.errors.layers() {
                    tbody { (rows(record, layer, kinds)) }
                }
            }
        }
    }
}

/// The kinds of a layer, the most frequent first.
fn rows(record: &RunRecord, layer: Layer, kinds: &BTreeMap<ErrorKind, u64>) -> Markup {
    let mut kinds: Vec<_> = kinds.iter().collect();
    kinds.sort_by(|(one, few), (other, many)| many.cmp(few).then(one.cmp(other)));
    let all: u64 = kinds.iter().map(|(_, count)| **count).sum();
    html! {
        @for (nth, (kind, count)) in kinds.iter().enumerate() {
            tr {
                @if nth == 0 {
                    th scope="rowgroup" rowspan=(kinds.len()) {
                        (layer.as_str()) ": " (grouped(all))
                        div class="note" { (layers::meaning(layer)) }
                    }
                    td rowspan=(kinds.len()) {
                        @if let Some(second) = layers::first(record, layer) {
                            (since(record, second))
                        }
                    }
                }
                td {
                    code { (kind) }
                    @if **kind == ErrorKind::GATEWAY_ERROR { (gateway_says(record)) }
                }
                td class="number" { (grouped(**count)) }
            }
        }
    }
}

/// What the gateway said that deskbell does not know.
fn gateway_says(record: &RunRecord) -> Markup {
    html! {
        @for text in layers::gateway_says(record) {
            div class="note" { "it said: " q { (one_line(text)) } }
        }
    }
}
