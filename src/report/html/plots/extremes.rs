//! Curves over time as a table: how low and how high each came, and when.

use maud::{Markup, html};

use crate::report::html::since::since;
use crate::run::{RunRecord, TimelineRow};

/// A curve over time.
pub(in crate::report::html) struct Curve {
    /// What it is of.
    pub(in crate::report::html) name: &'static str,
    /// Its value in a second, where it has one.
    pub(in crate::report::html) of: fn(&TimelineRow) -> Option<u64>,
    /// A value in words.
    pub(in crate::report::html) told: fn(u64) -> String,
}

/// The least and the greatest value of each curve, and when that was first; curves without values are
/// left out.
pub(in crate::report::html) fn extremes(record: &RunRecord, curves: &[Curve]) -> Markup {
    html! {
        div class="scroll" {
            table {
                thead {
                    tr {
                        th scope="col" { "A second" }
                        th scope="col" class="number" { "Least" }
                        th scope="col" class="number" { "Greatest" }
                        th scope="col" { "Greatest at" }
                    }
                }
                tbody { @for curve in curves { (row(record, curve)) } }
            }
        }
    }
}

fn row(record: &RunRecord, curve: &Curve) -> Markup {
    let values = || {
        record.timeline.iter().filter_map(|row| (curve.of)(row).map(|value| (row.second, value)))
    };
    let least = values().map(|(_, value)| value).min();
    // The first of several: `max_by_key` would take the last.
    let greatest = values().reduce(|one, next| if next.1 > one.1 { next } else { one });
    html! {
        @if let (Some(least), Some((second, greatest))) = (least, greatest) {
            tr {
                th scope="row" { (curve.name) }
                td class="number" { ((curve.told)(least)) }
                td class="number" { ((curve.told)(greatest)) }
                td { (since(record, second)) }
            }
        }
    }
}
