//! One flow instance: its devices, what it has saved, and its way from connect to close.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use tokio::sync::Notify;

use crate::conformance::{Limits, Monitor, Scope};
use crate::protocol::SessionId;
use crate::scenario::{Action, ActorIndex, Habit, Pick, Scenario, Settings, Slot, Step};

use super::course::Last;
use super::lapse::Lapse;
use super::plan::ScenarioPlan;
use super::player::Player;
use super::ring::Ring;
use super::tally::Tally;
use super::term::Term;
use super::witness::Witness;
use super::worker::Worker;

/// One flow instance.
pub(super) struct Flow {
    pub(super) worker: Rc<Worker>,
    pub(super) scenario: Arc<Scenario>,
    pub(super) tally: Rc<Tally>,
    pub(super) witness: Rc<Witness>,
    pub(super) lapse: Lapse,
    pub(super) term: Term,
    pub(super) players: Vec<Player>,
    pub(super) iteration: Cell<u64>,
    /// When the next request was planned to leave, where a schedule has it.
    pub(super) planned_at: Cell<Option<Duration>>,
    /// How long the run's bound on sends has held it back, in all.
    pub(super) held: Cell<Duration>,
    pub(super) row: Cell<usize>,
    /// Whether the rest of what is played is left out, as there is no time for it.
    pub(super) is_given_up: Cell<bool>,
    /// Told whenever a player that was away has come back, or was given up.
    pub(super) returned: Notify,
    /// The last iteration in which a player was away.
    pub(super) disturbed_in: Cell<Option<u64>>,
    /// How its last flow went.
    pub(super) last: Last,
    pub(super) instance: u32,
    plan_index: usize,
    /// The session that was opened last, by tenant.
    sessions: RefCell<Vec<Option<SessionId>>>,
    saved: RefCell<Vec<Option<Value>>>,
    random: RefCell<StdRng>,
}

impl Flow {
    pub(super) fn new(worker: Rc<Worker>, plan_index: usize, instance: u32) -> Self {
        let plan = &worker.plan.scenarios[plan_index];
        let scenario = Arc::clone(&plan.scenario);
        let tally = worker.tally(plan_index);
        let schemas = Arc::clone(&worker.plan.schemas);
        let monitor = Monitor::new(schemas, worker.limits(plan_index), scope(&scenario));
        let seed = mix(worker.plan.seed, plan_index as u64, instance.into());
        let lapse =
            Lapse::new(Arc::clone(&worker.plan), worker.stop.clone(), worker.limits(plan_index));
        let players: Vec<_> =
            (0..plan.devices_each()).map(|nth| Player::new(&worker, plan, instance, nth)).collect();
        let at_desks = players.iter().filter(|player| player.desk.is_some());
        let at_desks: Vec<_> = at_desks.map(|player| player.no).collect();
        let ring = Ring::of(&worker.plan, &at_desks);
        let watch = worker.plan.watch.clone();
        Self {
            players,
            witness: Rc::new(Witness::new(
                Rc::clone(&tally),
                monitor,
                at_desks,
                ring,
                watch,
                lapse.clone(),
            )),
            lapse,
            iteration: Cell::new(0),
            planned_at: Cell::new(None),
            held: Cell::default(),
            row: Cell::new(0),
            is_given_up: Cell::default(),
            returned: Notify::new(),
            disturbed_in: Cell::default(),
            last: Last::default(),
            term: Term::new(scenario.settings.grace),
            sessions: RefCell::new(vec![None; scenario.tenants]),
            saved: RefCell::new(vec![None; scenario.slots]),
            random: RefCell::new(StdRng::seed_from_u64(seed)),
            plan_index,
            instance,
            scenario,
            tally,
            worker,
        }
    }

    /// The row of data of this iteration; `None` where they are used up.
    pub(super) fn row(&self) -> Option<usize> {
        let Some(data) = &self.scenario.data else { return Some(0) };
        let nth = self.plan().nth_iteration(self.instance, self.iteration.get());
        let n_rows = data.rows.len() as u64;
        let row = match data.pick {
            Pick::Sequential => Some(nth % n_rows),
            Pick::Once => (nth < n_rows).then_some(nth),
            Pick::Random => Some(self.random() % n_rows),
        };
        row.and_then(|row| usize::try_from(row).ok())
    }

