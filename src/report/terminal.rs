//! The closing summary on a terminal, to be read in five seconds.

mod figures;
pub(super) mod page;
mod shards;
mod wrong;

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::run::{Origin, RunRecord, Verdict};

use super::figure::{brief, counted};
use super::shards::share;
use super::span::took;
use super::{Format, repeat};

pub(super) use wrong::coverage;

use page::{Page, Row, beyond, labelled, said};

/// How the summary is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether it may use colour; nothing is told by colour alone.
    pub style: Style,
    /// The width of the terminal; the summary takes 60 to 120 of it. Longer are only the lines that
    /// people copy: target, report and commands.
    pub columns: u16,
}

impl Look {
    /// Text alone, 80 columns wide: for where there is no terminal.
    pub const PLAIN: Self = Self { style: Style::Plain, columns: 80 };
}

/// Whether the summary may use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// ANSI colours.
    Colour,
}

/// How many reasons, clauses, steps and scenarios are told; the files hold the rest.
const MOST: usize = 6;

/// Writes the summary: the target and the verdict first, then what was run, the figures, what is
/// wrong, and what to do next. `folder` is where the reports were written, if they were.
pub fn write_closing(
    record: &RunRecord,
    folder: Option<&Path>,
    look: Look,
    to: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(look, to);
    page.copyable("target", &said(&record.target))?;
    page.rows(&verdict(record))?;
    page.rows(&ran(record))?;
    page.rows(&in_force(record))?;
    page.group(&figures::totals(record))?;
    if let Some(table) = figures::latencies(record) {
        page.block(&table)?;
    }
    if let Some(table) = shards::table(record, look) {
        page.block(&table)?;
    }
    page.group(&[figures::generator(record), figures::errors(record)].concat())?;
    page.group(&wrong::wrong(record))?;
    let coverage = vec![Row::of("clauses", coverage(record))];
    let unknown = match record.verdict {
        // A run that could not be done says nothing of any clause.
        Verdict::Error => Vec::new(),
        _ => wrong::without_verdict(record),
    };
    page.group(&[unknown, coverage].concat())?;
    if let Some(folder) = folder {
        let report = folder.join(Format::Html.file_name());
        page.copyable("report", &report.display().to_string())?;
    }
    left_behind(record, folder, &mut page)?;
    next(record).map_or(Ok(()), |step| page.copyable("next", &step))
}

fn verdict(record: &RunRecord) -> Vec<Row> {
    let label = match record.verdict {
        Verdict::Passed => "PASSED",
        Verdict::Failed => "FAILED",
        Verdict::Invalid => "INVALID",
        Verdict::Interrupted => "STOPPED",
        Verdict::Error => "ERROR",
    };
    let rows = if record.why.is_empty() {
        let checks = record.clauses.iter().map(|clause| clause.checked).sum();
        let findings = record.totals.findings;
        let violations = counted(findings.must + findings.should, "violation");
        vec![Row::of(label, format!("{}, {violations}", counted(checks, "check")))]
    } else {
        let told = record.why.iter().take(MOST).map(|why| said(why));
        labelled(label, told.chain(beyond(record.why.len(), "reasons in run.json")))
    };
    rows.into_iter().map(|row| row.with_verdict(record.verdict)).collect()
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
    let share = share(record).map_or(String::new(), |share| format!(", {share}"));
    let seed = format!("{took}seed {}{share}", record.seed);
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

/// What stays at an endpoint of one's own, and how to end what is open.
fn left_behind(record: &RunRecord, folder: Option<&Path>, page: &mut Page<'_>) -> io::Result<()> {
    let left = record.left_behind;
    if repeat::own_target(&record.target).is_none() {
        return Ok(());
    }
    if left.messages + left.uploads > 0 {
        let (messages, uploads) =
            (counted(left.messages, "message"), counted(left.uploads, "uploaded file"));
        page.rows(&[Row::of("stays", format!("{messages}, {uploads} at the endpoint"))])?;
    }
    if left.open_sessions == 0 {
        return Ok(());
    }
    let folder = folder.map_or("RUN".into(), |folder| folder.display().to_string());
    let open = left.open_sessions;
    page.copyable("open", &format!("sessions left open: {open}; deskbell cleanup {folder}"))
}

fn next(record: &RunRecord) -> Option<String> {
    match record.verdict {
        Verdict::Passed if record.shard.is_part() => Some(repeat::merge(record.shard)),
        Verdict::Passed => repeat::own_target(&record.target)
            .is_none()
            .then(|| repeat::AGAINST_OWN_ENDPOINT.to_owned()),
        Verdict::Failed => repeat::first_failing(record).map(|one| repeat::at_fault(record, one)),
        Verdict::Invalid if !record.shards.is_empty() => {
            Some("mend what is said above, run the shards again, and merge them".to_owned())
        }
        Verdict::Invalid => Some("fewer devices, or more cores".to_owned()),
        Verdict::Interrupted => {
            record.scenarios.first().map(|one| repeat::command(record, one, None))
        }
        Verdict::Error => Some("mend what is said above, and run again".to_owned()),
    }
}
