//! `comparison.md`: the result in a page, for a merge request or the summary of a CI job.
//!
//! What others wrote goes through [`markdown`](crate::report::markdown), so that it stays text. Start from
//! [`write`].

use std::io;

use crate::comparison::{ClauseChange, Comparison, MetricRow, Outcome, RunBrief, TrendRow};
use crate::report::figure::{counted, grouped};
use crate::report::markdown::{code, paragraph, sentence};
use crate::report::span;

use super::row::{self, Latency, STATISTICS};
use super::{ComparisonFormat, wording};

/// The longest page, in bytes: a comment on GitHub holds 65 536 characters.
const LONGEST_PAGE: usize = 60_000;

/// How many rows a table or a list has at most.
const MOST: usize = 40;

/// How many runs of a history are told.
const MOST_RUNS: usize = 8;

const BEYOND_PAGE: &str = "More is told in `comparison.html`.\n";

/// Writes the page: what came out and why, the figures, the clauses, the runs, the method.
pub(super) fn write(comparison: &Comparison, to: &mut dyn io::Write) -> io::Result<()> {
    let blocks = [
        Some(head(comparison)),
        judged(comparison),
        clauses(comparison),
        latencies(comparison),
        shown(comparison),
        trend(comparison),
        Some(runs(comparison)),
        remarks(comparison),
        Some(method(comparison)),
        Some(files()),
    ];
    to.write_all(page(blocks.into_iter().flatten()).as_bytes())
}

/// The blocks one after another, as far as there is room for them.
fn page(blocks: impl Iterator<Item = String>) -> String {
    let mut told = Vec::new();
    let mut room = LONGEST_PAGE - BEYOND_PAGE.len();
    let mut is_whole = true;
    for block in blocks {
        if block.len() < room {
            room -= block.len() + 1;
            told.push(block);
        } else {
            is_whole = false;
        }
    }
    told.extend((!is_whole).then(|| BEYOND_PAGE.to_owned()));
    told.join("\n")
}

fn head(comparison: &Comparison) -> String {
    let verdict = wording::verdict(comparison).as_str();
    let why = comparison.why.iter().map(|why| paragraph(why));
    let tally = wording::tally(comparison);
    let of = comparison.method.evidence;
    let mut text = format!("## deskbell compare: {verdict}\n\n");
    if !comparison.why.is_empty() {
        text += &format!("{}\n", list(why, "reasons"));
    }
    text += &format!(
        "**{}** ({}): {}\n\n**Figures** {tally}\n",
        wording::evidence(of),
        wording::sides(comparison),
        wording::evidence_meaning(of)
    );
    if let Some(undecided) = wording::undecided(comparison) {
        text += &format!("\n{undecided}\n");
    }
    text
}

fn judged(comparison: &Comparison) -> Option<String> {
    let rows = row::judged(comparison).into_iter().map(|row| {
        let outcome = row.outcome.map_or("", wording::outcome);
        let is_grave = matches!(row.outcome, Some(Outcome::Worse | Outcome::Missing));
        let outcome = if is_grave { format!("**{outcome}**") } else { outcome.to_owned() };
        let note = row.note.as_ref().map_or(String::new(), |note| format!(": {}", sentence(note)));
        let [name, base, candidate, change] = figures(row);
        vec![name, base, candidate, change, wording::limit(row), outcome + &note]
    });
    let header = ["judged", ">base", ">candidate", ">change", ">limit", "outcome"];
    table(&header, rows, "figures").map(|table| format!("### Judged figures\n\n{table}"))
}

fn figures(row: &MetricRow) -> [String; 4] {
    let [base, candidate] =
        [&row.base, &row.candidate].map(|side| wording::side(row.unit, side.as_ref()));
    [code(&row.name), base, candidate, wording::change(row)]
}

fn clauses(comparison: &Comparison) -> Option<String> {
    let row = |clause: &ClauseChange| {
        let [before, now] = [&clause.base, &clause.candidate].map(|side| wording::standing(side));
        vec![
            code(clause.id.as_str()),
            clause.level.as_str().to_owned(),
            wording::shift(clause.shift).to_owned(),
            before,
            now,
            sentence(&clause.title),
        ]
    };
    let header = ["clause", "level", "change", "before", "now", "it says"];
    let table = table(&header, comparison.clauses.iter().map(row), "clauses");
    let alike = counted(comparison.clauses_alike as u64, "clause");
    let table = table.map_or(String::new(), |table| format!("{table}\n"));
    Some(format!("### Clauses\n\n{table}As before: {alike}.\n"))
}

