//! One worker: its share of the shard's flow instances, on one thread.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use tokio::sync::{Barrier, Semaphore};
use tokio::task::{JoinError, JoinSet};

use crate::conformance::Limits;
use crate::device::{Device, World};
use crate::load::{Deal, Share as StartShare};

use super::barrier::{Barriers, FlowBarrier};
use super::event::RunEvent;
use super::flow::{self, Flow};
use super::pace::{Pace, handshakes};
use super::plan::{Course, RunPlan};
use super::pulse::{Pulse, Transit};
use super::skew::Skew;
use super::start_line::StartLine;
use super::starts::Starts;
use super::stop::Stop;
use super::tally::Tally;
use super::tenancy::Tenancy;

/// What a worker is given.
pub(super) struct Share {
    pub(super) plan: Arc<RunPlan>,
    /// Which worker it is, from 0.
    pub(super) no: usize,
    pub(super) events: Sender<RunEvent>,
    pub(super) stop: Stop,
    pub(super) tenancy: Arc<Tenancy>,
    pub(super) barriers: Arc<Barriers>,
    /// Keeps workers together where one scenario ends and the next begins.
    pub(super) together: Arc<Barrier>,
    /// A permit for each scenario without a load that may run at once.
    pub(super) jobs: Arc<Semaphore>,
    /// How fast all workers together may go.
    pub(super) pace: Arc<Pace>,
    /// Whether it is watched how it keeps up; in simulated time nothing is ever late.
    pub(super) has_pulse: bool,
}

/// A worker at work. All its flows share it.
pub(super) struct Worker {
    pub(super) plan: Arc<RunPlan>,
    pub(super) world: World,
    pub(super) stop: Stop,
    pub(super) tenancy: Arc<Tenancy>,
    pub(super) pace: Arc<Pace>,
    /// Its flow instances on their way in or out.
    pub(super) transit: Rc<Transit>,
    has_pulse: bool,
    /// A permit for each handshake that may be under way at once.
    pub(super) handshakes: Semaphore,
    jobs: Arc<Semaphore>,
    barriers: Arc<Barriers>,
    no: usize,
    events: Sender<RunEvent>,
    /// When it last handed over what it has measured.
    flushed_at: Cell<Duration>,
    has_told_skew: Cell<bool>,
    tallies: Vec<Rc<Tally>>,
    limits: Vec<Rc<Limits>>,
}

impl Worker {
    /// Plays this worker's share of what the shard has of the run. It has to run inside a
    /// [`tokio::task::LocalSet`].
    ///
    /// # Errors
    /// A flow that panicked, which is a bug.
    pub(super) async fn work(share: Share, world: World) -> Result<(), JoinError> {
        let Share { plan, no, events, stop, tenancy, barriers, together, jobs, pace, has_pulse } =
            share;
        let tally = |scenario| Rc::new(Tally::new(&plan, scenario, events.clone()));
        let tallies = (0..plan.scenarios.len()).map(tally).collect();
        let limits = plan.scenarios.iter();
        let limits = limits.map(|plan| Rc::new(flow::limits(&plan.scenario.settings, world.epoch)));
        let limits = limits.collect();
        let handshakes = Semaphore::new(handshakes(plan.workers));
        let worker = Rc::new(Self {
            plan,
            world,
            stop,
            tenancy,
            pace,
            handshakes,
            transit: Rc::default(),
            has_pulse,
            jobs,
            barriers,
            no,
            events,
            flushed_at: Cell::default(),
            has_told_skew: Cell::default(),
            tallies,
            limits,
        });
        let flushing = tokio::task::spawn_local(Rc::clone(&worker).flush_regularly());
        let done = worker.phases(&together).await;
        flushing.abort();
        worker.flush();
        worker.tell(RunEvent::Done { worker: no });
        done
    }

    async fn phases(self: &Rc<Self>, together: &Barrier) -> Result<(), JoinError> {
        together.wait().await;
        let beside = self.beside().await;
        together.wait().await;
        beside?;
        let mut done = Ok(());
        for scenario in self.played(true) {
            let played = self.play(scenario, self.no, self.plan.workers).await;
            done = done.and(played);
            together.wait().await;
        }
        done
    }

    /// The scenarios of which the shard has flow instances, and that run alone or do not.
    fn played(&self, is_alone: bool) -> impl Iterator<Item = usize> {
        (0..self.plan.scenarios.len()).filter(move |scenario| {
            let plan = &self.plan.scenarios[*scenario];
            plan.is_alone == is_alone && plan.instances_in(self.plan.shard) > 0
        })
    }

    /// Scenarios without a load, side by side; each is one worker's.
    async fn beside(self: &Rc<Self>) -> Result<(), JoinError> {
        let mut playing = JoinSet::new();
        for (nth, scenario) in self.played(false).enumerate() {
            if nth % self.plan.workers == self.no {
                let worker = Rc::clone(self);
                playing.spawn_local(async move {
                    // The semaphore is never closed.
                    let _job = worker.jobs.acquire().await;
                    worker.play(scenario, 0, 1).await
                });
            }
        }
        all(playing).await
    }

