//! `deskbell check`: every mistake in scenarios, profiles and waiver files, without a network.

use std::io::Write;
use std::path::Path;

use clap::Args;

use crate::report::counted;
use crate::run::{LoadOverride, ScenarioPlan, plan_scenarios};
use crate::scenario::{self, NamedFiles, Scenario, load_profile};

use super::catalogue::printed;
use super::exit::Exit;
use super::facts::{flaws_of, rendered};
use super::{files, gate};

/// Options of `check`.
#[derive(Args, Clone, Debug)]
pub(super) struct CheckArgs {
    /// Scenario files, folders of them, built-in ones by name, profiles, or waiver files
    #[arg(value_name = "PATH", default_value = "builtin:chat")]
    paths: Vec<String>,
}

/// Tells every mistake on stderr, or how much is fine.
pub(super) fn check(args: &CheckArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    // What stderr does not take, the exit status has to tell.
    match look(&args.paths) {
        Ok(Fine { told, warnings }) => {
            let _ = warnings.iter().try_for_each(|text| writeln!(err, "warning: {text}"));
            printed(writeln!(out, "{told}, no mistakes"), err)
        }
        Err(mistakes) => {
            let _ = writeln!(err, "{}", mistakes.join("\n\n"));
            Exit::Usage
        }
    }
}

/// What was looked at and is fine.
struct Fine {
    told: String,
    /// What is allowed and better done otherwise, a sentence each.
    warnings: Vec<String>,
}

/// Looks at all files; what was fine, in words, or a message for each file that is not.
fn look(paths: &[String]) -> Result<Fine, Vec<String>> {
    let context = files::context();
    let paths = paths.iter().cloned();
    let (of_waivers, others): (Vec<_>, Vec<_>) =
        paths.partition(|path| scenario::holds_waivers(path, &context));
    let (of_profiles, of_scenarios): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|path| scenario::holds_profile(path, &context));
    let (mut fine, mut warnings, mut mistakes) = (Vec::new(), Vec::new(), Vec::new());
    if !of_scenarios.is_empty() {
        match scenario::load(&of_scenarios, &context) {
            Ok(scenarios) => {
                fine.push(told(&scenarios));
                warnings.extend(shortfalls(scenarios));
            }
            Err(more) => mistakes.push(rendered(&more)),
        }
    }
    for path in &of_profiles {
        match load_profile(Path::new(path), NamedFiles::Looked, &context) {
            Ok(profile) => {
                mistakes.extend(flaws_of(&profile));
                warnings.extend(profile.warnings);
            }
            Err(more) => mistakes.push(rendered(&more)),
        }
    }
    if !of_profiles.is_empty() {
        fine.push(counted(of_profiles.len() as u64, "profile"));
    }
    let mut waivers = 0;
    for path in &of_waivers {
        match gate::read_waivers(path) {
            Ok(entries) => waivers += entries.len() as u64,
            Err(more) => mistakes.push(rendered(&more)),
        }
    }
    if !of_waivers.is_empty() {
        fine.push(counted(waivers, "waiver"));
    }
    if mistakes.is_empty() { Ok(Fine { told: fine.join(", "), warnings }) } else { Err(mistakes) }
}

/// What a rate asks of the devices of its scenario, where that is too much.
fn shortfalls(scenarios: Vec<Scenario>) -> Vec<String> {
    // What cannot be planned by itself is told when it is to be run.
    let plans = plan_scenarios(scenarios, &LoadOverride::default()).unwrap_or_default();
    plans.iter().filter_map(ScenarioPlan::shortfall).collect()
}

fn told(scenarios: &[Scenario]) -> String {
    let steps: usize = scenarios.iter().map(|scenario| scenario.steps().count()).sum();
    let noun = if scenarios.len() == 1 { "scenario" } else { "scenarios" };
    format!("{} {noun} with {steps} steps", scenarios.len())
}
