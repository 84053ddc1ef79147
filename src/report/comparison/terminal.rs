//! The closing summary of a comparison on a terminal: the verdict first, the method last.

mod grid;
mod tables;

use std::io;
use std::path::Path;

use crate::comparison::{ClauseChange, Comparison, RunBrief};
use crate::report::escape::{one_line, shortened};
use crate::report::figure::counted;
use crate::report::span;
use crate::report::terminal::Look;
use crate::report::terminal::page::{Page, Row, labelled, said, width};

use super::row;
use super::{ComparisonFormat, wording};

/// How many reasons, runs, notes and clauses are told; the files hold the rest.
const MOST: usize = 12;

/// How much of a sentence is told, in bytes.
const LONGEST_SENTENCE: usize = 800;

/// Writes the summary: the verdict and why, what it rests on, the figures, clauses, and the method.
/// `folder` is where the reports were written, if they were.
pub fn write_comparison_closing(
    comparison: &Comparison,
    folder: Option<&Path>,
    look: Look,
    to: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(look, to);
    page.rows(&verdict(comparison))?;
    page.rows(&evidence(comparison))?;
    page.rows(&compared(comparison))?;
    page.rows(&remarks(comparison))?;
    for grid in
        [tables::judged(comparison), tables::latencies(comparison), tables::rates(comparison)]
    {
        grid.laid_out(width(look)).map_or(Ok(()), |table| page.block(&table))?;
    }
    page.group(&notes(comparison))?;
    page.group(&clauses(comparison))?;
    let trend = tables::trend(comparison).laid_out(width(look));
    trend.map_or(Ok(()), |table| page.block(&table))?;
    page.group(&labelled("method", comparison.method.sentences.iter().map(|one| sentence(one))))?;
    if let Some(folder) = folder {
        let report = folder.join(ComparisonFormat::Html.file_name());
        page.copyable("report", &one_line(&report.display().to_string()))?;
    }
    page.rows(&labelled("next", wording::undecided(comparison).into_iter()))
}

fn verdict(comparison: &Comparison) -> Vec<Row> {
    let label = if comparison.passed { "PASSED" } else { "FAILED" };
    let toned = |row: Row| row.with_verdict(wording::verdict(comparison));
    let tally = wording::tally(comparison);
    if comparison.why.is_empty() {
        return vec![toned(Row::of(label, tally))];
    }
    let why = told(comparison.why.iter().map(|why| sentence(why)), MOST, "reasons");
    let why = labelled(label, why.into_iter()).into_iter().map(toned);
    why.chain([Row::of("figures", tally)]).collect()
}

fn evidence(comparison: &Comparison) -> Vec<Row> {
    let of = comparison.method.evidence;
    let (words, meaning) = (wording::evidence(of), wording::evidence_meaning(of));
    vec![Row::of("evidence", format!("{words} ({}): {meaning}", wording::sides(comparison)))]
}

/// The runs of both sides, and against what they were.
fn compared(comparison: &Comparison) -> Vec<Row> {
    let side = |label, runs: &[RunBrief]| {
        labelled(label, told(runs.iter().map(run), MOST, "runs").into_iter())
    };
    let mut targets: Vec<_> = Vec::new();
    for run in comparison.base.iter().chain(&comparison.candidate) {
        let target = said(&run.target);
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    let targets = labelled("target", told(targets.into_iter(), MOST, "targets").into_iter());
    [targets, side("base", &comparison.base), side("candidate", &comparison.candidate)].concat()
}

fn run(run: &RunBrief) -> String {
    let (seconds, devices) = (run.seconds, counted(run.devices, "device"));
    let (folder, verdict) = (said(&run.folder), run.verdict.as_str());
    let started = span::told(&one_line(&run.started_at));
    format!("{folder}, {verdict}, {started}, {seconds} s, {devices}, seed {}", run.seed)
}

/// In what the runs are not alike, and what else is to be known before anything is believed.
fn remarks(comparison: &Comparison) -> Vec<Row> {
    let differences = comparison.differences.iter().map(|one| {
        let passed = if one.let_pass { "let pass" } else { "refused" };
        format!("{}: {} ({passed})", wording::unlike(one.kind), sentence(&one.told))
    });
    let unlike = labelled("unlike", told(differences, MOST, "differences").into_iter());
    let notes = told(comparison.notes.iter().map(|note| sentence(note)), MOST, "notes");
    [unlike, labelled("note", notes.into_iter())].concat()
}

/// Why figures are missing or inconclusive.
fn notes(comparison: &Comparison) -> Vec<Row> {
    let noted = row::judged(comparison).into_iter().filter_map(|row| {
        let note = row.note.as_ref()?;
        Some(format!("{}: {}", said(&row.name), sentence(note)))
    });
    labelled("why", told(noted, MOST, "figures").into_iter())
}

fn clauses(comparison: &Comparison) -> Vec<Row> {
    let mut rows = Vec::new();
    for (nth, clause) in comparison.clauses.iter().take(MOST).enumerate() {
        rows.extend(clause_rows(if nth == 0 { "clauses" } else { "" }, clause));
    }
    let label = if rows.is_empty() { "clauses" } else { "" };
    let rest = beyond(comparison.clauses.len(), MOST, "clauses");
    rows.extend(rest.map(|rest| Row::of("", rest)));
    let alike = counted(comparison.clauses_alike as u64, "clause");
    let stands = if comparison.clauses_alike == 1 { "stands" } else { "stand" };
    rows.push(Row::of(label, format!("{alike} {stands} as before")));
    rows
}

fn clause_rows(label: &str, clause: &ClauseChange) -> Vec<Row> {
    let (level, shift) = (clause.level.as_str(), wording::shift(clause.shift));
    let head = format!("{} ({level}) {shift}: {}", clause.id, said(&clause.title));
    vec![
        Row::of(label, head),
        Row::detail("before", wording::standing(&clause.base)),
        Row::detail("now", wording::standing(&clause.candidate)),
    ]
}

fn told(texts: impl Iterator<Item = String>, most: usize, what: &str) -> Vec<String> {
    let all: Vec<_> = texts.collect();
    let rest = beyond(all.len(), most, what);
    all.into_iter().take(most).chain(rest).collect()
}

fn beyond(count: usize, most: usize, what: &str) -> Option<String> {
    let file = ComparisonFormat::Json.file_name();
    (count > most).then(|| format!("and {} more {what} in {file}", count - most))
}

/// A sentence of the record in one line.
fn sentence(text: &str) -> String {
    one_line(&shortened(text, LONGEST_SENTENCE)).into_owned()
}