    /// Plays what the `nth` of so many workers has of the shard's flow instances of a scenario.
    async fn play(
        self: &Rc<Self>,
        scenario: usize,
        nth: usize,
        of: usize,
    ) -> Result<(), JoinError> {
        let plan = &self.plan.scenarios[scenario];
        if !self.plan.has_accounts_for(&plan.scenario) {
            if nth == 0 {
                let (needed, given) = (plan.scenario.tenants, self.plan.accounts.len());
                let text = format!("skipped: it needs {needed} accounts, and there is {given}");
                self.tallies[scenario].trouble(&text);
            }
            return Ok(());
        }
        let began_at = self.world.clock.now();
        let own = plan.deal(self.plan.shard).turns(nth as u64, of as u64);
        let starts = self.starts(scenario, own);
        let mut playing = JoinSet::new();
        for instance in own.among(plan.instances) {
            let flow = Rc::new(Flow::new(Rc::clone(self), scenario, instance));
            playing.spawn_local(flow.play(began_at, starts.clone()));
            // Those that play already go on meanwhile.
            tokio::task::yield_now().await;
        }
        let is_watched = self.has_pulse && plan.is_alone;
        let pulse = is_watched.then(|| tokio::task::spawn_local(self.pulse(scenario).beat()));
        let done = all(playing).await;
        if let Some(pulse) = pulse {
            pulse.abort();
        }
        if let Some(starts) = starts.filter(|_| !self.stop.is_stopped()) {
            // Nobody is left who could make them.
            self.tallies[scenario].dropped(starts.drain());
        }
        done
    }

    fn pulse(&self, scenario: usize) -> Pulse {
        Pulse {
            worker: self.no,
            clock: Rc::clone(&self.world.clock),
            transit: Rc::clone(&self.transit),
            tally: self.tally(scenario),
        }
    }

    /// The planned starts of a scenario that are dealt to these instances of it.
    fn starts(&self, scenario: usize, own: Deal) -> Option<Rc<Starts>> {
        let plan = &self.plan.scenarios[scenario];
        let Course::Open(arrivals) = &plan.course else { return None };
        let seed = self.plan.seed.wrapping_add(scenario as u64);
        Some(Rc::new(Starts::new(arrivals, seed, StartShare::of(own, plan.instances))))
    }

    /// Where the instances of a scenario line up before their plan begins.
    pub(super) fn line(&self, scenario: usize) -> &StartLine {
        self.barriers.line(scenario)
    }

    pub(super) fn barrier(&self, scenario: usize, barrier: usize) -> &FlowBarrier {
        self.barriers.one(scenario, barrier)
    }

    /// An instance of a scenario is done, and comes to no barrier any more.
    pub(super) fn leave_barriers(&self, scenario: usize) {
        self.barriers.leave(scenario);
    }

    /// The limits of a scenario's flow instances.
    pub(super) fn limits(&self, scenario: usize) -> Rc<Limits> {
        Rc::clone(&self.limits[scenario])
    }

    pub(super) fn tally(&self, scenario: usize) -> Rc<Tally> {
        Rc::clone(&self.tallies[scenario])
    }

    /// Tells how this machine's clock stands to the server's, as the first connect that says so has it,
    /// where others run beside it.
    pub(super) fn note_clock_of(&self, device: &Device) {
        if !self.plan.is_concerted() || self.has_told_skew.get() {
            return;
        }
        if let Some(dated) = device.dated() {
            self.has_told_skew.set(true);
            self.tell(RunEvent::ClockSkew(Skew::of(dated, self.world.epoch)));
        }
    }

    /// Hands over what was measured as each second of the run ends.
    async fn flush_regularly(self: Rc<Self>) {
        let clock = Rc::clone(&self.world.clock);
        loop {
            clock.sleep_until(Duration::from_secs(clock.now().as_secs() + 1)).await;
            let ended = self.flush().as_secs();
            if let Some(second) = ended.checked_sub(1) {
                self.tell(RunEvent::Passed { worker: self.no, second });
            }
        }
    }

    /// Hands over what was measured since the last time, and says when that was. It is part of the
    /// second in its middle: on a busy worker a hand-over is late, and its second is not.
    fn flush(&self) -> Duration {
        let now = self.world.clock.now();
        let since = self.flushed_at.replace(now);
        let second = ((since + now) / 2).as_secs();
        for tally in &self.tallies {
            tally.flush(second);
        }
        now
    }

    fn tell(&self, event: RunEvent) {
        // The receiver outlives all workers; should it be gone, so is the run.
        let _ = self.events.send(event);
    }
}

async fn all(mut playing: JoinSet<Result<(), JoinError>>) -> Result<(), JoinError> {
    let mut done = Ok(());
    while let Some(one) = playing.join_next().await {
        done = done.and(one.and_then(|inner| inner));
    }
    done
}
