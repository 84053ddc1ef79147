//! Holds sends back to the run's bound on them.

use std::time::Duration;

use crate::run::flow::Flow;
use crate::run::pace::GRAIN;

use super::Miss;

impl Flow {
    /// Waits until another message may be sent in the run; how long that took, by which planned
    /// instants shift.
    pub(in crate::run) async fn turn_to_send(&self) -> Result<Duration, Miss> {
        if !self.worker.pace.sends.is_bounded() {
            return Ok(Duration::ZERO);
        }
        let clock = &*self.worker.world.clock;
        let asked_at = clock.now();
        let turn_at = self.worker.pace.sends.turn(asked_at, asked_at);
        if turn_at <= asked_at + GRAIN {
            return Ok(Duration::ZERO);
        }
        self.tally.with(|interval| interval.held_back += 1);
        if !self.wait_until(turn_at).await {
            return Err(Miss::Skipped);
        }
        let held = clock.now().saturating_sub(asked_at);
        self.held.set(self.held.get() + held);
        Ok(held)
    }
}
