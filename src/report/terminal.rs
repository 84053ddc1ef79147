//! The closing summary on a terminal, to be read in five seconds.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::run::{
    ClauseStatus, FoundViolation, Generator, Origin, RunRecord, ScenarioRecord, Verdict,
};

use super::escape::one_line;
use super::figure::{brief, counted, grouped};
use super::{evidence, repeat};

/// Whether the summary may use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// ANSI colours.
    Colour,
}

/// Width that everything fits but the lines that people copy: target, folder and commands.
const WIDTH: u16 = 80;

/// Width of the labels on the left.
const LABEL: usize = 9;

/// How many clauses, steps and scenarios are told; the files hold the rest.
const MOST: usize = 6;

/// How many clauses without a verdict are named for one reason.
const NAMED: usize = 10;

/// How much of a sentence that holds a server's words is told.
const LONGEST_SENTENCE: usize = 200;

const AGAINST_OWN_ENDPOINT: &str =
    "deskbell run --target ws://HOST/PATH --allow HOST --token TOKEN  # your own endpoint";

const LATENCIES: [&str; 4] = ["connect", "send_to_ack", "send_to_event", "send_to_peer"];

/// Writes the summary: the target and the verdict first, then what was run, the figures, what is
/// wrong, and what to do next. `folder` is where the reports were written, if they were.
pub fn write_closing(
    record: &RunRecord,
    folder: Option<&Path>,
    style: Style,
    to: &mut dyn io::Write,
) -> io::Result<()> {
    copyable(to, "target", &said(&record.target))?;
    write!(to, "{}", painted(&rows(&verdict(record)), record.verdict, style))?;
    write!(to, "{}", rows(&ran(record)))?;
    write!(to, "{}", rows(&in_force(record)))?;
    writeln!(to)?;
    write!(to, "{}", rows(&totals(record)))?;
    if let Some(table) = latencies(record) {
        write!(to, "\n{table}\n")?;
    }
    write!(to, "{}", rows(&generator(record)))?;
    write!(to, "{}", rows(&errors(record)))?;
    write!(to, "{}", rows(&violated(record)))?;
    write!(to, "{}", rows(&unmet(record)))?;
    write!(to, "{}", rows(&without_verdict(record)))?;
    write!(to, "{}", rows(&[("clauses", coverage(record))]))?;
    if let Some(folder) = folder {
        copyable(to, "report", &folder.display().to_string())?;
    }
    left_behind(record, folder, to)?;
    next(record).map_or(Ok(()), |step| copyable(to, "next", &step))
}

type Row = (&'static str, String);

fn verdict(record: &RunRecord) -> Vec<Row> {
    let label = verdict_label(record.verdict);
    if record.why.is_empty() {
        let checks = record.clauses.iter().map(|clause| clause.checked).sum();
        let findings = record.totals.findings;
        let violations = findings.must + findings.should;
        return vec![(
            label,
            format!("{}, {}", counted(checks, "check"), counted(violations, "violation")),
        )];
    }
    labelled(label, record.why.iter().map(|why| said(why)))
}

fn verdict_label(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "PASSED",
        Verdict::Failed => "FAILED",
        Verdict::Invalid => "INVALID",
        Verdict::Interrupted => "STOPPED",
        Verdict::Error => "ERROR",
    }
}

fn painted(text: &str, verdict: Verdict, style: Style) -> String {
    let label = verdict_label(verdict);
    let colour = match verdict {
        Verdict::Passed => 32,
        Verdict::Failed | Verdict::Error => 31,
        Verdict::Invalid | Verdict::Interrupted => 33,
    };
    match style {
        Style::Plain => text.to_owned(),
        Style::Colour => text.replacen(label, &format!("\x1b[1;{colour}m{label}\x1b[0m"), 1),
    }
}

fn ran(record: &RunRecord) -> Vec<Row> {
    let told = record.scenarios.iter().take(MOST).map(|scenario| {
        let load = &scenario.load;
        let mut text = format!("{}: {}", said(&scenario.name), counted(load.devices, "device"));
        if let Some(iterations) = load.iterations {
            text += &format!(", {}", counted(iterations, "iteration"));
        }
        if let Some(duration) = load.duration_s.and_then(|s| Duration::try_from_secs_f64(s).ok()) {
            text += &format!(", for {}", brief(duration));
        }
        text
    });
    let took = took(record).map_or(String::new(), |took| format!("in {}, ", brief(took)));
    let seed = format!("{took}seed {}", record.seed);
    let rest = beyond(record.scenarios.len(), "scenarios in run.json");
    labelled("ran", told.chain(rest).chain([seed]))
}

/// What command line, environment and profile gave, a line each; the target stands above.
fn in_force(record: &RunRecord) -> Vec<Row> {
    let givers = [Origin::Flag, Origin::Environment, Origin::Profile];
    let told = givers.into_iter().filter_map(|from| {
        let given = record.in_force.iter().filter(|one| one.from == from && one.key != "target");
        let given: Vec<_> = given.map(|one| said(&format!("{} {}", one.key, one.text()))).collect();
        let line = || format!("{}: {}", from.as_str(), given.join(", "));
        (!given.is_empty()).then(line)
    });
    labelled("in force", told)
}

