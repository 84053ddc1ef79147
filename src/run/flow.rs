//! One flow instance: its devices, what it has saved, and its way from connect to close.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use crate::conformance::{Limits, Monitor};
use crate::device::{Config, ConnectError, Device, Identity, Observer};
use crate::metrics::{ErrorKind, Layer};
use crate::protocol::{ConnectionNo, DeviceNo, RequestNo, SessionId};
use crate::scenario::{ActorIndex, Scenario, Settings, Slot, Until};

use super::plan::ScenarioPlan;
use super::tally::Tally;
use super::witness::Witness;
use super::worker::Worker;

/// How many events a device keeps for steps that await one.
const INBOX: usize = 256;

/// One flow instance.
pub(super) struct Flow {
    pub(super) worker: Rc<Worker>,
    pub(super) scenario: Arc<Scenario>,
    pub(super) tally: Rc<Tally>,
    pub(super) witness: Rc<Witness>,
    pub(super) players: Vec<Player>,
    pub(super) iteration: Cell<u64>,
    plan_index: usize,
    instance: u32,
    /// The session that was opened last, by tenant.
    sessions: RefCell<Vec<Option<SessionId>>>,
    saved: RefCell<Vec<Option<Value>>>,
    random: RefCell<StdRng>,
}

/// An actor with its device.
pub(super) struct Player {
    pub(super) no: DeviceNo,
    pub(super) device_id: String,
    identity: Identity,
    device: RefCell<Option<Rc<Device>>>,
    /// The messages it has sent lately.
    sent: RefCell<Vec<u64>>,
    /// Whether a step has told that its connection has ended.
    pub(super) is_told_gone: Cell<bool>,
}

/// How many messages of its own a player remembers.
const SENT_KEPT: usize = 64;

