//! The verdict, why, and what the figures are evidence of: what a person knows after ten seconds.

use maud::{Markup, html};

use crate::comparison::{Comparison, Evidence, Outcome};
use crate::report::comparison::wording;
use crate::report::escape::one_line;
use crate::report::figure::grouped;
use crate::report::html::mark::mark;
use crate::report::html::tone::Tone;

/// How many reasons are told at once.
const MOST: usize = 10;

/// The head of the page.
pub(super) fn header(comparison: &Comparison) -> Markup {
    let verdict = wording::verdict(comparison);
    html! {
        header id="verdict" data-verdict=(verdict.as_str())
            data-tone=(Tone::of_verdict(verdict).as_str()) {
            p class="run" {
                "deskbell " (comparison.version) ", comparison of " (wording::sides(comparison))
            }
            div class="head" {
                (mark(verdict))
                div {
                    h1 { (verdict.as_str()) }
                    p class="meaning" { (meaning(comparison)) }
                }
            }
            (why(comparison))
            (evidence(comparison))
            (tally(comparison))
            @if let Some(undecided) = wording::undecided(comparison) {
                p { (undecided) "." }
            }
        }
    }
}

fn meaning(comparison: &Comparison) -> &'static str {
    let is_judged = comparison.method.judged > 0 || !comparison.metrics.is_empty();
    match (comparison.passed, is_judged) {
        (false, _) => "The candidate is worse than the base by more than is allowed.",
        (true, true) => "Nothing was found to be worse than is allowed.",
        (true, false) => "There was nothing to compare.",
    }
}

fn why(comparison: &Comparison) -> Markup {
    let told = comparison.why.len().min(MOST);
    let (first, rest) = comparison.why.split_at(told);
    let list = |reasons: &[String]| {
        html! { ul { @for reason in reasons { li { (one_line(reason)) } } } }
    };
    html! {
        @if !first.is_empty() {
            div class="why" {
                h2 { "Why" }
                (list(first))
                @if !rest.is_empty() {
                    details { summary { (rest.len()) " more" } (list(rest)) }
                }
            }
        }
    }
}

/// What the intervals are evidence of, and what else is to be known first.
fn evidence(comparison: &Comparison) -> Markup {
    let of = comparison.method.evidence;
    let tone = match of {
        Evidence::WithinRuns => Tone::Warn,
        Evidence::BetweenRuns => Tone::Info,
    };
    html! {
        p class="caution" data-tone=(tone.as_str()) {
            strong { (wording::evidence(of)) } " (" (wording::sides(comparison)) "): "
            (wording::evidence_meaning(of)) "."
        }
        (differences(comparison))
        @if !comparison.notes.is_empty() {
            div class="caution" data-tone=(Tone::Info.as_str()) {
                ul { @for note in &comparison.notes { li { (one_line(note)) } } }
            }
        }
    }
}

fn differences(comparison: &Comparison) -> Markup {
    html! {
        @if !comparison.differences.is_empty() {
            div class="caution" {
                p { strong { "The runs are not alike" } ", so that what differs may come from that:" }
                ul {
                    @for one in &comparison.differences {
                        li {
                            (wording::unlike(one.kind)) ": " bdi { (one_line(&one.told)) }
                            @if !one.let_pass { " (refused)" }
                        }
                    }
                }
            }
        }
    }
}

/// How many figures came out how.
fn tally(comparison: &Comparison) -> Markup {
    const OUTCOMES: [(Outcome, Option<Tone>); 5] = [
        (Outcome::Worse, Some(Tone::Fail)),
        (Outcome::Missing, Some(Tone::Fail)),
        (Outcome::Inconclusive, Some(Tone::Warn)),
        (Outcome::NoDifference, None),
        (Outcome::Better, None),
    ];
    html! {
        dl class="figures" aria-label="Judged figures by outcome" {
            @for (outcome, tone) in OUTCOMES {
                @let count = wording::count(comparison, outcome);
                div data-tone=[tone.filter(|_| count > 0).map(Tone::as_str)] {
                    dt { a href="#figures" { (wording::outcome(outcome)) } }
                    dd { strong { (grouped(count)) } }
                }
            }
        }
    }
}