/// How long the run took, by its own instants.
pub(super) fn took(record: &RunRecord) -> Option<Duration> {
    let at = |text: &str| text.parse::<jiff::Timestamp>().ok();
    at(&record.ended_at)?.duration_since(at(&record.started_at)?).try_into().ok()
}

fn totals(record: &RunRecord) -> Vec<Row> {
    let totals = &record.totals;
    let out = [
        counted(totals.devices, "device"),
        format!("{} sent", grouped(totals.sends)),
        format!("{} acked", grouped(totals.sends_acked)),
    ];
    let back = [
        counted(totals.events, "event"),
        format!("{} lost", grouped(totals.lost)),
        format!("{} doubled", grouped(totals.duplicates)),
    ];
    labelled("totals", [out, back].map(|figures| figures.join("  ")).into_iter())
}

fn latencies(record: &RunRecord) -> Option<String> {
    let told: Vec<_> =
        LATENCIES.iter().filter_map(|name| Some((*name, record.latency.get(*name)?))).collect();
    if told.is_empty() {
        return None;
    }
    let mut table = bare_table();
    table.set_header(["latency", "samples", "p50", "p99", "max"]);
    for (name, summary) in told {
        let [p50, p99, max] = [summary.p50_us, summary.p99_us, summary.max_us]
            .map(|us| brief(Duration::from_micros(us)));
        table.add_row([name.to_owned(), grouped(summary.count), p50, p99, max]);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if at == 0 { 0 } else { 3 }, 0));
        if at > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    Some(table.trim_fmt() + "\n")
}

/// How punctual and busy deskbell itself was under a load, and what to know of its figures.
fn generator(record: &RunRecord) -> Vec<Row> {
    let Generator { busiest_worker: busiest, lateness_us: lateness, notes, .. } = &record.generator;
    if busiest.is_none() && notes.is_empty() {
        return Vec::new();
    }
    let late = format!("p99 lateness {}", brief(Duration::from_micros(lateness.p99)));
    let told = busiest.map_or(late.clone(), |busiest| {
        let (worker, percent) = (busiest.worker, busiest.core_share * 100.0);
        format!("{late}, worker {worker} used {percent:.0} % of its core")
    });
    labelled("generator", [told].into_iter().chain(notes.iter().map(|note| said(note))))
}

fn errors(record: &RunRecord) -> Vec<Row> {
    let layers = record.errors.layers().map(|(layer, kinds)| {
        let kinds: Vec<_> =
            kinds.iter().map(|(kind, count)| format!("{kind} {}", grouped(*count))).collect();
        format!("{}: {}", layer.as_str(), kinds.join(", "))
    });
    labelled("errors", layers)
}

fn violated(record: &RunRecord) -> Vec<Row> {
    let mut violated: Vec<_> =
        record.clauses.iter().filter(|one| one.status == ClauseStatus::Violated).collect();
    violated.sort_by_key(|clause| clause.level);
    let told = violated.iter().take(MOST).map(|clause| {
        let (id, level) = (clause.id, clause.level.as_str());
        let [violated, checked] = [clause.violated, clause.checked].map(grouped);
        let head = format!("{id} ({level}, {violated} of {checked}) {}", clause.title);
        let of_clause = |found: &&FoundViolation| found.finding.clause == id;
        let unwaived = record.findings.iter().filter(|found| found.waived.is_none());
        let first = unwaived.clone().find(of_clause).map(first);
        let readings = (!clause.readings.is_empty())
            .then(|| format!("rests on the reading: {}", clause.readings.join(", ")));
        [Some(head), first, readings].into_iter().flatten().collect::<Vec<_>>().join("\n")
    });
    labelled("violated", told.chain(beyond(violated.len(), "clauses in clauses.csv")))
}

/// Clauses that are waived, inconclusive or not exercised, gathered by why.
fn without_verdict(record: &RunRecord) -> Vec<Row> {
    let told = |status: ClauseStatus| {
        let mut by_note: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for clause in record.clauses.iter().filter(|clause| clause.status == status) {
            let note = clause.note.as_deref().unwrap_or_default();
            by_note.entry(note).or_default().push(clause.id.as_str());
        }
        let mut by_note: Vec<_> = by_note.into_iter().collect();
        by_note.sort_by_key(|(_, ids)| ids.len());
        let lines: Vec<_> = by_note
            .into_iter()
            .map(|(note, ids)| {
                let many = || counted(ids.len() as u64, "clause");
                let ids = if ids.len() > NAMED { many() } else { ids.join(", ") };
                format!("{ids}: {}", said(note))
            })
            .collect();
        let rest = beyond(lines.len(), "reasons in run.json");
        lines.into_iter().take(MOST).chain(rest).collect::<Vec<_>>()
    };
    let mut rows = labelled("waived", told(ClauseStatus::Waived).into_iter());
    rows.extend(labelled("unsure", told(ClauseStatus::Inconclusive).into_iter()));
    rows.extend(labelled("untried", told(ClauseStatus::NotExercised).into_iter()));
    rows
}

