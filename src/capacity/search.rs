//! Which load to try next: geometric steps up to the first one that is not carried, then bisection.

use super::sides::Sides;
use super::{Ended, EndedBy, Knee, Level, LevelOutcome, Range, Shortfall};
use crate::metrics::{Counted, Measure};

/// A search under way.
///
/// Whatever a level shows, loads below the highest one that was kept are not tried again but for both sides
/// of the knee themselves. So levels that were kept lie below those that were not, always.
#[derive(Clone, Debug)]
pub struct Search {
    range: Range,
    asked: Option<f64>,
    levels: Vec<Level>,
    stopped: Option<Ended>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Run this load: the attempt with this number, from 1; earlier ones are told of together with it.
    Run {
        /// The load.
        load: f64,
        /// Which attempt.
        attempt: usize,
        /// Whether the level is near the knee, where it is worth a longer look.
        near: bool,
    },
    /// It is over.
    Over(Ended),
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Every level, by load, ascending.
    pub levels: Vec<Level>,
    /// What ended it.
    pub ended: Ended,
    /// Where objectives stop being kept.
    pub knee: Option<Knee>,
    /// The highest load that kept them.
    pub carried: Option<f64>,
    /// What to know before the answer is believed, a sentence each.
    pub notes: Vec<String>,
}

/// How often a level is run that ends the steps up, or the search, by not being carried. A disturbance makes
/// a level worse, hardly ever better: what was kept needs no second look unless it is uncertain.
const LOOKS_AT_A_MISS: usize = 2;

/// The generator's own limit is no answer to anything: it is found this closely, and no closer.
const GENERATOR_PRECISION: f64 = 0.1;

impl Search {
    /// One that has seen nothing.
    pub fn new(range: Range) -> Self {
        Self { range, asked: None, levels: Vec::new(), stopped: None }
    }

    /// One that tries this load itself, too, once it is known to be near the knee: what is carried is
    /// held against it.
    pub fn asking(self, at_least: Option<f64>) -> Self {
        Self { asked: at_least, ..self }
    }

    /// What to do next, by what was seen so far.
    pub fn next(&self) -> Next {
        let over = |ended: &Ended| Next::Over(ended.clone());
        self.stopped.as_ref().map_or_else(|| self.wanted(), over)
    }

    /// A level was run; of a load that was told before, this takes its place, all attempts together.
    pub fn seen(&mut self, level: Level) {
        let place = self.levels.partition_point(|known| known.load < level.load);
        match self.levels.get_mut(place) {
            Some(known) if known.load <= level.load => *known = level,
            _ => self.levels.insert(place, level),
        }
    }

    /// The search ends here, for a reason of the caller's: a cap, a person.
    pub fn stop(&mut self, ended: Ended) {
        self.stopped = Some(ended);
    }

    /// What it came to so far.
    pub fn answer(&self) -> Answer {
        let sides = Sides::of(&self.levels);
        let ended = match self.next() {
            Next::Over(ended) => ended,
            Next::Run { load, .. } => {
                let load = self.range.by.told(load);
                let told = format!("it was left before {load} was run");
                Ended { by: EndedBy::Interrupted, told }
            }
        };
        Answer {
            levels: self.levels.clone(),
            ended,
            knee: Knee::of(&self.levels, self.range.by),
            carried: sides.low.map(|level| level.load),
            notes: self.notes(&sides),
        }
    }

    fn wanted(&self) -> Next {
        let sides = Sides::of(&self.levels);
        let broken = self.levels.iter().find(|level| level.outcome == LevelOutcome::BrokenOff);
        if let Some(level) = broken {
            let load = self.range.by.told(level.load);
            let told = format!("{load} was broken off: {}", level.told);
            return Next::Over(Ended { by: EndedBy::Interrupted, told });
        }
        let at_once = |level: &&Level| level.is_close() && self.has_attempts(level);
        if let Some(level) = sides.each().find(at_once).or_else(|| self.first_miss(&sides)) {
            return again(level);
        }
        match self.fresh(&sides).filter(|_| self.levels.len() < self.range.most_levels) {
            Some(load) => Next::Run { load, attempt: 1, near: self.is_near(&sides) },
            None => match sides.each().find(|level| self.is_worth_a_look(level)) {
                Some(level) => again(level),
                None => Next::Over(self.ended(&sides)),
            },
        }
    }

