//! The way of a search: level after level, until it is known where the objectives stop being kept, or
//! something else ends it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::capacity::{Answer, By, Ended, EndedBy, Level, Next, Search};
use crate::cli::exit::Exit;
use crate::cli::refusal::Refusal;
use crate::cli::signal::Signals;
use crate::conformance::ClauseId;
use crate::protocol::Secrets;
use crate::run::{RunRecord, Stop, StopReason};

use super::CapacityArgs;
use super::asked::Asked;
use super::judging::{Trial, judge, shortage};
use super::level::{LevelDone, LevelRun};
use super::planner::Planner;
use super::words;

/// A search under way.
pub(super) struct Climb<'a> {
    args: &'a CapacityArgs,
    asked: &'a Asked,
    /// Where the run folders of levels go: a folder of the search's own.
    levels: PathBuf,
    search: Search,
    runs: Vec<LevelRuns>,
    /// How many runs there were.
    count: u64,
    target: Option<String>,
    secrets: Vec<Secrets>,
    notes: Vec<String>,
}

/// All runs of a load.
struct LevelRuns {
    load: f64,
    /// Those that count.
    trials: Vec<Trial>,
    /// How many folders there are of it.
    folders: usize,
}

/// What a search came to.
pub(super) struct Climbed {
    pub(super) answer: Answer,
    pub(super) target: String,
    /// What is not to be found in any file.
    pub(super) secrets: Vec<Secrets>,
    /// What else to know, a sentence each.
    pub(super) notes: Vec<String>,
    /// Clauses that were violated, and in how many levels.
    pub(super) violated: Vec<(ClauseId, usize)>,
}

