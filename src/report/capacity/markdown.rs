//! `summary.md`: the answer in a page, for a merge request or the summary of a CI job.
//!
//! What others wrote goes through [`sentence`] and [`code`], so that it stays text.

use std::io;

use crate::capacity::{CapacityRecord, Law, Level};
use crate::report::figure::{brief, counted};
use crate::report::markdown::{code, sentence};
use crate::report::{span, summary};

use super::{CapacityFormat, answer, words};

/// Writes the page: the answer, the curve, the objectives by level, the law, and what was planned.
pub(super) fn write(record: &CapacityRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let blocks = [
        Some(head(record)),
        curve(record),
        objectives(record),
        record.law.as_ref().map(law),
        folded("Planned before the first level", &record.planned),
        titled("Mind that", &list(&record.notes)),
        Some(files()),
    ];
    to.write_all(summary::page(blocks.into_iter().flatten()).as_bytes())
}

fn head(record: &CapacityRecord) -> String {
    let took = span::between(&record.started_at, &record.ended_at);
    let took = took.map_or(String::new(), |took| format!(" for {}", brief(took)));
    let asked = record.at_least.map_or(String::new(), |load| {
        format!("**Asked for** at least {}\n\n", words::load(record.by, load))
    });
    let why = list(&answer::why(record));
    let why = if why.is_empty() { why } else { format!("{why}\n") };
    format!(
        "## deskbell capacity: {verdict}, {title}\n\n{why}\
         **Ended by** {ended}\n\n{asked}**Target** {target}\n\n\
         **Searched** {scenario} from {file}, {searched}\n\n\
         **Run** {run} from {started}{took}, {effort}, seed {seed}, deskbell {version}\n",
        verdict = words::verdict(record.verdict),
        title = answer::title(record),
        ended = sentence(&answer::ended(record)),
        target = code(&record.target),
        scenario = code(&record.scenario),
        file = code(&record.file),
        searched = answer::searched(record),
        run = code(&record.run_id),
        started = code(&record.started_at),
        effort = answer::effort(record),
        seed = record.seed,
        version = sentence(&record.version),
    )
}

fn curve(record: &CapacityRecord) -> Option<String> {
    let header = [
        "load",
        "achieved",
        "sends/s",
        "p50",
        "p99",
        "p99 within",
        "errors",
        "outcome",
        "runs",
        "why",
    ];
    let row = |level: &Level| {
        let told = |value: Option<String>| value.unwrap_or_default();
        let outcome = level.outcome.as_str();
        [
            words::load(record.by, level.load),
            told(level.achieved.map(words::number)),
            told(level.sends_per_s.map(words::number)),
            told(level.p50.map(|one| words::us(one.value))),
            told(level.p99.map(|one| words::us(one.value))),
            told(level.p99.map(words::within)),
            told(level.errors.map(words::share)),
            if outcome == "kept" { outcome.to_owned() } else { format!("**{outcome}**") },
            level.attempts.len().to_string(),
            sentence(&level.told),
        ]
    };
    let rows: Vec<_> = record.levels.iter().map(row).collect();
    titled("The curve", &table(&header, &[true, true, true, true, true, true, true], &rows))
}

/// Each objective by level.
fn objectives(record: &CapacityRecord) -> Option<String> {
    let row = |level: &Level| {
        let of = level.objectives.iter().map(|one| {
            let told = words::objective(one);
            if one.holds == Some(false) { format!("**{told}**") } else { told }
        });
        [words::load(record.by, level.load)].into_iter().chain(of).collect::<Vec<_>>()
    };
    let rows: Vec<_> = record.levels.iter().map(row).collect();
    let names: Vec<_> = record.objectives.iter().map(|one| code(one)).collect();
    let header: Vec<_> = ["load"].into_iter().chain(names.iter().map(String::as_str)).collect();
    titled("Objectives", &table(&header, &vec![true; header.len()], &rows))
}

fn law(law: &Law) -> String {
    let fit = format!(
        "Universal Scalability Law, fitted to {}: lambda {}/s, sigma {}, kappa {}, R² {:.3}, up to {} \
         requests at once.\n",
        counted(law.levels as u64, "level"),
        words::number(law.lambda),
        words::number(law.sigma),
        words::number(law.kappa),
        law.r_squared,
        words::number(law.measured_to),
    );
    let peak = law.peak_at.zip(law.peak).map(|(at, peak)| {
        let known =
            if at > law.measured_to { ", a prediction" } else { ", within what was measured" };
        format!(
            "\nIt has its peak of {} responses/s at {} requests at once{known}.\n",
            words::number(peak),
            words::number(at)
        )
    });
    let rows: Vec<_> = law
        .predictions
        .iter()
        .map(|one| {
            [
                words::number(one.concurrency),
                words::number(one.throughput_per_s),
                words::us(one.round_trip_us),
            ]
        })
        .collect();
    let header = ["**predicted, not measured**: requests at once", "responses/s", "round trip"];
    let predicted = table(&header, &[true; 3], &rows);
    let predicted = if predicted.is_empty() { predicted } else { format!("\n{predicted}") };
    let notes = list(&law.notes);
    let notes = if notes.is_empty() { notes } else { format!("\n{notes}") };
    format!("### What the law says\n\n{fit}{}{predicted}{notes}", peak.unwrap_or_default())
}

fn files() -> String {
    let named = |format: CapacityFormat| code(format.file_name());
    format!(
        "**Files of the folder** {} (all of it as a page), {} (a row per level), {} (as tests), {} (for \
         programs), `levels/` (a run folder for each run)\n",
        named(CapacityFormat::Html),
        named(CapacityFormat::Csv),
        named(CapacityFormat::Junit),
        named(CapacityFormat::Json),
    )
}

/// A table; `right` tells which columns hold figures. Nothing where there are no rows.
fn table<R: AsRef<[String]>>(header: &[&str], right: &[bool], rows: &[R]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let rule = |at: usize| if right.get(at).is_some_and(|is| *is) { "---:" } else { "---" };
    let rules: Vec<_> = (0..header.len()).map(rule).collect();
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rows: String = rows.iter().map(|row| line(row.as_ref())).collect();
    format!("| {} |\n| {} |\n{rows}", header.join(" | "), rules.join(" | "))
}

fn list(texts: &[String]) -> String {
    texts.iter().map(|text| format!("- {}\n", sentence(text))).collect()
}

fn titled(title: &str, text: &str) -> Option<String> {
    (!text.is_empty()).then(|| format!("### {title}\n\n{text}"))
}

fn folded(title: &str, texts: &[String]) -> Option<String> {
    let list = list(texts);
    let whole = || format!("<details>\n<summary>{title}</summary>\n\n{list}\n</details>\n");
    (!texts.is_empty()).then(whole)
}
