//! When a flow instance begins its flow again: as soon as it is done, as planned, or while it is
//! wanted.

use std::time::Duration;

use crate::load::Population;
use crate::scenario::Until;

use super::flow::Flow;
use super::plan::Course;
use super::starts::Starts;

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
        loop {
            let goes_on = match until {
                Until::Iterations(times) => self.iteration.get() < u64::from(times),
                Until::Elapsed(time) => clock.now() < began_at + time,
            };
            if !goes_on || !self.iterate_once().await {
                return;
            }
        }
    }

    /// Open model: takes the next planned start whenever it is idle.
    async fn start_as_planned(&self, starts: &Starts) {
        let Some(began_at) = self.line_up().await else { return };
        let mut held = Duration::ZERO;
        loop {
            let taken = starts.take(began_at, self.worker.world.clock.now());
            self.tally.dropped(taken.map_or_else(|dropped| dropped, |start| start.dropped));
            let Ok(start) = taken else { break };
            self.wait_until(start.at).await;
            let late = self.worker.world.clock.now().saturating_sub(start.at);
            // Where sends are held back, a start that comes late for that is planned for later.
            let shift = held.min(late);
            self.tally.with(|interval| interval.recorder.late_by(late - shift));
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
        self.wait_until(began_at + starts.end()).await;
    }

    /// Closed model in stages: plays while its stage has room for it, and is done when no later one has.
    async fn play_while_wanted(&self, began_at: Duration, population: &Population) {
        loop {
            let elapsed = self.worker.world.clock.now().saturating_sub(began_at);
            let Some(turn) = population.next_turn(self.instance, elapsed) else { return };
            if turn > elapsed {
                self.wait_until(began_at + turn).await;
            }
            if self.worker.stop.is_stopped() {
                return;
            }
            if turn <= elapsed && !self.iterate_once().await {
                return;
            }
        }
    }

    /// Plays the flow once; not where the run is stopped, or its data is used up.
    async fn iterate_once(&self) -> bool {
        if self.worker.stop.is_stopped() {
            return false;
        }
        let Some(row) = self.row() else { return false };
        self.row.set(row);
        self.steps(&self.scenario.flow, 0).await;
        self.iteration.set(self.iteration.get() + 1);
        true
    }
}
