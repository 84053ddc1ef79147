//! The answer on a terminal, to be read in five seconds.

use std::io;
use std::path::Path;

use comfy_table::CellAlignment;

use crate::capacity::{CapacityRecord, CapacityVerdict, Law, Level, LevelOutcome};
use crate::report::figure::brief;
use crate::report::terminal::page::{Page, Row, bare_table, beyond, labelled, said};
use crate::report::{Look, span};

use super::{CapacityFormat, answer, words};

/// How many reasons, notes and levels are told; the files hold the rest.
const MOST: usize = 6;

/// Writes the summary: the target and the answer first, then what was searched, the curve, what the
/// law predicts, and what to do next. `folder` is where the reports were written, if they were.
///
/// # Errors
/// Where writing fails.
pub fn write_capacity_closing(
    record: &CapacityRecord,
    folder: Option<&Path>,
    look: Look,
    to: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(look, to);
    page.copyable("target", &said(&record.target))?;
    page.rows(&verdict(record))?;
    page.rows(&answered(record))?;
    page.rows(&searched(record))?;
    if !record.levels.is_empty() {
        page.block(&curve(record, look.columns))?;
    }
    page.group(&unkept(record))?;
    page.group(&record.law.as_ref().map_or(Vec::new(), law))?;
    page.group(&sentences("note", &record.notes))?;
    if let Some(folder) = folder {
        let report = folder.join(CapacityFormat::Html.file_name());
        page.copyable("report", &report.display().to_string())?;
        if !record.levels.is_empty() {
            page.copyable("levels", &folder.join("levels").display().to_string())?;
        }
    }
    answer::next(record).map_or(Ok(()), |step| page.copyable("next", &step))
}

fn verdict(record: &CapacityRecord) -> Vec<Row> {
    let label = match record.verdict {
        CapacityVerdict::Found => "FOUND",
        CapacityVerdict::Beyond => "AT LEAST",
        CapacityVerdict::Failed => "FAILED",
        CapacityVerdict::Invalid => "INVALID",
        CapacityVerdict::Interrupted => "STOPPED",
        CapacityVerdict::Error => "ERROR",
    };
    let why = answer::why(record);
    let rows = if why.is_empty() {
        vec![Row::of(label, answer::title(record))]
    } else {
        sentences(label, &why)
    };
    let looks_like = words::looks_like(record.verdict);
    rows.into_iter().map(|row| row.with_verdict(looks_like)).collect()
}

fn answered(record: &CapacityRecord) -> Vec<Row> {
    let asked = record
        .at_least
        .map(|load| Row::of("asked", format!("at least {}", words::load(record.by, load))));
    let ended = Row::of("ended by", said(&answer::ended(record)));
    asked.into_iter().chain([ended]).collect()
}

fn searched(record: &CapacityRecord) -> Vec<Row> {
    let what = format!(
        "{} ({}) by {}",
        said(&record.scenario),
        said(&record.file),
        match record.by {
            crate::capacity::By::Rate => "rate",
            crate::capacity::By::Devices => "devices",
        }
    );
    let took = span::between(&record.started_at, &record.ended_at);
    let took = took.map_or(String::new(), |took| format!(" for {}", brief(took)));
    let effort = format!("{}{took}, seed {}", answer::effort(record), record.seed);
    let rows = labelled("searched", [what, answer::searched(record), effort].into_iter());
    let objectives = sentences("objective", &record.objectives);
    [rows, objectives].concat()
}

fn sentences(label: &str, texts: &[String]) -> Vec<Row> {
    let told = texts.iter().take(MOST).map(|text| said(text));
    labelled(label, told.chain(beyond(texts.len(), "in capacity.json")))
}

/// Columns of the curve that are left out where there is no room for them, the first ones first.
const DISPENSABLE: [&str; 4] = ["achieved", "runs", "p99 within", "sends/s"];

/// The curve as a table, as wide as there is room.
fn curve(record: &CapacityRecord, columns: u16) -> String {
    let room = usize::from(columns.clamp(60, 120));
    let laid_out = |left_out: usize| {
        let is_kept = |name: &&str| !DISPENSABLE[..left_out].contains(name);
        table(record, &is_kept)
    };
    let fits = |text: &String| text.lines().all(|line| line.chars().count() <= room);
    (0..DISPENSABLE.len()).map(laid_out).find(fits).unwrap_or_else(|| laid_out(DISPENSABLE.len()))
}

fn table(record: &CapacityRecord, is_kept: &dyn Fn(&&str) -> bool) -> String {
    let mut table = bare_table();
    let named = |level: Option<&Level>| {
        let cells = level.map_or_else(Default::default, |level| cells(record, level));
        let names = [
            "load",
            "achieved",
            "sends/s",
            "p50",
            "p99",
            "p99 within",
            "errors",
            "outcome",
            "runs",
        ];
        names.into_iter().zip(cells).filter(|(name, _)| is_kept(name)).collect::<Vec<_>>()
    };
    table.set_header(named(None).into_iter().map(|(name, _)| name));
    for level in &record.levels {
        table.add_row(named(Some(level)).into_iter().map(|(_, cell)| cell));
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if at == 0 { 0 } else { 2 }, 0));
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt() + "\n"
}

fn cells(record: &CapacityRecord, level: &Level) -> [String; 9] {
    let told = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    [
        words::load(record.by, level.load),
        told(level.achieved.map(words::number)),
        told(level.sends_per_s.map(words::number)),
        told(level.p50.map(|one| words::us(one.value))),
        told(level.p99.map(|one| words::us(one.value))),
        told(level.p99.map(words::within)),
        told(level.errors.map(words::share)),
        level.outcome.as_str().to_owned(),
        level.attempts.len().to_string(),
    ]
}

/// Why levels did not keep the objectives, the lowest load first.
fn unkept(record: &CapacityRecord) -> Vec<Row> {
    let unkept: Vec<_> =
        record.levels.iter().filter(|level| level.outcome != LevelOutcome::Kept).collect();
    let told = unkept.iter().take(MOST).map(|level| {
        let load = words::load(record.by, level.load);
        said(&format!("{load} {}: {}", level.outcome.as_str(), level.told))
    });
    labelled("not kept", told.chain(beyond(unkept.len(), "levels in capacity.csv")))
}

fn law(law: &Law) -> Vec<Row> {
    let fit = format!(
        "Universal Scalability Law of {} levels, up to {} requests at once: lambda {}/s, sigma {}, \
         kappa {}, R2 {:.3}",
        law.levels,
        words::number(law.measured_to),
        words::number(law.lambda),
        words::number(law.sigma),
        words::number(law.kappa),
        law.r_squared,
    );
    let peak = law.peak_at.zip(law.peak).map(|(at, peak)| {
        format!(
            "most at {} requests at once: {} responses/s",
            words::number(at),
            words::number(peak)
        )
    });
    let predicted = law.predictions.iter().map(|one| {
        format!(
            "at {} at once: {} responses/s, a round trip takes {} (not measured)",
            words::number(one.concurrency),
            words::number(one.throughput_per_s),
            words::us(one.round_trip_us)
        )
    });
    let predicted: Vec<_> = peak.into_iter().chain(predicted).collect();
    let mut rows = labelled("law", [fit].into_iter());
    rows.extend(sentences("predicts", &predicted));
    rows.extend(sentences("mind", &law.notes));
    rows
}
