//! The command line: the only place that reads arguments and environment, prints, and picks exit
//! codes. A subcommand a file. Start from [`run`].

mod accounts;
mod audience;
mod call;
mod canary;
mod capacity;
mod catalogue;
mod check;
mod clauses;
mod cleanup;
mod closing;
mod colour;
mod compare;
mod completions;
mod defects;
mod desk;
mod drafting;
mod dry_run;
mod embedded;
mod ending;
mod endpoint;
mod exit;
mod exporter;
mod facts;
mod files;
mod gate;
mod gateway;
mod ids_file;
mod in_force;
mod journal;
mod line_file;
mod listening;
mod losses;
mod man;
mod merge;
mod mistake;
mod network;
mod panic;
mod pipe;
mod planning;
mod precedence;
mod preflight;
mod probe;
mod probe_files;
mod progress;
mod rails;
mod refusal;
mod repeating;
mod report;
mod run;
mod serve;
mod service;
mod shard;
mod signal;
mod sources;
mod start;
mod tls_folder;
mod token;
mod token_age;
mod token_command;
mod trace;
mod waivers;
mod watchers;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use clap::{CommandFactory, Parser, Subcommand};

pub use exit::Exit;
pub use panic::show_panics_without_data;

use pipe::UntilClosed;

#[derive(Parser)]
#[command(name = "deskbell", version, about, max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Replays scenarios over simulated devices, checks every frame, measures, reports
    Run(Box<run::RunArgs>),
    /// Finds the highest load that keeps the objectives
    Capacity(Box<capacity::CapacityArgs>),
    /// Finds out how an endpoint reads what the document leaves open; writes a profile for it
    Probe(Box<probe::ProbeArgs>),
    /// Tells every mistake in scenarios, profiles and waiver files, without a network
    Check(check::CheckArgs),
    /// Pokes a route, and shows every frame
    Call(Box<call::CallArgs>),
    /// Tells whether runs are slower, or otherwise worse, than earlier ones
    Compare(Box<compare::CompareArgs>),
    /// Adds the run folders of shards up to one, exactly
    Merge(Box<merge::MergeArgs>),
    /// The clauses that a service is judged by
    Clauses(clauses::ClausesArgs),
    /// Renders the reports of a run folder again
    Report(report::ReportArgs),
    /// Drafts a waiver file from what a run found
    Waivers(waivers::WaiversArgs),
    /// Ends the sessions that a broken-off run left open
    Cleanup(Box<cleanup::CleanupArgs>),
    /// The reference server
    Serve(Box<serve::ServeArgs>),
    /// What the reference server can be told to get wrong
    Defects(defects::DefectsArgs),
    /// An access token for the reference server
    Token(token::TokenArgs),
    /// Completions of this command line for a shell
    Completions(completions::CompletionsArgs),
    /// The manual: its main page, the page of a command, or all pages into a folder
    Man(man::ManArgs),
}

/// Does what a command line asks. Results go to `out`, all else to `err`; either may be closed by
/// its reader at any time.
pub fn run<T: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = T>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let out = &mut UntilClosed::new(out, io::stdout().is_terminal());
    let err = &mut UntilClosed::new(err, io::stderr().is_terminal());
    if let Some(name) = empty_variable() {
        let _ = writeln!(err, "error: {name} is set but empty: unset it, or give it a value");
        return Exit::Usage;
    }
    match Line::try_parse_from(args) {
        Ok(Line { command: Command::Run(args) }) => run::run(&args, out, err),
        Ok(Line { command: Command::Probe(args) }) => probe::probe(&args, out, err),
        Ok(Line { command: Command::Capacity(args) }) => capacity::capacity(&args, out, err),
        Ok(Line { command: Command::Check(args) }) => check::check(&args, out, err),
        Ok(Line { command: Command::Call(args) }) => call::call(&args, out, err),
        Ok(Line { command: Command::Compare(args) }) => compare::compare(&args, out, err),
        Ok(Line { command: Command::Merge(args) }) => merge::merge(&args, out, err),
        Ok(Line { command: Command::Clauses(args) }) => clauses::clauses(&args, out, err),
        Ok(Line { command: Command::Report(args) }) => report::report(&args, out, err),
        Ok(Line { command: Command::Waivers(args) }) => waivers::waivers(&args, out, err),
        Ok(Line { command: Command::Cleanup(args) }) => cleanup::cleanup(&args, out, err),
        Ok(Line { command: Command::Serve(args) }) => serve::serve(*args, out, err),
        Ok(Line { command: Command::Defects(args) }) => defects::defects(args, out, err),
        Ok(Line { command: Command::Token(args) }) => token::token(args, out, err),
        Ok(Line { command: Command::Completions(args) }) => {
            completions::completions(args, Line::command(), out, err)
        }
        Ok(Line { command: Command::Man(args) }) => man::man(&args, Line::command(), out, err),
        Err(error) if error.use_stderr() => {
            let _ = write!(err, "{}", mistake::message(&error));
            Exit::Usage
        }
        Err(help) => {
            let _ = write!(out, "{help}");
            Exit::Passed
        }
    }
}

/// The first variable of ours that is set but empty: a mistake, never "not given".
fn empty_variable() -> Option<String> {
    let is_ours = |name: &String| name.starts_with("DESKBELL_");
    let empty = std::env::vars_os().filter(|(_, value)| value.is_empty());
    empty.filter_map(|(name, _)| name.into_string().ok()).filter(is_ours).min()
}