fn first(FoundViolation { scenario, finding, .. }: &FoundViolation) -> String {
    let place = if finding.pointer.is_empty() { "" } else { " at " };
    said(&format!(
        "first in {scenario} on device {}: {}; expected {}, got {}{place}{}",
        finding.device, finding.message, finding.expected, finding.actual, finding.pointer,
    ))
}

fn unmet(record: &RunRecord) -> Vec<Row> {
    let all = record
        .scenarios
        .iter()
        .flat_map(|scenario| scenario.unmet.iter().map(move |unmet| (scenario, unmet)));
    let told = all.clone().take(MOST).map(|(scenario, unmet)| {
        said(&format!(
            "{}: {}; expected {}, got {} ({}, first on device {})",
            evidence::place(scenario, unmet.line, &unmet.step),
            unmet.message,
            unmet.expected,
            unmet.actual,
            counted(unmet.count, "time"),
            unmet.device,
        ))
    });
    let broken = record.scenarios.iter().flat_map(|scenario| {
        scenario.errors.iter().map(|error| said(&format!("{}: {error}", scenario.name)))
    });
    let mut rows = labelled("unmet", told.chain(beyond(all.count(), "steps in junit.xml")));
    rows.extend(labelled("not run", broken.take(MOST)));
    rows
}

/// How many clauses there are of each status: `64 passed, 24 not exercised`.
pub(super) fn coverage(record: &RunRecord) -> String {
    let count =
        |status| record.clauses.iter().filter(|clause| clause.status == status).count() as u64;
    let told = [
        (ClauseStatus::Passed, "passed"),
        (ClauseStatus::Violated, "violated"),
        (ClauseStatus::Waived, "waived"),
        (ClauseStatus::Inconclusive, "inconclusive"),
        (ClauseStatus::NotExercised, "not exercised"),
    ]
    .map(|(status, name)| (count(status), name));
    let told: Vec<_> = told
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", grouped(*count)))
        .collect();
    if told.is_empty() { "none checked".to_owned() } else { told.join(", ") }
}

/// What stays at an endpoint of one's own, and how to end what is open.
fn left_behind(
    record: &RunRecord,
    folder: Option<&Path>,
    to: &mut dyn io::Write,
) -> io::Result<()> {
    let left = record.left_behind;
    if repeat::own_target(&record.target).is_none() {
        return Ok(());
    }
    if left.messages + left.uploads > 0 {
        let (messages, uploads) =
            (counted(left.messages, "message"), counted(left.uploads, "uploaded file"));
        write!(to, "{}", rows(&[("stays", format!("{messages}, {uploads} at the endpoint"))]))?;
    }
    if left.open_sessions == 0 {
        return Ok(());
    }
    let folder = folder.map_or("RUN".into(), |folder| folder.display().to_string());
    let open = left.open_sessions;
    copyable(to, "open", &format!("sessions left open: {open}; deskbell cleanup {folder}"))
}

/// Whether something is wrong in a scenario.
pub(super) fn is_at_fault(scenario: &&ScenarioRecord) -> bool {
    !scenario.unmet.is_empty()
        || !scenario.errors.is_empty()
        || scenario.clauses.iter().any(|clause| clause.status == ClauseStatus::Violated)
}

fn next(record: &RunRecord) -> Option<String> {
    let again = |scenario| repeat::command(record, scenario);
    match record.verdict {
        Verdict::Passed => {
            repeat::own_target(&record.target).is_none().then(|| AGAINST_OWN_ENDPOINT.to_owned())
        }
        Verdict::Failed => record.scenarios.iter().find(is_at_fault).map(again),
        Verdict::Invalid => Some("fewer devices, or more cores".to_owned()),
        Verdict::Interrupted => record.scenarios.first().map(again),
        Verdict::Error => Some("mend what is said above, and run again".to_owned()),
    }
}

/// Texts below each other, the first beside its label.
fn labelled(label: &'static str, texts: impl Iterator<Item = String>) -> Vec<Row> {
    texts.enumerate().map(|(at, text)| (if at == 0 { label } else { "" }, text)).collect()
}

fn beyond(count: usize, what: &str) -> Option<String> {
    (count > MOST).then(|| format!("and {} more {what}", count - MOST))
}

/// Text of others in one line, not too long.
fn said(text: &str) -> String {
    let clean = one_line(text).into_owned();
    match clean.char_indices().nth(LONGEST_SENTENCE) {
        Some((end, _)) => format!("{}...", &clean[..end]),
        None => clean,
    }
}

/// A line that is never broken.
fn copyable(to: &mut dyn io::Write, label: &str, text: &str) -> io::Result<()> {
    writeln!(to, "{label:<LABEL$} {text}")
}

fn rows(rows: &[Row]) -> String {
    let mut table = bare_table();
    for (label, text) in rows {
        table.add_row([format!("{label:<LABEL$}"), text.clone()]);
    }
    for (column, after) in table.column_iter_mut().zip([1, 0]) {
        column.set_padding((0, after));
    }
    if rows.is_empty() { String::new() } else { table.trim_fmt() + "\n" }
}

fn bare_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table
}
