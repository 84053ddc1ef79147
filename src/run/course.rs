//! When a flow instance begins its flow again: as soon as it is done, as planned, or while it is
//! wanted. Where its load is over, it does not; nor where nobody is left to play it.

use std::cell::Cell;
use std::time::Duration;

use crate::load::Population;
use crate::scenario::{Action, Fault, Step, Until};

use super::flow::Flow;
use super::plan::Course;
use super::player::Player;
use super::starts::Starts;
use super::steps::{Miss, Outcome};

/// How long an instance waits that began a flow of which no step could be made.
const PAUSE: Duration = Duration::from_secs(1);

/// How the last flow of an instance went, as far as the next one depends on it.
#[derive(Debug, Default)]
pub(super) struct Last {
    /// Whether a step could be made, be it met or not.
    is_made: Cell<bool>,
    /// Whether it began without a connection, and none could be opened.
    is_stranded: Cell<bool>,
}

impl Last {
    /// Notes what became of a step.
    pub(super) fn note(&self, step: &Step, outcome: &Outcome) {
        if !matches!(outcome, Err(Miss::Skipped)) && does_something(step) {
            self.is_made.set(true);
        }
    }
}

impl Flow {
    /// Plays the flow as often as the plan has it.
    pub(super) async fn iterate(&self, began_at: Duration, starts: Option<&Starts>) {
        match (&self.plan().course, starts) {
            (Course::Closed(until), _) => self.loop_until(*until).await,
            (Course::Open(_), Some(starts)) => self.start_as_planned(starts).await,
            (Course::Open(_), None) => {}
            (Course::Staged(population), _) => self.play_while_wanted(began_at, population).await,
        }
    }

    /// Closed model: begins again when it is done.
    async fn loop_until(&self, until: Until) {
        let clock = &self.worker.world.clock;
        let began_at = clock.now();
        self.worker.plan.watch.begins(began_at);
        if let Until::Elapsed(time) = until {
            self.term.end_at(began_at + time);
        }
        loop {
            let goes_on = match until {
                Until::Iterations(times) => self.iteration.get() < u64::from(times),
                Until::Elapsed(time) => clock.now() < began_at + time,
            };
            if !goes_on || self.is_stranded() || !self.iterate_once().await {
                return;
            }
            if matches!(until, Until::Elapsed(_)) {
                self.pause_where_nothing_was_made().await;
            }
        }
    }

    /// Open model: takes the next planned start whenever it is idle.
    async fn start_as_planned(&self, starts: &Starts) {
        let Some(began_at) = self.line_up().await else { return };
        self.worker.plan.watch.begins(began_at);
        let mut held = Duration::ZERO;
        self.term.end_at(began_at + starts.over());
        loop {
            if self.is_stranded() {
                return;
            }
            let idle_at = self.worker.world.clock.now();
            let taken = starts.take(began_at, idle_at);
            self.tally.dropped(taken.map_or_else(|dropped| dropped, |start| start.dropped));
            let Ok(start) = taken else { break };
            if !self.wait_to_begin(start.at).await {
                return;
            }
            let now = self.worker.world.clock.now();
            // That nobody was idle before is for the latency to show, and no lateness of ours.
            let late = now.saturating_sub(start.at.max(idle_at));
            self.tally.with(|interval| interval.recorder.late_by(late));
            // Where sends are held back, a start that comes late for that is planned for later.
            let shift = held.min(now.saturating_sub(start.at));
            self.planned_at.set(Some(start.at + shift));
            let held_before = self.held.get();
            if !self.iterate_once().await {
                // Its rows are used up.
                self.tally.dropped(u64::from(!self.worker.stop.is_stopped()));
                return;
            }
            held = self.held.get().saturating_sub(held_before);
        }
        // Its devices stay connected for as long as the plan goes on.
        self.wait_to_begin(began_at + starts.end()).await;
    }

    /// Closed model in stages: plays while its stage has room for it, and is done when no later one has.
    async fn play_while_wanted(&self, began_at: Duration, population: &Population) {
        self.term.end_at(began_at + population.end());
        loop {
            let elapsed = self.worker.world.clock.now().saturating_sub(began_at);
            let Some(turn) = population.next_turn(self.instance, elapsed) else { return };
            let goes_on = if turn > elapsed {
                self.wait_to_begin(began_at + turn).await
            } else {
                let is_played = !self.is_stranded() && self.iterate_once().await;
                self.pause_where_nothing_was_made().await;
                is_played
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Plays the flow once; not where its load is over, or its data is used up.
    async fn iterate_once(&self) -> bool {
        if self.term.is_over() || self.is_given_up.get() {
            return false;
        }
        let Some(row) = self.row() else { return false };
        self.row.set(row);
        self.steps(&self.scenario.flow, 0).await;
        self.iteration.set(self.iteration.get() + 1);
        true
    }

    /// Whether a flow would find no connection, and open none, as the last one did; that one has told
    /// of it.
    fn is_stranded(&self) -> bool {
        let has_part = |player: &Player| player.is_connected() || self.is_away(player);
        let is_gone =
            !self.players.iter().any(has_part) && !self.scenario.flow.iter().any(opens_connection);
        let is_stranded = self.last.is_stranded.replace(is_gone) && is_gone;
        if is_stranded {
            self.tally.with(|interval| interval.early.stranded += 1);
        }
        is_stranded
    }

    /// Waits a little where the last flow was skipped whole, and so took no time.
    async fn pause_where_nothing_was_made(&self) {
        if !self.last.is_made.take() {
            self.wait_to_begin(self.worker.world.clock.now() + PAUSE).await;
        }
    }
}

/// Whether a step does more than to hold others together, or to let time pass.
fn does_something(step: &Step) -> bool {
    !matches!(
        step.action,
        Action::Think(_)
            | Action::Repeat { .. }
            | Action::ForEach { .. }
            | Action::Parallel(_)
            | Action::Barrier(_)
    )
}

/// Whether a step opens a connection, or one of those that it holds does.
fn opens_connection(step: &Step) -> bool {
    let opens = |step: &Step| match &step.action {
        Action::Connect { .. } | Action::Resume => true,
        Action::Fault(fault) => matches!(fault, Fault::SendBeforeAck(_)),
        _ => false,
    };
    step.with_inner().any(opens)
}
