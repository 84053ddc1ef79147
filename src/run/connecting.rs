//! How a flow instance comes by its connections, and leaves them.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::SemaphorePermit;

use crate::device::{AccessToken, Config, ConnectError, Device, Identity, Observer};
use crate::protocol::{Caller, ConnectionNo, TokenKind};

use super::blame::Blame;
use super::flow::{Flow, mix};
use super::pace::{GRAIN, jitter};
use super::player::Player;
use super::reconnecting::Hopeless;

/// How many events a device keeps for steps that await one.
const INBOX: usize = 256;

/// Leave to connect, and a place among the handshakes under way for as long as it is kept.
pub(super) struct ConnectTurn<'a> {
    pub(super) at: Duration,
    _handshake: SemaphorePermit<'a>,
}

impl Flow {
    /// Connects every device at its time, whatever the handshakes of others take; whether all of
    /// them are.
    pub(super) async fn connect_all(&self, began_at: Duration) -> bool {
        let ramp = self.plan().ramp(self.worker.plan.connects_per_s());
        let connects = (0..).zip(&self.players).map(|(nth, player)| {
            self.connect_at(player, began_at + ramp.connect(self.instance, nth))
        });
        let failures: Vec<_> =
            join_all(connects).await.into_iter().filter_map(Result::err).collect();
        if let Some(error) = failures.first() {
            self.unconnected(error);
        }
        failures.is_empty() && !self.worker.stop.is_stopped()
    }

    /// Connects a player at its planned instant, or not at all where the run is stopped before.
    async fn connect_at(&self, player: &Player, planned_at: Duration) -> Result<(), ConnectError> {
        if !self.wait_to_begin(planned_at).await {
            return Ok(());
        }
        let between = self.plan().ramp(self.worker.plan.connects_per_s()).between();
        let Some(turn) = self.turn_to_connect(player, (planned_at, between)).await else {
            return Ok(());
        };
        self.tally.with(|interval| interval.recorder.totals_mut().devices += 1);
        let Some(backoff) = self.scenario.settings.reconnect else {
            let connected = self.connect(player, &self.identity_of(player), &turn).await;
            return connected
                .map(|device| player.take_over(device))
                .inspect_err(|error| self.count_refusal(error));
        };
        match Box::pin(self.connect_patiently(player, backoff, Some(turn))).await {
            Ok(device) => player.take_over(device),
            Err(Hopeless::Failed(error)) => return Err(error),
            Err(Hopeless::Stopped | Hopeless::OutOfTime) => {}
        }
        Ok(())
    }

    /// Who a player is, with the token of this moment.
    pub(super) fn identity_of(&self, player: &Player) -> Identity {
        let token = match &player.desk {
            Some(desk) => desk.token.clone(),
            None => self.worker.plan.accounts[player.caller.account.0 as usize].token(),
        };
        Identity { token: Some(token), caller: Rc::clone(&player.caller) }
    }

