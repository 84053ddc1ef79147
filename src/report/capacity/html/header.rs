//! The answer, why, against what, and what to do next: what a person knows after ten seconds.

use maud::{Markup, html};

use crate::capacity::{CapacityRecord, CapacityVerdict, LevelOutcome};
use crate::report::capacity::answer::Reach;
use crate::report::capacity::{answer, words};
use crate::report::escape::one_line;
use crate::report::figure::brief;
use crate::report::html::mark::mark;
use crate::report::html::tone::Tone;
use crate::report::span;

/// The head of the page.
pub(super) fn header(record: &CapacityRecord) -> Markup {
    let looks_like = words::looks_like(record.verdict);
    html! {
        header id="verdict" data-verdict=(words::verdict(record.verdict))
            data-tone=(Tone::of_verdict(looks_like).as_str()) {
            p class="run" {
                "deskbell " (one_line(&record.version)) ", search for the capacity "
                span class="mono" { (one_line(&record.run_id)) }
            }
            div class="head" {
                (mark(looks_like))
                div {
                    h1 { (answer::title(record)) }
                    p class="meaning" { strong { (words::verdict(record.verdict)) } ": " (meaning(record)) }
                }
            }
            (why(record))
            (against(record))
            (figures(record))
            (next(record))
        }
    }
}

fn meaning(record: &CapacityRecord) -> &'static str {
    match (record.verdict, record.at_least.is_some()) {
        (CapacityVerdict::Found, _) => "the objectives are kept up to there, and not above it.",
        (CapacityVerdict::Beyond, _) => {
            "this is a lower bound. Every level that says something of the endpoint kept the objectives."
        }
        (CapacityVerdict::Failed, true) => "less is carried than was asked for.",
        (CapacityVerdict::Failed, false) => "even the lowest load does not keep the objectives.",
        (CapacityVerdict::Invalid, _) => {
            "the load generator could not keep up. This says neither that the service carries the load \
             nor that it does not."
        }
        (CapacityVerdict::Interrupted, _) => {
            "stopped before its end: the levels that were done are told."
        }
        (CapacityVerdict::Error, _) => {
            "the search could not be done. It says nothing about the service."
        }
    }
}

fn why(record: &CapacityRecord) -> Markup {
    html! {
        @let why = answer::why(record);
        @if !why.is_empty() {
            div class="why" {
                h2 { "Why" }
                ul { @for reason in &why { li { (one_line(reason)) } } }
            }
        }
    }
}

fn against(record: &CapacityRecord) -> Markup {
    let took = span::between(&record.started_at, &record.ended_at);
    let took = took.map_or(String::new(), |took| format!(", took {}", brief(took)));
    html! {
        dl class="facts" {
            dt { "Target" }
            dd class="mono" { (one_line(&record.target)) }
            dt { "Scenario" }
            dd { (one_line(&record.scenario)) " " span class="mono muted" { (one_line(&record.file)) } }
            dt { "Searched" }
            dd { (answer::searched(record)) }
            dt { "Ended by" }
            dd { (answer::ended(record)) }
            dt { "When" }
            dd {
                time datetime=(one_line(&record.started_at)) {
                    (span::told(&one_line(&record.started_at)))
                }
                (took) ", " (answer::effort(record))
            }
            dt { "Seed" }
            dd class="mono" { (record.seed) }
        }
    }
}

/// A headline figure: its name, its value, what more to say, where to read on, and how it stands.
struct Figure {
    name: &'static str,
    value: String,
    remark: String,
    section: &'static str,
    tone: Option<Tone>,
}

fn figures(record: &CapacityRecord) -> Markup {
    html! {
        @if record.levels.is_empty() {
            p class="caution" { "No level was run: there are no figures." }
        } @else {
            dl class="figures" aria-label="Headline figures" {
                @for figure in [knee(record), carried(record)].into_iter().chain(asked(record))
                    .chain([latency(record), errors(record)])
                {
                    div data-tone=[figure.tone.map(Tone::as_str)] {
                        dt { a href=(format!("#{}", figure.section)) { (figure.name) } }
                        dd { strong { (figure.value) } " " small { (figure.remark) } }
                    }
                }
            }
        }
    }
}

fn knee(record: &CapacityRecord) -> Figure {
    let told = |load| words::load(record.by, load);
    let (value, remark) = match Reach::of(record) {
        Reach::Knee(knee) => (
            words::about(record.by, knee.load),
            format!("between {} and {}", told(knee.low), told(knee.high)),
        ),
        Reach::AtLeast(load) => (format!("above {}", told(load)), "a lower bound".to_owned()),
        Reach::Below(load) => (format!("below {}", told(load)), "the lowest level".to_owned()),
        Reach::Unknown => ("unknown".to_owned(), "no level says anything of it".to_owned()),
    };
    Figure { name: "Knee", value, remark, section: "curve", tone: None }
}

fn carried(record: &CapacityRecord) -> Figure {
    let value = record.carried.map_or("none".to_owned(), |load| words::load(record.by, load));
    let remark = "that kept the objectives".to_owned();
    let tone = record.carried.is_none().then_some(Tone::Warn);
    Figure { name: "Highest level", value, remark, section: "levels", tone }
}

fn asked(record: &CapacityRecord) -> Option<Figure> {
    let value = words::load(record.by, record.at_least?);
    let is_missed = record.verdict == CapacityVerdict::Failed;
    let (remark, tone) = match record.verdict {
        CapacityVerdict::Failed => ("at least; not carried", Some(Tone::Fail)),
        CapacityVerdict::Found | CapacityVerdict::Beyond => ("at least; carried", None),
        CapacityVerdict::Invalid | CapacityVerdict::Interrupted | CapacityVerdict::Error => {
            ("at least", None)
        }
    };
    let tone = tone.filter(|_| is_missed);
    Some(Figure { name: "Asked for", value, remark: remark.to_owned(), section: "verdict", tone })
}

/// The highest level that kept the objectives, else the lowest of all.
fn told_level(record: &CapacityRecord) -> Option<&crate::capacity::Level> {
    let kept = record.levels.iter().rev().find(|level| level.outcome == LevelOutcome::Kept);
    kept.or_else(|| record.levels.first())
}

fn at(record: &CapacityRecord) -> String {
    told_level(record)
        .map_or(String::new(), |one| format!("at {}", words::load(record.by, one.load)))
}

fn latency(record: &CapacityRecord) -> Figure {
    let p99 = told_level(record).and_then(|level| level.p99);
    let value = p99.map_or("none".to_owned(), |one| words::us(one.value));
    Figure { name: "Latency, p99", value, remark: at(record), section: "curve", tone: None }
}

fn errors(record: &CapacityRecord) -> Figure {
    let errors = told_level(record).and_then(|level| level.errors);
    let value = errors.map_or("unknown".to_owned(), words::share);
    Figure { name: "Errors", value, remark: at(record), section: "curve", tone: None }
}

fn next(record: &CapacityRecord) -> Markup {
    html! {
        @if let Some(advice) = answer::next(record) {
            div class="next" { h2 { "Next" } p { (advice) "." } }
        }
    }
}
