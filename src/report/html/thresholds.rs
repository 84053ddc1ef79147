//! Thresholds of the run and of each scenario.

use std::time::Duration;

use maud::{Markup, html};

use crate::metrics::{Measure, Threshold};
use crate::report::escape::one_line;
use crate::report::figure::{brief, grouped};
use crate::report::shards;
use crate::run::{RunRecord, ScenarioRecord, ThresholdResult, Verdict};

use super::tone::{Tone, badge};

/// The section.
pub(super) fn section(record: &RunRecord) -> Markup {
    let rows: Vec<_> = record.every_threshold().collect();
    html! {
        section id="thresholds" aria-labelledby="thresholds-title" {
            h2 id="thresholds-title" { "Thresholds" }
            @if rows.is_empty() && record.shard.is_part() {
                p { "They are judged over all shards, where these are merged." }
            } @else if rows.is_empty() {
                p {
                    "None were set. " code { "--threshold 'send_to_event.p99 < 250ms'" }
                    " sets one for a run, " code { "thresholds:" } " for a scenario."
                }
            } @else {
                @if record.verdict == Verdict::Invalid {
                    p class="caution" {
                        @if shards::is_incomplete(record) { "The shards do not make a whole" }
                        @else { "The load generator could not keep up" }
                        ": what these rest on is not to be trusted."
                    }
                }
                (table(&rows))
            }
        }
    }
}

fn table(rows: &[(Option<&ScenarioRecord>, &ThresholdResult)]) -> Markup {
    html! {
        div class="scroll" {
            table {
                caption { "What was asked for, and what there was" }
                thead {
                    tr {
                        th scope="col" { "Threshold" }
                        th scope="col" class="number" { "Value" }
                        th scope="col" { "Over" }
                        th scope="col" { "Outcome" }
                    }
                }
                tbody {
                    @for (scenario, threshold) in rows {
                        tr data-outcome=(if threshold.ok { "kept" } else { "not-kept" }) {
                            th scope="row" class="wide" { code { (one_line(&threshold.expr)) } }
                            td class="number" { (value(threshold)) }
                            td {
                                @if let Some(scenario) = scenario { (one_line(&scenario.name)) }
                                @else { "the whole run" }
                            }
                            td { (outcome(threshold)) }
                        }
                    }
                }
            }
        }
    }
}

fn outcome(threshold: &ThresholdResult) -> Markup {
    match (threshold.ok, threshold.value) {
        (true, _) => badge(Tone::Pass, "kept"),
        (false, Some(_)) => badge(Tone::Fail, "crossed"),
        (false, None) => badge(Tone::Fail, "no samples"),
    }
}

fn value(threshold: &ThresholdResult) -> String {
    let measure = Threshold::parse(&threshold.expr).map(|parsed| parsed.measure().clone());
    threshold.value.map_or("none".to_owned(), |value| told(value, measure.ok().as_ref()))
}

/// The value in its unit; bare where the threshold cannot be read.
fn told(value: f64, measure: Option<&Measure>) -> String {
    match measure {
        Some(Measure::Latency(..)) => brief(Duration::from_micros(value.round() as u64)),
        Some(Measure::Count(_) | Measure::Must | Measure::Should) => grouped(value.round() as u64),
        Some(Measure::PerSecond(_)) => format!("{value:.2}/s"),
        Some(Measure::Share(_)) => format!("{:.2} %", value * 100.0),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expr: &str, at: Option<f64>, expected: &str) {
        let threshold = ThresholdResult { expr: expr.to_owned(), value: at, ok: true };
        assert_eq!(value(&threshold), expected);
    }

    #[test]
    fn a_value_is_told_in_its_own_unit() {
        check("send_to_peer.p99 < 250ms", Some(8_400.0), "8.4 ms");
        check("send_to_peer.count > 10", Some(12_000.0), "12 000");
        check("violations.must == 0", Some(3.0), "3");
        check("sends.rate > 10/s", Some(12.345), "12.35/s");
        check("errors.rate < 0.1%", Some(0.25), "25.00 %");
        check("errors.rate < 0.1%", None, "none");
        check("what nobody wrote", Some(0.5), "0.5");
    }
}
