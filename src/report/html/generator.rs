//! How the load generator itself did.

use std::time::Duration;

use maud::{Markup, html};

use crate::report::escape::one_line;
use crate::report::figure::{brief, bytes, counted};
use crate::run::{Generator, RunRecord};

use super::plots::{self, Curve, extremes, figure};

/// The curve over time; `plots.js` draws the same.
const CURVES: [Curve; 1] =
    [Curve { name: "lateness p99", of: |row| row.lateness_p99_us, told: us }];

/// The section.
pub(super) fn section(record: &RunRecord) -> Markup {
    let generator = &record.generator;
    html! {
        section id="generator" {
            h2 { "Load generator" }
            @if generator.valid {
                p { "It kept up: the latencies can be trusted." }
            } @else {
                p class="caution" {
                    strong { "It could not keep up: the latencies are not to be trusted." }
                }
                ul { @for why in &generator.why { li { (one_line(why)) } } }
            }
            @for note in &generator.notes { p class="note" { "Mind that " (one_line(note)) "." } }
            (facts(record))
            (over_time(record))
        }
    }
}

fn facts(record: &RunRecord) -> Markup {
    let Generator { cpu_s, peak_rss_bytes, memory_limit_bytes, backlog_frames, .. } =
        record.generator;
    let lateness = record.generator.lateness_us;
    let machine = &record.machine;
    html! {
        dl class="totals" {
            div { dt { "Lateness p50" } dd { (us(lateness.p50)) } }
            div { dt { "Lateness p99" } dd { (us(lateness.p99)) } }
            div { dt { "Lateness p99.9" } dd { (us(lateness.p999)) } }
            div { dt { "Lateness max" } dd { (us(lateness.max)) } }
            div { dt { "CPU time" } dd { (format!("{cpu_s:.1} s")) } }
            div {
                dt { "Most memory" }
                dd {
                    (bytes(peak_rss_bytes))
                    @if let Some(limit) = memory_limit_bytes { " of " (bytes(limit)) }
                }
            }
            div {
                dt { "Busiest worker" }
                dd { (busiest(&record.generator).unwrap_or_else(|| "not watched".to_owned())) }
            }
            div {
                dt { "Most unread on a connection" }
                dd { (counted(backlog_frames.into(), "message")) }
            }
            div {
                dt { "Machine" }
                dd {
                    (one_line(&machine.os)) " " (one_line(&machine.arch)) ", " (counted(machine.cores as u64, "core")) ", "
                    (counted(machine.workers as u64, "worker"))
                }
            }
        }
    }
}

fn busiest(generator: &Generator) -> Option<String> {
    let worker = generator.busiest_worker?;
    Some(format!(
        "worker {} at {:.0} % of a core, saturated for {} of {}",
        worker.worker,
        worker.core_share * 100.0,
        brief(Duration::from_secs(worker.saturated_s)),
        brief(Duration::from_secs(worker.watched_s)),
    ))
}

fn over_time(record: &RunRecord) -> Markup {
    html! {
        @if record.timeline.iter().any(|row| row.lateness_p99_us.is_some()) {
            (figure("lateness", "How late planned instants were, over time", &html! {
                (extremes(record, &CURVES))
                @if let Some(thinned) = plots::thinned(record) { p class="note" { (thinned) } }
            }))
        }
    }
}

fn us(us: u64) -> String {
    brief(Duration::from_micros(us))
}
