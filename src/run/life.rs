//! The life of a flow instance: from connect to close, and what becomes of it where that takes too
//! long.
//!
//! It knows no steps. Start from [`Flow::play`].

use std::rc::Rc;
use std::time::Duration;

use tokio::task::{JoinError, spawn_local};

use crate::device::by;

use super::flow::Flow;
use super::starts::Starts;
use super::tenancy::Held;

/// How long the connections of an instance that was cut off may take to close.
const LAST_WORD: Duration = Duration::from_secs(2);

impl Flow {
    /// Plays the flow instance, from connect to close.
    ///
    /// # Errors
    /// A flow that panicked, which is a bug.
    pub(super) async fn play(
        self: Rc<Self>,
        began_at: Duration,
        starts: Option<Rc<Starts>>,
    ) -> Result<(), JoinError> {
        if let Some((held, began_at)) = Box::pin(self.begin(began_at)).await {
            // As a task of its own it can be cut off wherever it waits, and what cuts it off costs
            // nothing meanwhile.
            let mut life = spawn_local(Rc::clone(&self).live(began_at, starts));
            let ended = tokio::select! {
                biased;
                ended = &mut life => ended,
                never = self.keep_connected() => match never {},
                () = self.term.run_out(&self.worker.stop, &*self.worker.world.clock) => {
                    life.abort();
                    life.await
                }
            };
            match ended {
                Err(error) if error.is_cancelled() => Box::pin(self.cut_off()).await,
                ended => {
                    ended?;
                    Box::pin(self.leave()).await;
                }
            }
            drop(held);
        }
        self.leave_barriers();
        self.tally.with(|interval| interval.finished += 1);
        Ok(())
    }

    /// Waits until the instance may begin: for its time, then for its accounts. What it holds of them,
    /// and since when its scenario and its ramp would have begun without that wait; `None` where the
    /// run is stopped before.
    async fn begin(&self, began_at: Duration) -> Option<(Held<'_>, [Duration; 2])> {
        let (clock, stop) = (&self.worker.world.clock, &self.worker.stop);
        let begins = async {
            let ramp_at = self.plan().ramp(self.worker.plan.connects_per_s()).start(self.instance);
            let wanted_at = self.plan().course.first_turn(self.instance).max(ramp_at);
            clock.wake_at(began_at + wanted_at).await;
            let asked_at = clock.now();
            if !self.plan().is_alone {
                // Without a load there is no heartbeat that would tell.
                let late = asked_at.saturating_sub(began_at + wanted_at);
                self.tally.with(|interval| interval.recorder.late_by(late));
            }
            let accounts = self.worker.plan.accounts_of(self.plan(), self.instance);
            let held = self.worker.tenancy.hold(accounts, self.scenario.exclusive).await;
            // To wait for a tenant is no lateness of the generator.
            let began_at = began_at + clock.now().saturating_sub(asked_at);
            (held, [began_at, began_at + wanted_at.saturating_sub(ramp_at)])
        };
        tokio::select! {
            biased;
            () = stop.stopped() => None,
            begun = begins => Some(begun),
        }
    }

    async fn live(
        self: Rc<Self>,
        [began_at, ramp_began_at]: [Duration; 2],
        starts: Option<Rc<Starts>>,
    ) {
        let entering = self.worker.transit.enter();
        if !self.connect_all(ramp_began_at).await {
            return;
        }
        self.steps(&self.scenario.setup, 0).await;
        drop(entering);
        self.iterate(began_at, starts.as_deref()).await;
        let is_given_up = self.is_given_up.replace(false);
        self.tally.with(|interval| interval.early.given_up += u64::from(is_given_up));
        let _leaving = self.worker.transit.enter();
        self.steps(&self.scenario.teardown, 0).await;
        self.witness.settle(&*self.worker.world.clock).await;
    }

    async fn leave(&self) {
        let _leaving = self.worker.transit.enter();
        self.tidy().await;
        self.close_all().await;
    }

    /// Leaves where there was no time to finish: requests under way are given up, and what comes now
    /// is neither judged nor measured.
    async fn cut_off(&self) {
        let clock = &*self.worker.world.clock;
        let devices: Vec<_> = self.players.iter().filter_map(|player| player.device()).collect();
        self.tally.with(|interval| interval.early.cut_off += 1);
        self.count_unanswered();
        self.witness.give_up(clock.now());
        self.tidy().await;
        if by(clock, clock.now() + LAST_WORD, self.close_all()).await.is_none() {
            devices.iter().for_each(|device| device.abandon());
        }
    }
}