fn latencies(comparison: &Comparison) -> Option<String> {
    let cell = |row: &MetricRow| {
        let change = row.change.map(|change| wording::estimate(row.unit, &change));
        let change = change.map_or(String::new(), |change| format!("<br>{change}"));
        let [_, base, candidate, _] = figures(row);
        format!("{base} -> {candidate}{change}")
    };
    let rows = row::latencies(comparison).into_iter().map(|Latency { metric, statistics }| {
        let cells = statistics.into_iter().map(|row| row.map_or(String::new(), cell));
        [code(metric)].into_iter().chain(cells).collect()
    });
    let names = STATISTICS.map(|(_, name)| format!(">{name}"));
    let header: Vec<_> = ["latency"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let table = table(&header, rows, "latencies")?;
    Some(folded("Percentiles side by side: base -> candidate", &table))
}

/// Rates and shares that are not judged.
fn shown(comparison: &Comparison) -> Option<String> {
    let rows = row::rates(comparison).into_iter().filter(|row| row.outcome.is_none());
    let rows = rows.map(|row| figures(row).to_vec());
    let table = table(&["shown", ">base", ">candidate", ">change"], rows, "figures")?;
    Some(folded("Rates and shares that are not judged", &table))
}

/// A history: a row for each figure, a column for each of the newest runs.
fn trend(comparison: &Comparison) -> Option<String> {
    let trend = &comparison.trend[comparison.trend.len().saturating_sub(MOST_RUNS)..];
    let folders: Vec<_> = trend.iter().map(|row| format!(">{}", code(&row.run.folder))).collect();
    let header: Vec<_> = ["figure"].into_iter().chain(folders.iter().map(String::as_str)).collect();
    let cell = |row: &TrendRow, name: &str| {
        let (value, interval) = wording::trend(row::trend_figure(row, name));
        interval.map_or(value.clone(), |interval| format!("{value}<br>{interval}"))
    };
    let line = |name: &str| {
        let cells = trend.iter().map(|row| cell(row, name));
        [code(name)].into_iter().chain(cells).collect::<Vec<_>>()
    };
    let violations = trend.iter().map(|row| grouped(row.violations));
    let violations = ["violations".to_owned()].into_iter().chain(violations).collect();
    let rows = row::trend_names(trend).into_iter().map(line).chain([violations]);
    let table = table(&header, rows, "figures").filter(|_| !trend.is_empty())?;
    Some(format!("### Trend\n\n{table}"))
}

fn runs(comparison: &Comparison) -> String {
    let of = |label: &'static str, runs: &[RunBrief]| {
        let row = |run: &RunBrief| {
            vec![
                label.to_owned(),
                code(&run.folder),
                run.verdict.as_str().to_owned(),
                code(&span::told(&run.started_at)),
                format!("{} s", grouped(run.seconds)),
                grouped(run.devices),
                code(&run.target),
                run.seed.to_string(),
                code(&run.version),
            ]
        };
        runs.iter().map(row).collect::<Vec<_>>()
    };
    let rows = [of("base", &comparison.base), of("candidate", &comparison.candidate)].concat();
    let header =
        ["side", "run", "verdict", "began", ">counts", ">devices", "target", ">seed", "deskbell"];
    let table = table(&header, rows.into_iter(), "runs").unwrap_or_default();
    format!("### Runs\n\n{table}")
}

fn remarks(comparison: &Comparison) -> Option<String> {
    let differences = comparison.differences.iter().map(|one| {
        let passed = if one.let_pass { "let pass" } else { "refused" };
        format!("{} ({passed}): {}", wording::unlike(one.kind), paragraph(&one.told))
    });
    let notes = comparison.notes.iter().map(|note| paragraph(note));
    let all = list(differences.chain(notes), "notes");
    (!all.is_empty()).then(|| format!("### To know\n\n{all}"))
}

fn method(comparison: &Comparison) -> String {
    let sentences = comparison.method.sentences.iter().map(|one| paragraph(one));
    format!("### Method\n\n{}", list(sentences, "sentences"))
}

fn files() -> String {
    let named = |format: ComparisonFormat| code(format.file_name());
    format!(
        "**Files** {} (all of it as a page, with both curves), {} (as tests), {} (for programs)\n",
        named(ComparisonFormat::Html),
        named(ComparisonFormat::Junit),
        named(ComparisonFormat::Json),
    )
}

/// A table, of at most so many rows; columns whose title begins with `>` stand on the right.
fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>, what: &str) -> Option<String> {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return None;
    }
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let titles: Vec<_> = header.iter().map(|one| one.trim_start_matches('>').to_owned()).collect();
    let rules = header.iter().map(|one| if one.starts_with('>') { "---:" } else { "---" });
    let rules: Vec<_> = rules.map(str::to_owned).collect();
    let told: String = rows.iter().take(MOST).map(|row| line(row)).collect();
    let rest = rest(rows.len(), what).map_or(String::new(), |rest| format!("\n{rest}\n"));
    Some(line(&titles) + &line(&rules) + &told + &rest)
}

/// A list, of at most so many items.
fn list(items: impl Iterator<Item = String>, what: &str) -> String {
    let items: Vec<_> = items.collect();
    let told = items.iter().take(MOST).cloned().chain(rest(items.len(), what));
    told.map(|item| format!("- {item}\n")).collect()
}

fn rest(count: usize, what: &str) -> Option<String> {
    let more = count.saturating_sub(MOST);
    (more > 0).then(|| format!("and {} more {what} in `comparison.json`", grouped(more as u64)))
}

/// Text below a line that unfolds it.
fn folded(title: &str, text: &str) -> String {
    format!("<details>\n<summary>{title}</summary>\n\n{text}\n</details>\n")
}
