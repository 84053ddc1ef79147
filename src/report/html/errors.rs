//! Errors by layer and kind, and over time.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::metrics::{ErrorKind, Layer};
use crate::report::figure::{counted, grouped};
use crate::run::RunRecord;

use super::plots::{self, figure};
use super::since::since;

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
                }
                (over_time(record))
                (by_kind(record))
            }
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
                        th scope="col" { "First at" }
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
    let by_second = record.errors_by_second.get(&layer);
    let first = by_second.and_then(|errors| errors.iter().map(|(second, _)| *second).min());
    html! {
        @for (nth, (kind, count)) in kinds.iter().enumerate() {
            tr {
                @if nth == 0 {
                    th scope="rowgroup" rowspan=(kinds.len()) {
                        (layer.as_str()) " " span class="note" { (meaning(layer)) }
                    }
                    td rowspan=(kinds.len()) {
                        @if let Some(second) = first { (since(record, second)) }
                    }
                }
                td { code { (kind) } }
                td class="number" { (grouped(**count)) }
            }
        }
    }
}

fn meaning(layer: Layer) -> &'static str {
    match layer {
        Layer::Network => "names, TCP, TLS, connections that broke",
        Layer::Gateway => "the gateway's limits and error frames",
        Layer::Authorizer => "handshakes refused with 401 or 403",
        Layer::Integration => "the gateway could not reach the service",
        Layer::Application => "the service answered with an error",
        Layer::Schema => "frames that do not fit their schema",
        Layer::Harness => "deskbell itself",
    }
}
