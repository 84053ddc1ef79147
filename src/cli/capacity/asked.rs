//! What a search is asked for, and every mistake in it at once.

use crate::capacity::{By, Range};
use crate::cli::planning;
use crate::cli::refusal::Refusal;
use crate::cli::run::rate;
use crate::metrics::Threshold;
use crate::scenario::Scenario;

use super::CapacityArgs;
use super::objectives::Objectives;

/// The most levels of a search, where its range and its precision do not need more.
const MOST_LEVELS: usize = 12;

/// How often a level at the edge is run, at most.
const MOST_ATTEMPTS: usize = 3;

/// The coarsest precision: halves and doubles are no answer.
const COARSEST: f64 = 0.5;

/// What a search is asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) scenario: Scenario,
    pub(super) objectives: Objectives,
    pub(super) range: Range,
    pub(super) at_least: Option<f64>,
    pub(super) seed: u64,
    /// What was added or changed of it, a sentence each.
    pub(super) notes: Vec<String>,
}

impl Asked {
    /// Reads the options and the scenario.
    ///
    /// # Errors
    /// Every mistake in them, exit 2.
    pub(super) fn of(args: &CapacityArgs) -> Result<Self, Refusal> {
        let mut mistakes = Mistakes::default();
        let by = By::from(args.by);
        let scenario = mistakes.take(scenario(&args.scenario));
        let each = scenario.as_ref().map_or(1, |one| one.actors.len());
        let slo = thresholds(&args.slo, &mut mistakes);
        let from = mistakes.load("--from", args.from.as_deref(), (by, each));
        let to = mistakes.load("--to", args.to.as_deref(), (by, each));
        for (name, given) in [("--from", &args.from), ("--to", &args.to)] {
            if given.is_none() {
                mistakes.tell(&format!("{name} is missing: give a load, such as {name} 100"));
            }
        }
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            mistakes.tell(&format!("--from {from} is above --to {to}: give the lower load first"));
        }
        let at_least = mistakes.load("--at-least", args.at_least.as_deref(), (by, 1));
        let precision = precision(&args.precision);
        if precision.is_none() {
            let text = &args.precision;
            mistakes.tell(&format!("--precision {text}: write it like 3%, at most 50%"));
        }
        if by == By::Devices && args.devices.is_some() {
            mistakes.tell("--devices is what --by devices raises: give --from and --to");
        }
        if args.level > args.level_max {
            mistakes
                .tell("--level is above --level-max: a level cannot be longer than the longest");
        }
        mistakes.end()?;
        let told = "every part that is missing is a mistake that was told";
        let (scenario, precision) = (scenario.expect(told), precision.expect(told));
        let seed = args.seed.unwrap_or_else(planning::seed);
        let (objectives, is_added) = Objectives::new(slo, seed);
        let mut notes = Vec::new();
        if is_added {
            notes.push("no objective is about errors: errors.rate < 1% is added".to_owned());
        }
        if by == By::Devices && scenario.load.rate.is_some() {
            notes.push(
                "the scenario's own rate stays the same at every number of devices".to_owned(),
            );
        }
        let multiple = u32::try_from(each).unwrap_or(u32::MAX);
        let range = Range {
            by,
            from: from.expect(told),
            to: to.expect(told),
            multiple: if by == By::Devices { multiple } else { 0 },
            precision,
            most_levels: MOST_LEVELS,
            most_attempts: MOST_ATTEMPTS,
        };
        Ok(Self {
            range: Range { most_levels: MOST_LEVELS.max(range.levels_needed()), ..range },
            scenario,
            objectives,
            at_least,
            seed,
            notes,
        })
    }
}

/// Mistakes, a line each.
#[derive(Debug, Default)]
struct Mistakes(Vec<String>);

impl Mistakes {
    fn tell(&mut self, told: &str) {
        self.0.push(format!("error: {told}"));
    }

