//! What was counted and measured, in the closing summary.

use std::time::Duration;

use comfy_table::CellAlignment;

use crate::metrics::LatencySummary;
use crate::report::figure::{brief, counted, grouped};
use crate::report::layers;
use crate::run::{Generator, RunRecord};

use super::page::{Row, bare_table, labelled, said};

/// The latencies that are told first, where there are samples.
const LATENCIES: [&str; 4] = ["connect", "send_to_ack", "send_to_event", "send_to_peer"];

/// How many round trips are told where nothing was sent.
const ROUND_TRIPS: usize = 3;

pub(super) fn totals(record: &RunRecord) -> Vec<Row> {
    let totals = &record.totals;
    let out = [
        counted(totals.devices, "device"),
        format!("{} sent", grouped(totals.sends)),
        format!("{} acked", grouped(totals.sends_acked)),
    ];
    let back = [
        counted(totals.events, "event"),
        format!("{} lost", grouped(totals.lost)),
        format!("{} doubled", grouped(totals.duplicates)),
    ];
    let dropped = (totals.dropped > 0).then(|| {
        format!("{} not made: no device was idle", counted(totals.dropped, "planned start"))
    });
    let lines = [out, back].map(|figures| figures.join("  "));
    labelled("totals", lines.into_iter().chain(dropped))
}

/// A table of the latencies that matter most.
pub(super) fn latencies(record: &RunRecord) -> Option<String> {
    let told = told(record);
    if told.is_empty() {
        return None;
    }
    let mut table = bare_table();
    table.set_header(["latency", "samples", "p50", "p95", "p99", "max"]);
    for (name, summary) in told {
        let [p50, p95, p99, max] = [summary.p50_us, summary.p95_us, summary.p99_us, summary.max_us]
            .map(|us| brief(Duration::from_micros(us)));
        table.add_row([name.to_owned(), grouped(summary.count), p50, p95, p99, max]);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if at == 0 { 0 } else { 3 }, 0));
        if at > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    Some(table.trim_fmt() + "\n")
}

/// What sends took, and where nothing was sent, the round trips with most samples.
fn told(record: &RunRecord) -> Vec<(&str, &LatencySummary)> {
    let named = LATENCIES.iter().filter_map(|name| Some((*name, record.latency.get(*name)?)));
    let has_sends = LATENCIES[1..].iter().any(|name| record.latency.contains_key(*name));
    let trips = record.latency.iter().filter(|(name, _)| !has_sends && name.starts_with("rtt."));
    let mut trips: Vec<_> = trips.map(|(name, summary)| (name.as_str(), summary)).collect();
    trips.sort_by_key(|(_, summary)| std::cmp::Reverse(summary.count));
    named.chain(trips.into_iter().take(ROUND_TRIPS)).collect()
}

/// How punctual and busy deskbell itself was under a load, and what to know of its figures.
pub(super) fn generator(record: &RunRecord) -> Vec<Row> {
    let Generator { busiest_worker: busiest, lateness_us: lateness, notes, .. } = &record.generator;
    if busiest.is_none() && notes.is_empty() {
        return Vec::new();
    }
    let late = format!("p99 lateness {}", brief(Duration::from_micros(lateness.p99)));
    let told = busiest.map_or(late.clone(), |busiest| {
        let (worker, percent) = (busiest.worker, busiest.core_share * 100.0);
        format!("{late}, worker {worker} used {percent:.0} % of its core")
    });
    labelled("generator", [told].into_iter().chain(notes.iter().map(|note| said(note))))
}

/// Errors by layer, each with when they began; and what is no error, though a connection ended.
pub(super) fn errors(record: &RunRecord) -> Vec<Row> {
    let told = record.errors.layers().map(|(layer, kinds)| {
        let kinds: Vec<_> =
            kinds.iter().map(|(kind, count)| format!("{kind} {}", grouped(*count))).collect();
        let since = layers::first(record, layer).map(Duration::from_secs);
        let since = since.map_or(String::new(), |at| format!(" (since {})", layers::elapsed(at)));
        format!("{}: {}{since}", layer.as_str(), kinds.join(", "))
    });
    let throttling = record.throttling.as_ref();
    let throttling = throttling.map(|one| format!("gateway: {}", layers::throttled_since(one)));
    let says: Vec<_> = layers::gateway_says(record).map(|text| format!("\"{text}\"")).collect();
    let says = (!says.is_empty()).then(|| said(&format!("gateway says: {}", says.join(", "))));
    let mut rows = labelled("errors", told.chain(throttling).chain(says));
    rows.extend(labelled("closed", layers::closes(record.closes).into_iter()));
    rows
}
