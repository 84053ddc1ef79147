//! `deskbell cleanup`: ends the sessions that a broken-off run left open.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::report::counted;
use crate::run::{EndedBy, SESSIONS_FILE};

use super::ending::{self, Outcome};
use super::endpoint::{Endpoint, EndpointArgs};
use super::exit::Exit;
use super::journal::{self, JournalLine, Known, OpenSession};
use super::refusal::Refusal;

/// How many sessions are told of one by one; those that could not be ended come first.
const MOST_TOLD: usize = 20;

/// Options of `cleanup`.
#[derive(Args, Clone, Debug)]
pub(super) struct CleanupArgs {
    /// Run folder, or the sessions.jsonl in it
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

/// Reads what is open, ends it, and tells.
pub(super) fn cleanup(args: &CleanupArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    match clean_up(args, out, err) {
        Ok(exit) => exit,
        Err(refusal) => {
            // Where even stderr is closed, the exit status has to do.
            let _ = writeln!(err, "{}", refusal.text);
            refusal.exit
        }
    }
}

fn clean_up(args: &CleanupArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Refusal> {
    let path = if args.run.is_dir() { args.run.join(SESSIONS_FILE) } else { args.run.clone() };
    let known = journal::read(&path).map_err(|error| {
        Refusal::usage(format!("error: cannot read {}: {error}", path.display()))
    })?;
    let told = |written: io::Result<()>| written.map_err(|error| Refusal::of_stdout(&error));
    if known.is_embedded {
        told(writeln!(out, "the run was against the embedded server, which is gone with it"))?;
        return Ok(Exit::Passed);
    }
    if known.open.is_empty() {
        told(writeln!(out, "no session of the run is open"))?;
        return Ok(Exit::Passed);
    }
    let aim = Endpoint::of(&with_target(&args.endpoint, &known)?, false)?.enter(&[], 0)?;
    aim.warn(err);
    told(writeln!(out, "target    {}", aim.label))?;
    let mut file = Appending::open(&path)?;
    let mut outcomes = Vec::new();
    let sessions = known.open.clone();
    ending::end_all(&aim.plan(), sessions, &mut |session, outcome| {
        let noted = file.note(&session.session, &outcome);
        outcomes.push((session, outcome));
        noted
    })
    .and_then(|()| file.done())
    .map_err(|error| Refusal::not_done(&format!("cannot write {}: {error}", path.display())))?;
    told(tell(&known, &outcomes, out))?;
    let is_done = outcomes.len() == known.open.len()
        && outcomes.iter().all(|(_, outcome)| !matches!(outcome, Outcome::NotEnded(_)));
    Ok(if is_done { Exit::Passed } else { Exit::NotDone })
}

/// The options, with the run's own target where no other is named.
fn with_target(args: &EndpointArgs, known: &Known) -> Result<EndpointArgs, Refusal> {
    if args.target.is_some() || args.profile.is_some() {
        return Ok(args.clone());
    }
    if known.target.contains("[redacted]") {
        return Err(Refusal::usage(
            "error: the run's target had a query, which is not kept: give it by --target",
        ));
    }
    Ok(EndpointArgs { target: Some(known.target.clone()), ..args.clone() })
}

/// The file, to which ends are added at once.
struct Appending(std::fs::File);

impl Appending {
    fn open(path: &Path) -> Result<Self, Refusal> {
        let opened = OpenOptions::new().append(true).open(path).and_then(|mut file| {
            // The last line may have been cut off.
            file.write_all(b"\n")?;
            Ok(file)
        });
        opened.map(Self).map_err(|error| {
            Refusal::not_done(&format!("cannot write {}: {error}", path.display()))
        })
    }

    fn note(&mut self, session: &str, outcome: &Outcome) -> io::Result<()> {
        let by = match outcome {
            Outcome::Ended => EndedBy::Us,
            Outcome::EndedAlready => EndedBy::Unknown,
            Outcome::NotEnded(_) => return Ok(()),
        };
        writeln!(self.0, "{}", JournalLine::ended(session, by).to_text())
    }

    fn done(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}

fn tell(known: &Known, outcomes: &[(OpenSession, Outcome)], out: &mut dyn Write) -> io::Result<()> {
    let is_failed = |outcome: &Outcome| matches!(outcome, Outcome::NotEnded(_));
    let (failed, done): (Vec<_>, Vec<_>) =
        outcomes.iter().partition(|(_, outcome)| is_failed(outcome));
    for (session, outcome) in failed.iter().chain(&done).take(MOST_TOLD) {
        writeln!(out, "{}  {outcome}", session.session)?;
    }
    if outcomes.len() > MOST_TOLD {
        writeln!(out, "and {} more", outcomes.len() - MOST_TOLD)?;
    }
    let already = done.iter().filter(|(_, outcome)| *outcome == Outcome::EndedAlready).count();
    let [ended, already, failed] =
        [done.len() - already, already, failed.len()].map(|count| count as u64);
    let sessions = counted(outcomes.len() as u64, "session");
    writeln!(
        out,
        "\n{sessions}: {ended} ended, {already} ended already, {failed} could not be ended"
    )?;
    if known.unreadable > 0 {
        let lines = counted(known.unreadable, "line");
        writeln!(out, "{lines} of the file could not be read, as the run was broken off")?;
    }
    writeln!(
        out,
        "messages and uploaded files stay; messages carry `deskbell_run`: `{}/...`",
        known.run_id.escape_debug()
    )
}