    /// The level that ended the steps up, where it was run once: were it disturbed, all levels to follow would
    /// look for the knee where it is not.
    fn first_miss<'a>(&self, sides: &Sides<'a>) -> Option<&'a Level> {
        let (low, high) = (sides.low?, sides.high()?);
        let steps = self.range.steps();
        let is_a_step = steps.windows(2).any(|step| step == [low.load, high.load]);
        (is_a_step && self.is_worth_a_look(high)).then_some(high)
    }

    /// The load that tells most of those that were not tried yet; `None` where none is left to try.
    fn fresh(&self, sides: &Sides<'_>) -> Option<f64> {
        let (Some(low), Some(high)) = (sides.low, sides.high()) else {
            let below = sides.low.map_or(f64::NEG_INFINITY, |low| low.load);
            let step_up = || self.range.steps().into_iter().find(|step| *step > below);
            return if sides.high().is_none() { step_up() } else { None };
        };
        let asked = self.asked.filter(|asked| low.load < *asked && *asked < high.load);
        let precision = match high.outcome {
            LevelOutcome::Invalid => self.range.precision.max(GENERATOR_PRECISION),
            _ => self.range.precision,
        };
        asked.or_else(|| self.range.between(low.load, high.load, precision))
    }

    fn is_near(&self, sides: &Sides<'_>) -> bool {
        let is_only_one = self.range.from >= self.range.to;
        is_only_one || (sides.low.is_some() && sides.high().is_some())
    }

    fn has_attempts(&self, level: &Level) -> bool {
        level.attempts.len() < self.range.most_attempts
    }

    /// Whether a level that the answer rests on is to be run again first. Throttling is no disturbance.
    fn is_worth_a_look(&self, level: &Level) -> bool {
        let is_throttled = level.shortfall == Some(Shortfall::Throttling);
        let is_miss = level.outcome != LevelOutcome::Kept && !is_throttled;
        let is_to_confirm = is_miss && level.attempts.len() < LOOKS_AT_A_MISS;
        self.has_attempts(level) && (level.is_uncertain() || is_to_confirm)
    }

    /// What ends it, where there is nothing left to do.
    fn ended(&self, sides: &Sides<'_>) -> Ended {
        let told = |level: &Level| self.range.by.told(level.load);
        let fell = |level: &Level| format!("at {} {}", told(level), level.told);
        let (by, told) = match (sides.low, sides.high()) {
            (_, Some(high)) if high.outcome == LevelOutcome::Invalid => {
                let why = format!("{} the generator itself could not keep up", told(high));
                (EndedBy::Generator, format!("at {why}: {}", high.told))
            }
            (None, Some(high)) => {
                let lowest =
                    format!("the lowest load that was tried was not carried: {}", fell(high));
                (EndedBy::Bottom, lowest)
            }
            _ if self.fresh(sides).is_some() => {
                let levels = self.levels.len();
                (EndedBy::Levels, format!("no more than {levels} levels were allowed"))
            }
            (Some(low), Some(high)) => match stopped_by(high) {
                EndedBy::Precision => {
                    let sides = format!("{} and {}", told(low), told(high));
                    (EndedBy::Precision, format!("{sides} are as close as was asked for"))
                }
                by => (by, fell(high)),
            },
            (low, None) => {
                let highest = low.map(told).unwrap_or_default();
                (EndedBy::Top, format!("{highest}, the highest load of the range, was carried"))
            }
        };
        Ended { by, told }
    }

    fn notes(&self, sides: &Sides<'_>) -> Vec<String> {
        let uncertain = sides.each().filter(|level| level.is_uncertain());
        let told = |level: &Level| {
            let (load, runs) = (self.range.by.told(level.load), level.attempts.len());
            let times = if runs == 1 { "one run" } else { &format!("{runs} runs") };
            format!(
                "{load} is decided by its figure alone, uncertain after {times}: {}",
                level.told
            )
        };
        uncertain.map(told).collect()
    }
}

fn again(level: &Level) -> Next {
    Next::Run { load: level.load, attempt: level.attempts.len() + 1, near: true }
}

/// What stops a search at a load that is not carried: errors and throttling by name.
fn stopped_by(high: &Level) -> EndedBy {
    let is_errors = |measure: &Measure| {
        matches!(measure, Measure::Share(Counted::Errors) | Measure::PerSecond(Counted::Errors))
    };
    let mut missed = high.objectives.iter().filter(|it| !it.is_kept());
    match high.shortfall {
        Some(Shortfall::Errors) => EndedBy::Errors,
        Some(Shortfall::Throttling) => EndedBy::Throttling,
        Some(Shortfall::Dropped) => EndedBy::Precision,
        None => match missed.find_map(|it| it.threshold()) {
            Some(threshold) if is_errors(threshold.measure()) => EndedBy::Errors,
            _ => EndedBy::Precision,
        },
    }
}