    /// Waits until there may be another connect in the run; `None` where the run is stopped. `between`
    /// is the time to the next device's connect. To wait for it is no lateness of the generator.
    pub(super) async fn turn_to_connect(
        &self,
        player: &Player,
        (planned_at, between): (Duration, Duration),
    ) -> Option<ConnectTurn<'_>> {
        let handshake = tokio::select! {
            biased;
            () = self.worker.stop.stopped() => return None,
            // The semaphore is never closed.
            permit = self.worker.handshakes.acquire() => permit.ok()?,
        };
        let (clock, connects) = (&self.worker.world.clock, &self.worker.pace.connects);
        let now = clock.now();
        let nth = (u64::from(player.no.0), u64::from(player.connections.get()));
        let chance = mix(self.worker.plan.seed, nth.0, nth.1);
        let jitter = jitter(between.max(connects.spacing()), chance);
        let later = if self.worker.plan.jitters { jitter } else { Duration::ZERO };
        let turn_at = connects.turn(planned_at, now) + later;
        if turn_at > now + GRAIN && !self.wait_to_connect(turn_at).await {
            return None;
        }
        let at = turn_at.min(clock.now());
        (!self.worker.stop.is_stopped()).then_some(ConnectTurn { at, _handshake: handshake })
    }

    /// As [`Self::turn_to_connect`], for a connect that nothing was planned for.
    pub(super) async fn turn_to_connect_now(&self, player: &Player) -> Option<ConnectTurn<'_>> {
        let now = self.worker.world.clock.now();
        self.turn_to_connect(player, (now, Duration::ZERO)).await
    }

    /// Opens a connection for a player, beside the one it has. Where a token is refused that may have
    /// expired, once more with a fresh one.
    pub(super) async fn connect(
        &self,
        player: &Player,
        identity: &Identity,
        turn: &ConnectTurn<'_>,
    ) -> Result<Device, ConnectError> {
        let planned_at = turn.at;
        if player.desk.is_some() {
            return self.connect_once(player, (identity, false), planned_at).await;
        }
        let is_known_good = self.is_known_good(identity);
        let first = self.connect_once(player, (identity, is_known_good), planned_at).await;
        let Err(error @ ConnectError::Refused(401 | 403)) = &first else { return first };
        let Some(token) = self.token_in_place_of(identity).await else { return first };
        self.count_refusal(error);
        // It was had just now, so that it cannot have expired.
        let was_let_in = self.worker.tenancy.was_let_in(identity.caller.account, &token);
        let identity = Identity { token: Some(token), ..identity.clone() };
        self.connect_once(player, (&identity, was_let_in), planned_at).await
    }

    /// The token to try in place of one that was refused, where that may have expired. Where it has,
    /// and there is no other, the run is over.
    async fn token_in_place_of(&self, refused: &Identity) -> Option<AccessToken> {
        let own = |_: &&AccessToken| refused.caller.token == TokenKind::Valid;
        let stale = refused.token.as_ref().filter(own)?;
        let (lapse, no) = (&self.lapse, refused.caller.account);
        if !lapse.may_be_of(no, stale, self.worker.world.clock.now()) {
            return None;
        }
        let account = lapse.account(no);
        let renewed = account.renew(stale, &self.worker.plan.secrets).await;
        let token = account.token();
        match renewed {
            _ if token != *stale => return Some(token),
            Ok(()) if stale.expires_at().is_none() => return Some(token),
            _ if stale.expires_at().is_none() => {}
            Ok(()) => lapse.stop(no, "the same token is all that is to be had"),
            Err(_) if !account.is_renewable() => lapse.turned_away(no),
            Err(error) => lapse.stop(no, &format!("it could not be renewed: {error}")),
        }
        None
    }

    async fn connect_once(
        &self,
        player: &Player,
        (identity, was_let_in): (&Identity, bool),
        planned_at: Duration,
    ) -> Result<Device, ConnectError> {
        let device = self.open(player, (identity, was_let_in), planned_at).await?;
        if is_valid(&identity.caller) {
            if player.has_connected.replace(true) {
                self.tally.with(|interval| interval.recorder.totals_mut().reconnects += 1);
            }
            if let Some(token) = identity.token.as_ref().filter(|_| player.desk.is_none()) {
                self.worker.tenancy.let_in(identity.caller.account, token);
                self.worker.note_clock_of(&device);
            }
            self.worker.stop.connected();
        }
        Ok(device)
    }

    /// Opens a connection for a player, and counts nothing of it.
    pub(super) async fn open(
        &self,
        player: &Player,
        (identity, was_let_in): (&Identity, bool),
        planned_at: Duration,
    ) -> Result<Device, ConnectError> {
        let observer: Rc<dyn Observer> = Rc::clone(&self.witness) as Rc<dyn Observer>;
        let nth = player.connections.get();
        player.connections.set(nth + 1);
        let desk = player.desk.as_ref();
        let target = desk.map_or(&self.worker.plan.target, |desk| &desk.target);
        // Boxed, so that a connected device does not hold the room that its handshakes took.
        Box::pin(Device::connect(
            &self.worker.world,
            (target, identity, was_let_in),
            (player.no, ConnectionNo(nth), player.next_request()),
            self.config(player),
            (observer, planned_at),
        ))
        .await
    }

    /// Whether this token was let in before, and will not have expired when the answer comes.
    fn is_known_good(&self, identity: &Identity) -> bool {
        let account = identity.caller.account;
        let answered_at = self.worker.world.clock.now() + self.scenario.settings.connect_timeout;
        identity.token.as_ref().is_some_and(|token| {
            self.worker.tenancy.was_let_in(account, token)
                && !self.lapse.may_be_of(account, token, answered_at)
        })
    }

    /// Counts a connect that failed, under the layer that kept it from coming about.
    pub(super) fn count_refusal(&self, error: &ConnectError) {
        self.tally.blame(Blame::of_connect(error), self.worker.world.clock.now());
    }

    fn unconnected(&self, error: &ConnectError) {
        self.tally.trouble(&format!("a device could not connect: {error}"));
        let missing = self.players.iter().filter(|player| player.device().is_none()).count();
        self.tally.with(|interval| interval.unconnected += missing as u64);
        let devices = self.plan().devices_in(self.worker.plan.shard);
        self.worker.stop.refused(error, devices);
    }

    /// Waits for a turn to connect; whether it came, and the run goes on.
    async fn wait_to_connect(&self, turn_at: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.worker.stop.stopped() => false,
            came = self.wait_until(turn_at) => came,
        }
    }

    /// Closes every connection, all at once.
    pub(super) async fn close_all(&self) {
        let closing = self.players.iter().map(|player| {
            player.half_open.borrow_mut().clear();
            self.close(player)
        });
        join_all(closing).await;
    }

    /// Closes a player's connection with a closing handshake.
    pub(super) async fn close(&self, player: &Player) {
        if let Some(device) = player.let_go() {
            let now = self.worker.world.clock.now();
            (0..device.overflowed()).for_each(|_| self.tally.blame(Blame::OVERFLOW, now));
            let backlog = device.backlog();
            self.tally.with(|interval| interval.backlog = interval.backlog.max(backlog));
            device.close(&*self.worker.world.clock).await;
        }
    }

    fn config(&self, player: &Player) -> Config {
        let settings = &self.scenario.settings;
        Config {
            connect_timeout: settings.connect_timeout,
            response_timeout: settings.response_timeout,
            ping_every: settings.ping_every,
            inbox_capacity: if self.plan().awaits() { INBOX } else { 0 },
            is_foreign: player.desk.is_some(),
            pings_socket: self.worker.plan.watch.pings_sockets,
        }
    }
}

/// Whether a connection of this caller is one that the document asks for.
pub(super) fn is_valid(caller: &Caller) -> bool {
    caller.token == TokenKind::Valid && caller.device_id.is_some()
}