impl<'a> Climb<'a> {
    pub(super) fn new(args: &'a CapacityArgs, asked: &'a Asked, out: &Path) -> Self {
        Self {
            args,
            asked,
            levels: out.join("levels"),
            search: Search::new(asked.range).asking(asked.at_least),
            runs: Vec::new(),
            count: 0,
            target: None,
            secrets: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Runs level after level, until the search is over or a person ends it.
    ///
    /// # Errors
    /// What kept the first level from being run.
    pub(super) fn climb(
        mut self,
        planner: &mut Planner<'_>,
        signals: &mut Signals,
        err: &mut dyn Write,
    ) -> Result<Climbed, Refusal> {
        let series = Stop::default();
        signals.series_begins(&series);
        while let Next::Run { load, near, .. } = self.search.next() {
            if series.reason() == Some(StopReason::Interrupted) {
                let told = "it was interrupted between two levels".to_owned();
                self.search.stop(Ended { by: EndedBy::Interrupted, told });
                break;
            }
            self.level((load, near), planner, signals, err)?;
        }
        Ok(self.over())
    }

    /// Runs a load once, and again with more devices where it seems to take more.
    fn level(
        &mut self,
        (load, is_near): (f64, bool),
        planner: &mut Planner<'_>,
        signals: &Signals,
        err: &mut dyn Write,
    ) -> Result<(), Refusal> {
        loop {
            let began_at = Instant::now();
            let done = match self.run((load, is_near), planner, signals, err) {
                Ok(done) => done,
                Err(end) => return self.end(end),
            };
            self.secrets.push(done.secrets);
            self.target.get_or_insert_with(|| target(self.args, &done.record));
            let trial = done.trial;
            self.learn(load, &trial, planner);
            let Some(why) = self.shortage(load, &trial) else {
                let cap = planner.held_back(load, trial.measured.as_ref());
                self.conclude(load, trial, began_at, err);
                if let Some(told) = cap {
                    self.search.stop(Ended { by: EndedBy::Cap, told });
                }
                return Ok(());
            };
            if !planner.widen(load) {
                self.search.stop(Ended { by: EndedBy::Cap, told: why });
                return Ok(());
            }
            let told = format!("{why}; it was run again with more");
            // Where even stderr is closed, nobody is there to be told.
            let _ = writeln!(err, "{told}");
            self.notes.push(told);
        }
    }

    fn learn(&self, load: f64, trial: &Trial, planner: &mut Planner<'_>) {
        if let Some(metric) = self.asked.objectives.main_metric()
            && let Some(measured) = &trial.measured
            && let Some(latency) = measured.latency(metric)
        {
            planner.learn(load, latency.count() as f64 / measured.seconds());
        }
    }

    /// Why a run shows that there were too few devices; `None` where it does not.
    fn shortage(&self, load: f64, trial: &Trial) -> Option<String> {
        let is_meant = self.asked.range.by == By::Rate && trial.is_sound();
        is_meant.then(|| shortage(load, &self.asked.objectives, trial)).flatten()
    }

    /// Tells the search what all attempts at a load show. One that a person broke off is of no use to those
    /// before it.
    fn conclude(&mut self, load: f64, trial: Trial, began_at: Instant, err: &mut dyn Write) {
        let by = self.asked.range.by;
        let is_interrupted = trial.is_interrupted;
        if let Some(known) = self.of(load).filter(|one| !is_interrupted || one.trials.is_empty()) {
            known.trials.push(trial);
        }
        let level = self.judged(load);
        if is_interrupted {
            let told = format!("it was interrupted at {}", by.told(load));
            self.search.stop(Ended { by: EndedBy::Interrupted, told });
        } else {
            let told = words::level(self.nth(load), by, &level, began_at.elapsed());
            // Where even stderr is closed, nobody is there to be told.
            let _ = writeln!(err, "{told}");
        }
        self.search.seen(level);
    }

    /// Runs a load once.
    fn run(
        &mut self,
        (load, is_near): (f64, bool),
        planner: &Planner<'_>,
        signals: &Signals,
        err: &mut dyn Write,
    ) -> Result<LevelDone, End> {
        let plan = planner.plan(load, is_near);
        // Each run draws anew, so that attempts are independent of each other.
        let seed = self.asked.seed.wrapping_add(self.count);
        planner.check(&plan, seed).map_err(|refusal| End { by: EndedBy::Cap, refusal })?;
        let name = self.name(load);
        let args = planner.run_args(&plan, Some(self.levels.join(&name)), seed);
        let folder = Path::new("levels").join(&name);
        let run = LevelRun {
            args: &args,
            plan: &plan,
            warm_up: self.args.warm_up,
            objectives: &self.asked.objectives,
            folder: &folder,
        };
        self.count += 1;
        run.play(signals, err).map_err(|refusal| End { by: EndedBy::Error, refusal })
    }

    /// The search cannot go on; before the first level is done, there is none.
    fn end(&mut self, End { by, refusal }: End) -> Result<(), Refusal> {
        if self.runs.iter().all(|one| one.trials.is_empty()) {
            return Err(refusal);
        }
        let refusal = refusal.without_secrets(&self.args.endpoint);
        let told = refusal.text.trim_start_matches("error: ").trim_end().to_owned();
        let by = if refusal.exit == Exit::Bug { EndedBy::Error } else { by };
        self.search.stop(Ended { by, told });
        Ok(())
    }

    fn of(&mut self, load: f64) -> Option<&mut LevelRuns> {
        self.runs.iter_mut().find(|one| one.load.total_cmp(&load).is_eq())
    }

    /// Which level a load is, from 1, in the order in which they were run.
    fn nth(&self, load: f64) -> usize {
        let place = self.runs.iter().position(|one| one.load.total_cmp(&load).is_eq());
        place.unwrap_or(self.runs.len()) + 1
    }

    /// The name of the next folder of a load: `05-120`, and `05-120-2` of its second run.
    fn name(&mut self, load: f64) -> String {
        if self.of(load).is_none() {
            self.runs.push(LevelRuns { load, trials: Vec::new(), folders: 0 });
        }
        let nth = self.nth(load);
        let folders = self.of(load).map_or(1, |known| {
            known.folders += 1;
            known.folders
        });
        let name = format!("{nth:02}-{}", words::figure(load));
        if folders == 1 { name } else { format!("{name}-{folders}") }
    }

    fn judged(&mut self, load: f64) -> Level {
        let trials = self.of(load).map(|known| known.trials.clone()).unwrap_or_default();
        judge(self.asked.range.by, load, &self.asked.objectives, &trials)
    }

    fn over(self) -> Climbed {
        let mut violated: Vec<(ClauseId, usize)> = Vec::new();
        for level in &self.runs {
            let mut ids: Vec<_> = level.trials.iter().flat_map(|one| &one.violated).collect();
            ids.sort();
            ids.dedup();
            for id in ids {
                match violated.iter_mut().find(|(known, _)| known == id) {
                    Some((_, levels)) => *levels += 1,
                    None => violated.push((*id, 1)),
                }
            }
        }
        Climbed {
            answer: self.search.answer(),
            target: self.target.unwrap_or_default(),
            secrets: self.secrets,
            notes: self.notes,
            violated,
        }
    }
}

/// Why a search cannot go on.
struct End {
    by: EndedBy,
    refusal: Refusal,
}

impl Trial {
    /// Whether it can show that there were too few devices.
    fn is_sound(&self) -> bool {
        self.attempt.valid
            && !self.is_interrupted
            && self.aborted.is_none()
            && self.throttling.is_none()
    }
}

/// Against what, for all levels: an embedded server is another one for each.
fn target(args: &CapacityArgs, record: &RunRecord) -> String {
    let is_embedded = record.target.contains("(embedded");
    if is_embedded && args.endpoint.target.is_none() {
        "an embedded reference server, another one for each level".to_owned()
    } else {
        record.target.clone()
    }
}
