//! `deskbell waivers`: drafts a waiver file from what a run found.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use serde::Deserialize;

use crate::conformance::{ClauseId, Level};
use crate::report::{FolderError, write_text};
use crate::run::{RUN_FILE, VIOLATIONS_FILE};

use super::drafting::{Place, entry, last_day};
use super::exit::Exit;

/// Options of `waivers`.
#[derive(Args, Clone, Debug)]
pub(super) struct WaiversArgs {
    /// A run's folder
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// A new file that the draft goes to; stdout where not given
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A waiver file that the draft is added to
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    add: Option<PathBuf>,
}

/// Why nothing can be drafted.
#[derive(Debug, thiserror::Error)]
enum DraftError {
    #[error("cannot read {}: {source}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is not of a run of deskbell: {source}", .path.display())]
    NotOfARun { path: PathBuf, source: serde_json::Error },
    #[error("{} names no start that can be read", .0.display())]
    NoStart(PathBuf),
    #[error("{} exists already: name another file, or add to it with --add", .0.display())]
    Exists(PathBuf),
    #[error("cannot write {}: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Replace(#[from] FolderError),
}

/// What of `run.json` a draft rests on.
#[derive(Deserialize)]
struct Run {
    run_id: String,
    started_at: String,
    clauses: Vec<RunClause>,
}

#[derive(Deserialize)]
struct RunClause {
    id: String,
    status: String,
}

/// What of a line of `violations.jsonl` a draft rests on.
#[derive(Deserialize)]
struct Violation {
    clause: String,
    scenario: String,
    pointer: String,
    route: Option<String>,
    event: Option<String>,
    waived: Option<String>,
}

/// Prints a draft, or writes it to a file.
pub(super) fn waivers(args: &WaiversArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    match drafted(args, out) {
        Ok(()) => Exit::Passed,
        Err(error) => {
            // Where even stderr is closed, the exit status has to do.
            let _ = writeln!(err, "error: {error}");
            if matches!(error, DraftError::Exists(_)) { Exit::Usage } else { Exit::NotDone }
        }
    }
}

fn drafted(args: &WaiversArgs, out: &mut dyn Write) -> Result<(), DraftError> {
    let path = args.run.join(RUN_FILE);
    let run: Run = serde_json::from_str(&read(&path)?)
        .map_err(|source| DraftError::NotOfARun { path: path.clone(), source })?;
    let until = last_day(&run.started_at).ok_or(DraftError::NoStart(path))?;
    let path = args.run.join(VIOLATIONS_FILE);
    let lines = read(&path)?;
    let violations: Vec<Violation> = lines
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(|source| DraftError::NotOfARun { path, source })?;
    let draft = draft(&run, &violations, until);
    if let Some(path) = &args.add {
        return Ok(write_text(&added(&read(path)?, &draft), path)?);
    }
    match &args.out {
        Some(path) => File::create_new(path)
            .and_then(|mut file| file.write_all(draft.as_bytes()))
            .map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => DraftError::Exists(path.clone()),
                _ => DraftError::Write { path: path.clone(), source },
            }),
        None => out
            .write_all(draft.as_bytes())
            .map_err(|source| DraftError::Write { path: "stdout".into(), source }),
    }
}

/// A waiver file with a draft at its end; a list that is empty gives way to the other.
fn added(file: &str, draft: &str) -> String {
    let is_empty_list = |line: &&str| line.trim() == "[]";
    let kept = |text: &str| -> String {
        text.lines().filter(|line| !is_empty_list(line)).map(|line| format!("{line}\n")).collect()
    };
    let (file, draft) = (kept(file), kept(draft));
    let has_entry = |text: &str| text.lines().any(|line| line.starts_with('-'));
    let nothing = if has_entry(&file) || has_entry(&draft) { "" } else { "[]\n" };
    format!("{file}\n{draft}{nothing}")
}

fn read(path: &Path) -> Result<String, DraftError> {
    fs::read_to_string(path).map_err(|source| DraftError::Read { path: path.to_owned(), source })
}

/// A waiver for each place that has findings, and one without a place for each clause whose findings
/// were all beyond those kept.
fn draft(run: &Run, violations: &[Violation], until: Date) -> String {
    let mut places: BTreeMap<Place, u64> = BTreeMap::new();
    for violation in violations.iter().filter(|violation| violation.waived.is_none()) {
        if let Some(place) = place(violation) {
            *places.entry(place).or_default() += 1;
        }
    }
    let violated = run.clauses.iter().filter(|clause| clause.status == "violated");
    for clause in violated.filter_map(|clause| gating(&clause.id)) {
        if !places.keys().any(|place| place.clause == clause as usize) {
            places.insert(Place::anywhere(clause), 0);
        }
    }
    let mut text = format!(
        "# Drafted from run {}: keep what you can live with, say why, and drop the rest.\n\
         # A waiver whose place comes out clean fails the run, unless it says\n\
         # `intermittent: true`.\n",
        run.run_id
    );
    if places.is_empty() {
        return text + "[]\n";
    }
    let reason = format!("drafted from run {}; say why", run.run_id);
    for (place, findings) in &places {
        text += &format!("\n{}", entry(place, *findings, &reason, until));
    }
    text
}

/// Where a violation that can fail a run came from.
fn place(violation: &Violation) -> Option<Place> {
    Place::of(
        gating(&violation.clause)?,
        (violation.route.as_deref(), violation.event.as_deref()),
        &violation.pointer,
        &violation.scenario,
    )
}

/// The clause of an id, where its violation can fail a run.
fn gating(id: &str) -> Option<ClauseId> {
    ClauseId::parse(id).filter(|clause| clause.level() != Level::Info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_added_to_what_there_is() {
        let entry = "- clause: ENV-5\n  reason: x\n";
        assert_eq!(added("# a\n[]\n", entry), format!("# a\n\n{entry}"));
        assert_eq!(added(entry, "# b\n[]\n"), format!("{entry}\n# b\n"));
        assert_eq!(added("[]\n", "# b\n[]\n"), "\n# b\n[]\n");
    }

    #[test]
    fn a_draft_waives_each_place_once_and_nothing_that_never_gates() {
        let violation = |clause: &str, event: &str, waived: Option<&str>| Violation {
            clause: clause.into(),
            scenario: "chat".into(),
            pointer: "/payload/chatMessage/id".into(),
            route: None,
            event: Some(event.into()),
            waived: waived.map(Into::into),
        };
        let clause = |id: &str| RunClause { id: id.into(), status: "violated".into() };
        let run = Run {
            run_id: "20260102-030405-abcd".into(),
            started_at: "2026-01-02T03:04:05Z".into(),
            clauses: vec![clause("EVENT-5"), clause("ENV-3"), clause("ENV-9")],
        };
        let violations = [
            violation("EVENT-5", "chat-message", None),
            violation("EVENT-5", "chat-message", None),
            violation("EVENT-10", "chat-message", None),
            violation("ENV-5", "chat-message", Some("known")),
        ];
        let until = last_day(&run.started_at).expect("it is a time");
        let text = draft(&run, &violations, until);
        let kept: Vec<_> =
            text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        let expected = [
            "- clause: ENV-3",
            "  reason: \"drafted from run 20260102-030405-abcd; say why\"",
            "  until: 2026-02-01",
            "- clause: EVENT-5",
            "  event: \"chat-message\"",
            "  pointer: \"/payload/chatMessage/id\"",
            "  scenario: \"chat\"",
            "  reason: \"drafted from run 20260102-030405-abcd; say why\"",
            "  until: 2026-02-01",
        ];
        assert_eq!(kept, expected);
    }
}