impl Flow {
    pub(super) fn new(worker: Rc<Worker>, plan_index: usize, instance: u32) -> Self {
        let plan = &worker.plan.scenarios[plan_index];
        let scenario = Arc::clone(&plan.scenario);
        let tally = worker.tally(plan_index);
        let schemas = Arc::clone(&worker.plan.schemas);
        let monitor = Monitor::new(schemas, limits(&scenario.settings));
        let seed = mix(worker.plan.seed, plan_index as u64, instance.into());
        let players =
            (0..plan.devices_each()).map(|nth| Player::new(&worker, plan, instance, nth)).collect();
        Self {
            players,
            witness: Rc::new(Witness::new(Rc::clone(&tally), monitor)),
            iteration: Cell::new(0),
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

    /// Plays the flow instance, from connect to close.
    pub(super) async fn play(&self, began_at: Duration) {
        let started_at =
            began_at + self.plan().ramp(self.worker.plan.connect_rate).start(self.instance);
        self.wait_until(started_at).await;
        let asked_at = self.worker.world.clock.now();
        let accounts = self.worker.plan.accounts_of(&self.scenario, self.instance);
        let _held = self.worker.tenancy.hold(accounts, self.scenario.exclusive).await;
        // To wait for a tenant is no lateness of the generator.
        let began_at = began_at + self.worker.world.clock.now().saturating_sub(asked_at);
        if !self.worker.stop.is_stopped() && self.connect_all(began_at).await {
            self.steps(&self.scenario.setup, 0).await;
            self.iterate().await;
            self.steps(&self.scenario.teardown, 0).await;
            self.witness.settle(&*self.worker.world.clock).await;
        }
        self.close_all().await;
        self.tally.with(|interval| interval.finished += 1);
    }

    async fn iterate(&self) {
        let clock = &self.worker.world.clock;
        let began_at = clock.now();
        loop {
            let goes_on = match self.plan().until {
                Until::Iterations(times) => self.iteration.get() < u64::from(times),
                Until::Elapsed(time) => clock.now() < began_at + time,
            };
            if !goes_on || self.worker.stop.is_stopped() {
                return;
            }
            self.steps(&self.scenario.flow, 0).await;
            self.iteration.set(self.iteration.get() + 1);
        }
    }

    /// Waits for an instant, or for the run to be stopped.
    pub(super) async fn wait_until(&self, at: Duration) {
        tokio::select! {
            biased;
            () = self.worker.stop.stopped() => {}
            () = self.worker.world.clock.sleep_until(at) => {}
        }
    }

    /// Connects every device at its time; whether all of them are.
    async fn connect_all(&self, began_at: Duration) -> bool {
        let ramp = self.plan().ramp(self.worker.plan.connect_rate);
        for (nth, player) in (0..).zip(&self.players) {
            let planned_at = began_at + ramp.connect(self.instance, nth);
            self.wait_until(planned_at).await;
            if self.worker.stop.is_stopped() {
                return false;
            }
            let late = self.worker.world.clock.now().saturating_sub(planned_at);
            self.tally.with(|interval| {
                interval.recorder.late_by(late);
                interval.recorder.totals_mut().devices += 1;
            });
            if let Err(error) = self.connect(player, planned_at).await {
                self.unconnected(&error);
                return false;
            }
        }
        true
    }

    async fn connect(&self, player: &Player, planned_at: Duration) -> Result<(), ConnectError> {
        let observer: Rc<dyn Observer> = Rc::clone(&self.witness) as Rc<dyn Observer>;
        let device = Device::connect(
            &self.worker.world,
            (&self.worker.plan.target, &player.identity),
            (player.no, ConnectionNo(0), RequestNo(0)),
            self.config(),
            (observer, planned_at),
        )
        .await?;
        self.worker.stop.connected();
        *player.device.borrow_mut() = Some(Rc::new(device));
        Ok(())
    }

    fn unconnected(&self, error: &ConnectError) {
        let (layer, kind) = layer_of(error);
        self.tally.error(layer, kind);
        self.tally.trouble(&format!("a device could not connect: {error}"));
        let missing = self.players.iter().filter(|player| player.device().is_none()).count();
        self.tally.with(|interval| interval.unconnected += missing as u64);
        self.worker.stop.refused(error, self.plan().devices());
    }

    async fn close_all(&self) {
        for player in &self.players {
            let device = player.device.borrow_mut().take();
            if let Some(device) = device {
                let overflowed = device.overflowed();
                for _ in 0..overflowed {
                    self.tally.error(Layer::Harness, ErrorKind::new("inbox_overflow"));
                }
                device.close(&*self.worker.world.clock).await;
            }
        }
    }

    fn config(&self) -> Config {
        let settings = &self.scenario.settings;
        Config {
            connect_timeout: settings.connect_timeout,
            response_timeout: settings.response_timeout,
            ping_every: settings.ping_every,
            inbox_capacity: if self.plan().awaits() { INBOX } else { 0 },
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

    pub(super) fn save(&self, slot: Slot, value: Option<Value>) {
        self.saved.borrow_mut()[slot.0] = value;
    }

    pub(super) fn random(&self) -> u64 {
        self.random.borrow_mut().next_u64()
    }
}

impl Player {
    fn new(worker: &Worker, plan: &ScenarioPlan, instance: u32, nth: u32) -> Self {
        let no = DeviceNo(plan.first_device + instance * plan.devices_each() + nth);
        let tenant = plan.scenario.actors[nth as usize].tenant;
        let device_id = format!("deskbell-{}-{no}", worker.plan.run_id);
        let account = worker.plan.accounts_of(&plan.scenario, instance)[tenant];
        let identity = Identity {
            token: Some(worker.plan.accounts[account].token.clone()),
            device_id: Some(device_id.clone()),
        };
        let (device, sent) = (RefCell::new(None), RefCell::default());
        Self { no, device_id, identity, device, sent, is_told_gone: Cell::new(false) }
    }

    pub(super) fn device(&self) -> Option<Rc<Device>> {
        self.device.borrow().clone()
    }

    /// Notes a message of its own.
    pub(super) fn has_sent(&self, id: u64) {
        let mut sent = self.sent.borrow_mut();
        if sent.len() == SENT_KEPT {
            sent.remove(0);
        }
        sent.push(id);
    }

    /// Whether a message is one of those it has sent lately.
    pub(super) fn sent(&self, id: u64) -> bool {
        self.sent.borrow().contains(&id)
    }
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        response_timeout: settings.response_timeout,
        delivery_timeout: settings.delivery_timeout,
    }
}

/// The layer that kept a device from connecting.
fn layer_of(error: &ConnectError) -> (Layer, ErrorKind) {
    use std::io::ErrorKind as Io;
    match error {
        ConnectError::Network(Io::ConnectionRefused) => {
            (Layer::Network, ErrorKind::new("connect_refused"))
        }
        ConnectError::Network(_) => (Layer::Network, ErrorKind::new("connect_failed")),
        ConnectError::Timeout => (Layer::Network, ErrorKind::new("connect_timeout")),
        ConnectError::Handshake => (Layer::Network, ErrorKind::new("handshake_invalid")),
        ConnectError::Refused(status) => {
            let layer = match status {
                401 | 403 => Layer::Authorizer,
                429 => Layer::Gateway,
                500.. => Layer::Integration,
                _ => Layer::Application,
            };
            (layer, ErrorKind::handshake(*status))
        }
    }
}

/// One seed for each flow instance, by splitmix64's finalizer.
fn mix(seed: u64, scenario: u64, instance: u64) -> u64 {
    let mut x = seed ^ (scenario << 32 | instance).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