    fn take<T>(&mut self, read: Result<T, Refusal>) -> Option<T> {
        read.map_err(|refusal| self.0.push(refusal.text.trim_end().to_owned())).ok()
    }

    /// A load, where one is given; devices fill whole flows.
    fn load(&mut self, name: &str, text: Option<&str>, (by, each): (By, usize)) -> Option<f64> {
        let text = text?;
        let told = match by {
            By::Rate => match rate(text) {
                Ok(rate) => return Some(rate),
                Err(why) => why,
            },
            By::Devices => match text.parse::<u32>() {
                Ok(0) | Err(_) => "write a number of devices, such as 100".to_owned(),
                Ok(devices) if !(devices as usize).is_multiple_of(each) => {
                    format!("a flow takes {each} devices: give a multiple of {each}")
                }
                Ok(devices) => return Some(devices.into()),
            },
        };
        self.tell(&format!("{name} {text}: {told}"));
        None
    }

    fn end(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::usage(self.0.join("\n"))) }
    }
}

fn scenario(path: &str) -> Result<Scenario, Refusal> {
    let mut scenarios = planning::load_scenarios(&[path.to_owned()])?;
    match scenarios.len() {
        1 => Ok(scenarios.remove(0)),
        several => Err(Refusal::usage(format!(
            "error: {path} holds {several} scenarios, and a search is for one: name its file"
        ))),
    }
}

fn thresholds(slo: &[String], mistakes: &mut Mistakes) -> Vec<Threshold> {
    if slo.is_empty() {
        mistakes.tell(
            "--slo is missing: say what has to hold at a load, such as --slo 'rtt.send.p99 < 250ms'",
        );
    }
    let mut read = Vec::new();
    for text in slo {
        let threshold = Threshold::parse(text).map_err(|error| error.to_string());
        let threshold = threshold.and_then(|one| match Objectives::objection(&one) {
            Some(why) => Err(why),
            None => Ok(one),
        });
        match threshold {
            Ok(one) => read.push(one),
            Err(why) => mistakes.tell(&format!("--slo '{text}': {why}")),
        }
    }
    read
}

/// Reads `3%`.
fn precision(text: &str) -> Option<f64> {
    let percent: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
    let fraction = percent / 100.0;
    (fraction > 0.0 && fraction <= COARSEST).then_some(fraction)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        capacity: CapacityArgs,
    }

    /// The first words of each mistake of a command line.
    #[track_caller]
    fn check(line: &[&str], expected: &[&str]) {
        let args = [&["deskbell", "builtin:load/steady"], line].concat();
        let args = Line::try_parse_from(args).unwrap().capacity;
        let told = Asked::of(&args).err().map_or_else(String::new, |refusal| refusal.text);
        let told: Vec<_> = told.lines().collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(&format!("error: {expected}")), "{told} {expected}");
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let slo = ["--slo", "rtt.send.p99 < 250ms"];
        check(&[&slo[..], &["--from", "1", "--to", "100/s"]].concat(), &[]);
        check(&[], &["--slo is missing", "--from is missing", "--to is missing"]);
        check(
            &["--slo", "p99 < x", "--from", "0", "--to", "fast", "--precision", "3"],
            &["--slo 'p99 < x'", "--from 0: a rate is more", "--to fast", "--precision 3"],
        );
        check(
            &[&slo[..], &["--from", "9", "--to", "3", "--level", "5m"]].concat(),
            &["--from 9 is above --to 3", "--level is above --level-max"],
        );
    }

    #[test]
    fn devices_fill_whole_flows() {
        let line = |from: &'static str| {
            ["--slo", "errors.rate < 1%", "--by", "devices", "--from", from, "--to", "10"]
        };
        check(&line("2"), &[]);
        check(&line("3"), &["--from 3: a flow takes 2 devices"]);
        check(&line("2/s"), &["--from 2/s: write a number of devices"]);
        check(&[&line("2")[..], &["-d", "4"]].concat(), &["--devices is what"]);
    }
}
