//! What makes a run fail, from the command line and a waiver file.

use std::io;
use std::path::Path;

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::conformance::{CATALOGUE, ClauseId, Level, Waiver, Waivers};
use crate::run::Gate;
use crate::scenario::{self, Diagnostics, WaiverEntry, load_waivers};

use super::{colour, files};

/// The least binding level whose violation fails a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Clauses that the document states
    Must,
    /// Those that it hints at, too
    Should,
}

/// What has to be exercised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Required {
    /// Every clause that must hold.
    Must,
    /// One clause.
    Clause(ClauseId),
}

/// Reads a value of `--require`.
pub(super) fn required(text: &str) -> Result<Required, String> {
    if text == Level::Must.as_str() {
        return Ok(Required::Must);
    }
    ClauseId::parse(text).map(Required::Clause).ok_or_else(|| {
        "it is `must`, or a clause such as EVENT-1; `deskbell clauses` tells all".into()
    })
}

/// The gate that options ask for, with the waivers as they stand on the day of an instant.
///
/// # Errors
/// Every mistake of the waiver file, rendered.
pub(super) fn gate(
    (fail_on, require): (FailOn, &[Required]),
    waivers: Option<&Path>,
    now: Timestamp,
) -> Result<Gate, String> {
    let fail_on = match fail_on {
        FailOn::Must => Level::Must,
        FailOn::Should => Level::Should,
    };
    let every = CATALOGUE.iter().map(|clause| clause.id);
    let is_required = |id: &ClauseId| {
        require.contains(&Required::Clause(*id))
            || require.contains(&Required::Must) && id.level() == Level::Must
    };
    let entries = waivers.map_or(Ok(Vec::new()), |path| {
        read_waivers(&path.to_string_lossy())
            .map_err(|mistakes| scenario::render(&mistakes, colour::suits(&io::stderr())))
    })?;
    let day = now.to_zoned(TimeZone::UTC).date();
    let waivers = entries.into_iter().filter_map(waiver).collect();
    let waivers = Waivers::on(day, waivers);
    Ok(Gate { fail_on, required: every.filter(is_required).collect(), waivers })
}

/// Reads a waiver file.
///
/// # Errors
/// Every mistake in it.
pub(super) fn read_waivers(path: &str) -> Result<Vec<WaiverEntry>, Diagnostics> {
    let clauses: Vec<_> = CATALOGUE.iter().map(|clause| clause.id.as_str()).collect();
    load_waivers(path, &clauses, &files::context())
}

/// The waiver of an entry; the file was read with the catalogue's clauses, so that it has one.
fn waiver(entry: WaiverEntry) -> Option<Waiver> {
    Some(Waiver {
        clause: ClauseId::parse(&entry.clause)?,
        route: entry.route,
        event: entry.event.map(Into::into),
        pointer: entry.pointer,
        scenario: entry.scenario,
        reason: entry.reason,
        ticket: entry.ticket,
        until: entry.until,
        is_intermittent: entry.is_intermittent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(require: &[&str], clauses: usize) {
        let asked: Vec<_> =
            require.iter().map(|text| required(text).expect("it is known")).collect();
        let gate = gate((FailOn::Should, &asked), None, Timestamp::UNIX_EPOCH).expect("no file");
        assert_eq!((gate.fail_on, gate.required.len()), (Level::Should, clauses), "{require:?}");
    }

    #[test]
    fn clauses_are_required_by_name_or_by_level() {
        let must = CATALOGUE.iter().filter(|clause| clause.level == Level::Must).count();
        check(&[], 0);
        check(&["EVENT-7"], 1);
        check(&["must"], must);
        check(&["must", "EVENT-7", "EVENT-1"], must + 1);
        assert!(required("EVENT-99").is_err() && required("should").is_err());
    }
}
