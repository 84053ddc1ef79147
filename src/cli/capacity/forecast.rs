//! What a search will ask of endpoint and machine, told before its first level.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::json;

use crate::capacity::{Attempt, By, Level, LevelOutcome, Next, ObjectiveValue, Quantity, Search};
use crate::cli::refusal::Refusal;
use crate::cli::run::OutputFormat;
use crate::metrics::Threshold;
use crate::report::{brief, counted, grouped};
use crate::run::Outlook;

use super::asked::Asked;
use super::planner::{LevelPlan, Planner};
use super::words;

/// At how many places the knee may lie, of those that are tried out, evenly on the log scale.
const PLACES: u32 = 24;

/// What is said before the first level.
pub(super) struct Forecast {
    /// A sentence each.
    pub(super) sentences: Vec<String>,
    /// What the highest level will do, where it can be run at all.
    outlook: Option<Outlook>,
}

/// What all runs of a search come to.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    levels: usize,
    takes: Duration,
    sessions: f64,
    sends: f64,
}

impl Forecast {
    /// Plays the search against a knee wherever it may lie: the most that any of these takes.
    ///
    /// # Errors
    /// A lowest level that cannot be run.
    pub(super) fn of(asked: &Asked, planner: &Planner<'_>) -> Result<Self, Refusal> {
        let range = asked.range;
        let lowest = planner.plan(range.from, false);
        planner.check(&lowest, asked.seed)?;
        let knees = (0..=PLACES + 1).map(|place| {
            let share = f64::from(place) / f64::from(PLACES);
            range.from * 0.99 * (range.to / range.from).powf(share)
        });
        let most =
            knees.map(|knee| play(asked, planner, knee)).reduce(Sum::most).unwrap_or_default();
        let highest = planner.plan(range.to, true);
        let mut sentences = vec![length(asked, planner, &most)];
        let outlook = planner.check(&highest, asked.seed);
        sentences.push(match &outlook {
            Ok(outlook) => width(range.by, &highest, outlook),
            Err(refusal) => {
                let why = refusal.text.trim_start_matches("error: ").trim_end();
                format!("{} cannot be reached: {why}", range.by.told(range.to))
            }
        });
        sentences.push(left(&most, &highest));
        let outlook = outlook.ok();
        let touched = outlook.iter().flat_map(|one| planner.quotas(&highest, one, asked.seed));
        sentences.extend(touched.map(|told| format!("at {}: {told}", range.by.told(range.to))));
        Ok(Self { sentences, outlook })
    }

    /// Prints it in place of a search.
    ///
    /// # Errors
    /// A stdout that takes nothing.
    pub(super) fn show(&self, format: OutputFormat, out: &mut dyn Write) -> Result<(), Refusal> {
        let written = match format {
            OutputFormat::Text => self.sentences.iter().try_for_each(|one| writeln!(out, "{one}")),
            OutputFormat::Json => {
                let told = json!({ "planned": self.sentences, "highest_level": self.outlook });
                serde_json::to_writer_pretty(&mut *out, &told)
                    .map_err(io::Error::from)
                    .and_then(|()| writeln!(out))
            }
        };
        written.map_err(|error| Refusal::of_stdout(&error))
    }
}

impl Sum {
    fn add(&mut self, level: &LevelPlan, is_first: bool) {
        self.levels += usize::from(is_first);
        self.takes += level.takes;
        self.sessions += level.sessions;
        self.sends += level.sends.unwrap_or_default();
    }

    fn most(self, other: Self) -> Self {
        Self {
            levels: self.levels.max(other.levels),
            takes: self.takes.max(other.takes),
            sessions: self.sessions.max(other.sessions),
            sends: self.sends.max(other.sends),
        }
    }
}

/// What a search does where the knee lies there, and whatever is near it is uncertain.
fn play(asked: &Asked, planner: &Planner<'_>, knee: f64) -> Sum {
    let mut search = Search::new(asked.range).asking(asked.at_least);
    let mut sum = Sum::default();
    while let Next::Run { load, attempt, near } = search.next() {
        sum.add(&planner.plan(load, near), attempt == 1);
        search.seen(shown(asked, load, attempt, knee));
    }
    sum
}

/// A level as it may show itself, of so many attempts.
fn shown(asked: &Asked, load: f64, attempts: usize, knee: f64) -> Level {
    let is_kept = load <= knee;
    let is_near = (load / knee).ln().abs() <= asked.range.precision;
    let objective = |one: &Threshold| {
        let value = one.bound();
        ObjectiveValue {
            expr: one.to_string(),
            value: Some(Quantity { value, low: value, high: value }),
            holds: if is_near { None } else { Some(is_kept) },
        }
    };
    let attempt = Attempt {
        folder: String::new(),
        counted_s: 0.0,
        samples: 0,
        p99_us: None,
        lateness_p99_us: 0,
        valid: true,
        devices: 0,
    };
    Level {
        load,
        outcome: if is_kept { LevelOutcome::Kept } else { LevelOutcome::Missed },
        told: String::new(),
        shortfall: None,
        achieved: None,
        sends_per_s: None,
        throughput_per_s: None,
        concurrency: None,
        p50: None,
        p99: None,
        errors: None,
        objectives: asked.objectives.iter().take(1).map(objective).collect(),
        attempts: vec![attempt; attempts],
    }
}

fn length(asked: &Asked, planner: &Planner<'_>, most: &Sum) -> String {
    let range = asked.range;
    let ends = [(range.from, false), (range.to, true)].map(|(load, near)| planner.plan(load, near));
    let shortest = ends[0].takes.min(ends[1].takes);
    let longest = ends[0].takes.max(ends[1].takes);
    format!(
        "from {} to {}: at most {}, those at the edge up to {} times, of {} to {} each; {} in all at most, and as \
         long as answers take",
        range.by.told(range.from),
        range.by.told(range.to),
        counted(most.levels as u64, "level"),
        range.most_attempts,
        brief(shortest),
        brief(longest),
        brief(most.takes)
    )
}

fn width(by: By, highest: &LevelPlan, outlook: &Outlook) -> String {
    let devices = counted(highest.devices.into(), "device");
    let needed = counted(outlook.accounts_needed as u64, "account");
    let accounts = match outlook.accounts {
        None => format!("{needed} needed, as many as are wanted"),
        Some(given) => format!("{needed} needed, {given} given"),
    };
    let sockets = grouped(outlook.sockets);
    format!("at {}: {devices}, {accounts}, {sockets} sockets", by.told(highest.load))
}

fn left(most: &Sum, highest: &LevelPlan) -> String {
    let sessions = grouped(words::whole(most.sessions));
    match highest.sends {
        Some(_) => {
            let sends = grouped(words::whole(most.sends));
            format!(
                "over all levels at most {sessions} sessions are opened, and {sends} chat messages are \
                 left at the endpoint"
            )
        }
        None => format!(
            "over all levels at most {sessions} sessions are opened by setups, and as many chat messages \
             are left at the endpoint as answers allow"
        ),
    }
}
