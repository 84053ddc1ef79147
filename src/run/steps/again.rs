//! Requests that are made more than once: until their answer is what is expected, or as their connection
//! was lost.

use std::rc::Rc;
use std::time::Duration;

use crate::protocol::{Frame, Request};
use crate::run::flow::Flow;
use crate::scenario::Step;

use super::Miss;

/// How long an idempotent request waits before it is made again.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

impl Flow {
    /// Again and again until its answer is what is expected, or the time is up.
    pub(super) async fn ask_until_met(
        &self,
        step: &Step,
        request: Request,
        (time, retries): (Duration, u32),
        turn: u64,
    ) -> Result<Rc<Frame>, Miss> {
        let deadline = self.worker.world.clock.now() + time;
        loop {
            let asked = self.ask_again(step, request.clone(), retries, turn).await;
            let again_at = self.worker.world.clock.now() + AGAIN_AFTER;
            if !matches!(asked, Err(Miss::Unmet(_))) || again_at > deadline {
                return asked;
            }
            if !self.wait_until(again_at).await {
                return Err(Miss::Skipped);
            }
        }
    }

    /// Sends a request, and again so often where it was cut off with its connection.
    pub(super) async fn ask_again(
        &self,
        step: &Step,
        request: Request,
        retries: u32,
        turn: u64,
    ) -> Result<Rc<Frame>, Miss> {
        for nth in 0..retries {
            match self.ask_once(step, request.clone(), nth > 0, turn).await {
                Err(Miss::CutOff) => {}
                asked => return asked,
            }
        }
        self.ask_once(step, request, retries > 0, turn).await
    }

    /// Waits until the actor of a step is back; where its session turns out to be over, the step is
    /// skipped.
    pub(super) async fn back_in_session(&self, step: &Step) -> Result<(), Miss> {
        let player = self.player(step.by);
        if !self.is_away(player) {
            return Ok(());
        }
        let had_one = self.session(step.by).is_some();
        self.back(player).await;
        let is_over = had_one && self.session(step.by).is_none();
        if is_over { Err(Miss::Skipped) } else { Ok(()) }
    }
}
