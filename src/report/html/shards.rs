//! The shards that a merged run was added up from: what each did, and how its load generator did.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::report::escape::one_line;
use crate::report::figure::{brief, bytes, grouped};
use crate::report::{shards, span};
use crate::run::{Generator, RunRecord, ShardRecord};

use super::tone::{Tone, badge};

/// The section; nothing where the run was not merged.
pub(super) fn section(record: &RunRecord) -> Markup {
    let Some(added_up) = shards::added_up(record) else { return html! {} };
    let first = shards::first_began(record);
    let (told, rest) = shards::told(record);
    html! {
        section id="shards" aria-labelledby="shards-title" {
            h2 id="shards-title" { "Shards" }
            p {
                (added_up) ": every count, percentile and verdict of this report is of all of them \
                 together. Percentiles are those of their histograms added up, and no averages."
            }
            (tables(&told, first))
            @if let Some(more) = shards::more(&rest) {
                details {
                    summary { (more) "; those that did not pass and those that were latest stand above" }
                    (tables(&rest, first))
                }
            }
        }
    }
}

fn tables(shards: &[&ShardRecord], first: Option<Timestamp>) -> Markup {
    html! {
        div class="scroll" {
            table {
                caption { "What each did by itself" }
                thead {
                    tr {
                        th scope="col" { "Shard" }
                        th scope="col" { "Outcome" }
                        th scope="col" class="number" { "Began" }
                        th scope="col" class="number" { "Took" }
                        th scope="col" class="number" { "Devices" }
                        th scope="col" class="number" { "Messages" }
                        th scope="col" class="number" { "Events" }
                        th scope="col" class="number" { "Lost" }
                        th scope="col" class="number" { "Violations" }
                        th scope="col" class="number" { "Errors" }
                    }
                }
                tbody { @for shard in shards { (did(shard, first)) } }
            }
        }
        div class="scroll" {
            table {
                caption { "How its load generator did" }
                thead {
                    tr {
                        th scope="col" { "Shard" }
                        th scope="col" { "Load generator" }
                        th scope="col" class="number" { "Busiest worker" }
                        th scope="col" class="number" { "Lateness p99" }
                        th scope="col" class="number" { "Most memory" }
                        th scope="col" { "Run" }
                    }
                }
                tbody { @for shard in shards { (generated(shard)) } }
            }
        }
    }
}

fn did(shard: &ShardRecord, first: Option<Timestamp>) -> Markup {
    let totals = &shard.totals;
    let found = totals.findings;
    let took = span::between(&shard.started_at, &shard.ended_at);
    html! {
        tr data-shard=(shard.index) {
            th scope="row" { (shard.index) }
            td { (badge(Tone::of_verdict(shard.verdict), shard.verdict.as_str())) }
            td class="number" { (shards::began(first, shard)) }
            td class="number" { (took.map_or("unknown".to_owned(), brief)) }
            td class="number" { (grouped(totals.devices)) }
            td class="number" { (grouped(totals.sends)) }
            td class="number" { (grouped(totals.events)) }
            td class="number" { (grouped(totals.lost)) }
            td class="number" { (grouped(found.must + found.should + found.info)) }
            td class="number" { (grouped(shard.errors.total())) }
        }
    }
}

fn generated(shard: &ShardRecord) -> Markup {
    let Generator { valid, why, peak_rss_bytes, .. } = &shard.generator;
    html! {
        tr {
            th scope="row" { (shard.index) }
            td class="wide" {
                @if *valid { (badge(Tone::Pass, "kept up")) }
                @else {
                    (badge(Tone::Warn, "did not keep up"))
                    ul class="plain" { @for why in why { li { (one_line(why)) } } }
                }
            }
            td class="number" {
                (shards::busiest(shard).unwrap_or_else(|| "not watched".to_owned()))
            }
            td class="number" { (shards::lateness(shard)) }
            td class="number" { (bytes(*peak_rss_bytes)) }
            td class="mono whole" { (one_line(&shard.run_id)) }
        }
    }
}