    /// A column of this iteration's row of data.
    pub(super) fn data(&self, column: usize) -> Option<&str> {
        let data = self.scenario.data.as_ref()?;
        data.rows.get(self.row.get())?.get(column).map(String::as_str)
    }

    /// Waits at a barrier of the scenario.
    pub(super) async fn barrier(&self, barrier: usize) {
        self.worker.barrier(self.plan_index, barrier).wait().await;
    }

    /// An instance comes to no barrier any more.
    pub(super) fn leave_barriers(&self) {
        self.worker.leave_barriers(self.plan_index);
    }

    /// Waits for an instant; whether it came. Once no flow begins any more, what lies beyond the grace
    /// period is not waited for, and the rest is given up.
    pub(super) async fn wait_until(&self, at: Duration) -> bool {
        self.wait_within(at, at).await
    }

    /// The same, where what is waited for goes on until `ends_at`.
    pub(super) async fn wait_within(&self, at: Duration, ends_at: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.term.too_short_for(ends_at) => {
                self.is_given_up.set(true);
                false
            }
            () = self.worker.world.clock.wake_at(at) => true,
        }
    }

    /// Waits until all instances of the scenario are ready for its plan, or have given up; when that
    /// was, or `None` where the run is stopped before.
    pub(super) async fn line_up(&self) -> Option<Duration> {
        let (line, now) = (self.worker.line(self.plan_index), || self.worker.world.clock.now());
        if self.scenario.exclusive {
            // One instance holds the tenant that the next one waits for.
            return Some(line.begin(now));
        }
        tokio::select! {
            biased;
            () = self.term.over() => None,
            began_at = line.cross(now) => Some(began_at),
        }
    }

    /// Waits for the instant at which something may begin; whether it came while anything may.
    pub(super) async fn wait_to_begin(&self, at: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.term.over() => false,
            () = self.worker.world.clock.wake_at(at) => true,
        }
    }

    pub(super) fn plan(&self) -> &ScenarioPlan {
        &self.worker.plan.scenarios[self.plan_index]
    }

    pub(super) fn player(&self, actor: ActorIndex) -> &Player {
        &self.players[actor.0]
    }

    /// The session that steps of an actor speak of.
    pub(super) fn session(&self, actor: ActorIndex) -> Option<SessionId> {
        self.sessions.borrow()[self.scenario.actors[actor.0].tenant].clone()
    }

    pub(super) fn set_session(&self, actor: ActorIndex, session: Option<SessionId>) {
        self.sessions.borrow_mut()[self.scenario.actors[actor.0].tenant] = session;
    }

    pub(super) fn all_saved(&self) -> Ref<'_, Vec<Option<Value>>> {
        self.saved.borrow()
    }

    pub(super) fn saved(&self, slot: Slot) -> Option<Value> {
        self.saved.borrow().get(slot.0).cloned().flatten()
    }

    /// Another account than this one, where there is one.
    pub(super) fn another_account(&self, own: usize) -> Option<usize> {
        (0..self.worker.plan.accounts.len()).find(|account| *account != own)
    }

    pub(super) fn save(&self, slot: Slot, value: Option<Value>) {
        self.saved.borrow_mut()[slot.0] = value;
    }

    pub(super) fn random(&self) -> u64 {
        self.random.borrow_mut().next_u64()
    }
}

/// The limits of a scenario's flow instances.
pub(super) fn limits(settings: &Settings, epoch: Duration) -> Limits {
    Limits {
        response_timeout: settings.response_timeout,
        delivery_timeout: settings.delivery_timeout,
        ack_timeout: settings.ack_timeout,
        clock_tolerance: settings.clock_tolerance,
        idle_timeout: settings.idle_timeout,
        lifetime: settings.lifetime,
        close_codes: settings.close_codes.clone(),
        judges_ack: settings.ack == Habit::Expect,
        judges_own_echo: settings.own_echo == Habit::Expect,
        dialect: settings.dialect,
        epoch,
    }
}

fn scope(scenario: &Scenario) -> Scope {
    let lists = |step: &Step| matches!(step.action, Action::Messages { .. });
    Scope { keeps_history: scenario.steps().any(lists), is_alone: scenario.exclusive }
}

/// One seed for each flow instance, or another pair of numbers, by splitmix64's finalizer.
pub(super) fn mix(seed: u64, scenario: u64, instance: u64) -> u64 {
    let mut x = seed ^ (scenario << 32 | instance).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
