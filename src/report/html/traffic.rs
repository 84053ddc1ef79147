//! Devices and messages over time.

use maud::{Markup, html};

use crate::metrics::Totals;
use crate::report::figure::{bytes, grouped};
use crate::run::RunRecord;

use super::plots::{self, Curve, extremes, figure};
use super::since::since;

/// The curves over time; `plots.js` draws the same.
const CURVES: [Curve; 7] = [
    Curve { name: "devices connected", of: |row| Some(row.devices), told: grouped },
    Curve { name: "connects", of: |row| Some(row.connects), told: per_second },
    Curve { name: "sends", of: |row| Some(row.sends), told: per_second },
    Curve { name: "responses", of: |row| Some(row.responses), told: per_second },
    Curve { name: "events", of: |row| Some(row.events), told: per_second },
    Curve { name: "errors", of: |row| Some(row.errors), told: per_second },
    Curve { name: "violations", of: |row| Some(row.violations), told: per_second },
];

/// The section.
pub(super) fn section(record: &RunRecord) -> Markup {
    html! {
        section id="traffic" {
            h2 { "Traffic" }
            @if record.totals.connections == 0 { p { "No device connected." } }
            (trouble(record))
            @if !record.timeline.is_empty() && record.totals.connections > 0 {
                (figure("traffic", "Devices, messages, errors and violations over time", &html! {
                    (extremes(record, &CURVES))
                    @if let Some(thinned) = plots::thinned(record) { p class="note" { (thinned) } }
                }))
            }
            (totals(&record.totals))
        }
    }
}

/// Since when something was wrong.
fn trouble(record: &RunRecord) -> Markup {
    let firsts = [
        ("first violation", plots::first_violation(record)),
        ("first error", plots::first_error(record)),
    ];
    let mut firsts: Vec<_> =
        firsts.into_iter().filter_map(|(what, second)| Some((second?, what))).collect();
    firsts.sort_unstable();
    html! {
        @if !firsts.is_empty() {
            p {
                @for (nth, (second, what)) in firsts.iter().enumerate() {
                    @if nth == 0 { "The " } @else { ", the " }
                    (what) " at " strong { (since(record, *second)) }
                }
                " after the start."
            }
        }
    }
}

fn totals(totals: &Totals) -> Markup {
    let Totals {
        devices,
        connections,
        reconnects,
        requests,
        responses,
        events,
        sends,
        sends_acked,
        deliveries_expected,
        deliveries,
        lost,
        duplicates,
        bytes_in,
        bytes_out,
        findings: _,
        dropped,
    } = *totals;
    let counts = [
        ("Devices", devices),
        ("Connections", connections),
        ("Reconnects", reconnects),
        ("Requests", requests),
        ("Responses", responses),
        ("Events", events),
        ("Messages sent", sends),
        ("Acknowledged", sends_acked),
        ("Deliveries expected", deliveries_expected),
        ("Delivered in time", deliveries),
        ("Lost", lost),
        ("Duplicates", duplicates),
        ("Planned starts dropped", dropped),
    ];
    let is_bad = |name: &str, count: u64| {
        count > 0 && matches!(name, "Lost" | "Duplicates" | "Planned starts dropped")
    };
    html! {
        dl class="totals" {
            @for (name, count) in counts {
                div class=[is_bad(name, count).then_some("bad")] { dt { (name) } dd { (grouped(count)) } }
            }
            div { dt { "Bytes received" } dd { (bytes(bytes_in)) } }
            div { dt { "Bytes sent" } dd { (bytes(bytes_out)) } }
        }
    }
}

fn per_second(count: u64) -> String {
    format!("{}/s", grouped(count))
}
