//! `deskbell check`: every mistake in scenarios, without a network.

use std::io::{self, Write};

use clap::Args;

use crate::scenario::{self, Scenario};

use super::colour;
use super::exit::Exit;
use super::files;

/// Options of `check`.
#[derive(Args, Clone, Debug)]
pub(super) struct CheckArgs {
    /// Scenario files, folders of them, or built-in ones by name
    #[arg(value_name = "PATH", default_value = "builtin:chat")]
    paths: Vec<String>,
}

/// Tells every mistake on stderr, or how many scenarios are fine.
pub(super) fn check(args: &CheckArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let written = match scenario::load(&args.paths, &files::context()) {
        Ok(scenarios) => writeln!(out, "{}", fine(&scenarios)).map(|()| Exit::Passed),
        Err(mistakes) => {
            let is_coloured = colour::suits(&io::stderr());
            write!(err, "{}", scenario::render(&mistakes, is_coloured)).map(|()| Exit::Usage)
        }
    };
    // A reader who has gone has seen enough; the exit status has to do.
    written.unwrap_or(Exit::Usage)
}

fn fine(scenarios: &[Scenario]) -> String {
    let steps: usize = scenarios.iter().map(|scenario| scenario.steps().count()).sum();
    let noun = if scenarios.len() == 1 { "scenario" } else { "scenarios" };
    format!("{} {noun} with {steps} steps, no mistakes", scenarios.len())
}
