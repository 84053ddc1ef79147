//! `deskbell check`: every mistake in scenarios and waiver files, without a network.

use std::io::{self, Write};

use clap::Args;

use crate::report::counted;
use crate::scenario::{self, Diagnostics, Scenario};

use super::colour;
use super::exit::Exit;
use super::{files, gate};

/// Options of `check`.
#[derive(Args, Clone, Debug)]
pub(super) struct CheckArgs {
    /// Scenario files, folders of them, built-in ones by name, or waiver files
    #[arg(value_name = "PATH", default_value = "builtin:chat")]
    paths: Vec<String>,
}

/// Tells every mistake on stderr, or how much is fine.
pub(super) fn check(args: &CheckArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let written = match look(&args.paths) {
        Ok(fine) => writeln!(out, "{fine}, no mistakes").map(|()| Exit::Passed),
        Err(mistakes) => {
            let is_coloured = colour::suits(&io::stderr());
            let all: Vec<_> =
                mistakes.iter().map(|one| scenario::render(one, is_coloured)).collect();
            write!(err, "{}", all.join("\n")).map(|()| Exit::Usage)
        }
    };
    // A reader who has gone has seen enough; the exit status has to do.
    written.unwrap_or(Exit::Usage)
}

/// Looks at all files; what was fine, in words.
fn look(paths: &[String]) -> Result<String, Vec<Diagnostics>> {
    let context = files::context();
    let (of_waivers, of_scenarios): (Vec<_>, Vec<_>) =
        paths.iter().cloned().partition(|path| scenario::holds_waivers(path, &context));
    let (mut fine, mut mistakes) = (Vec::new(), Vec::new());
    if !of_scenarios.is_empty() {
        match scenario::load(&of_scenarios, &context) {
            Ok(scenarios) => fine.push(told(&scenarios)),
            Err(more) => mistakes.push(more),
        }
    }
    let mut waivers = 0;
    for path in &of_waivers {
        match gate::read_waivers(path) {
            Ok(entries) => waivers += entries.len() as u64,
            Err(more) => mistakes.push(more),
        }
    }
    if !of_waivers.is_empty() {
        fine.push(counted(waivers, "waiver"));
    }
    if mistakes.is_empty() { Ok(fine.join(", ")) } else { Err(mistakes) }
}

fn told(scenarios: &[Scenario]) -> String {
    let steps: usize = scenarios.iter().map(|scenario| scenario.steps().count()).sum();
    let noun = if scenarios.len() == 1 { "scenario" } else { "scenarios" };
    format!("{} {noun} with {steps} steps", scenarios.len())
}
