//! How players that lose their connection come by another one, and back into their session.
//!
//! It runs beside the flow's steps: whoever needs a player that is away waits for it by
//! [`Flow::back`]. It knows no steps. Start from [`Flow::keep_connected`].

use std::convert::Infallible;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::device::{ConnectError, Device, by};
use crate::protocol::{Frame, Request, SessionId};
use crate::scenario::{ActorIndex, Backoff};

use super::backoff;
use super::connecting::ConnectTurn;
use super::flow::{Flow, mix};
use super::player::Player;

/// Why a device is not tried to be connected any more.
pub(super) enum Hopeless {
    /// The run was stopped.
    Stopped,
    /// There is no time left for another try, or it was tried long enough.
    OutOfTime,
    /// The last try ended so.
    Failed(ConnectError),
}

/// What became of the session that a player took part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rejoined {
    /// It takes part again.
    Yes,
    /// The session is over.
    Over,
    /// Nobody could tell.
    NotYet,
}

impl Flow {
    /// Brings back each player that loses its connection, for as long as it is polled.
    pub(super) async fn keep_connected(&self) -> Infallible {
        loop {
            self.witness.lost.notified().await;
            if let Some(backoff) = self.scenario.settings.reconnect {
                // Boxed, so that it costs room only while somebody is away.
                Box::pin(self.bring_back_all(backoff)).await;
            }
        }
    }

    /// Whether a player that lost its connection comes back by itself.
    pub(super) fn comes_back(&self) -> bool {
        self.scenario.settings.reconnect.is_some()
    }

    /// Whether a player has lost its connection, and is to come back.
    pub(super) fn is_away(&self, player: &Player) -> bool {
        self.comes_back() && player.is_lost()
    }

    /// Waits while a player is away.
    pub(super) async fn back(&self, player: &Player) {
        while self.is_away(player) {
            self.returned.notified().await;
        }
    }

    /// The same, until this instant at most.
    pub(super) async fn back_by(&self, player: &Player, until: Duration) {
        by(&*self.worker.world.clock, until, self.back(player)).await;
    }

    /// Whether some player was away in this iteration, so that what it would have caused, or got, may
    /// be missing.
    pub(super) fn is_disturbed(&self) -> bool {
        self.disturbed_in.get() == Some(self.iteration.get())
            || self.players.iter().any(|player| self.is_away(player))
    }

    /// Connects a player, and tries again after a backoff for as long as there is hope; with a `turn`,
    /// the first try is made at once. Counts each try that failed.
    pub(super) async fn connect_patiently(
        &self,
        player: &Player,
        backoff: Backoff,
        mut turn: Option<ConnectTurn<'_>>,
    ) -> Result<Device, Hopeless> {
        let began_at = self.worker.world.clock.now();
        loop {
            let turn = match turn.take() {
                Some(turn) => turn,
                None => {
                    self.back_off(player, backoff).await?;
                    self.turn_to_connect_now(player).await.ok_or(Hopeless::Stopped)?
                }
            };
            if let Some(device) = self.try_to_connect(player, &turn, (backoff, began_at)).await? {
                return Ok(device);
            }
        }
    }

    /// Tries to connect a player once; `None` where another try may do better.
    async fn try_to_connect(
        &self,
        player: &Player,
        turn: &ConnectTurn<'_>,
        (backoff, since): (Backoff, Duration),
    ) -> Result<Option<Device>, Hopeless> {
        let error = match self.connect(player, &self.identity_of(player), turn).await {
            Ok(device) => return Ok(Some(device)),
            Err(error) => error,
        };
        self.count_refusal(&error);
        let is_lasting = error.is_lasting() && !player.has_connected.get();
        match is_lasting || self.is_out_of_patience(backoff, since) {
            true => Err(Hopeless::Failed(error)),
            false => Ok(None),
        }
    }

    fn is_out_of_patience(&self, backoff: Backoff, since: Duration) -> bool {
        let patience = backoff::patience(backoff, self.worker.stop.has_connected());
        self.worker.world.clock.now() >= since + patience
    }

    /// Waits before another try.
    async fn back_off(&self, player: &Player, backoff: Backoff) -> Result<(), Hopeless> {
        let nth = player.tries.replace(player.tries.get().saturating_add(1));
        let tries = u64::from(player.connections.get()) << 32 | u64::from(nth);
        let chance = mix(!self.worker.plan.seed, player.no.0.into(), tries);
        let clock = &self.worker.world.clock;
        let at = clock.now() + backoff::wait(backoff, nth, chance);
        tokio::select! {
            biased;
            () = self.worker.stop.stopped() => Err(Hopeless::Stopped),
            () = self.term.too_short_for(at) => Err(Hopeless::OutOfTime),
            () = clock.wake_at(at) => Ok(()),
        }
    }

    /// Brings back all players that are away, those that lose their connection meanwhile included.
    async fn bring_back_all(&self, backoff: Backoff) {
        let mut returning = FuturesUnordered::new();
        loop {
            let players = self.players.iter().enumerate();
            let lost = players.filter(|(_, player)| player.is_lost() && !player.is_returning.get());
            returning.extend(lost.map(|(nth, _)| self.bring_back(ActorIndex(nth), backoff)));
            tokio::select! {
                biased;
                () = self.witness.lost.notified() => {}
                returned = returning.next() => if returned.is_none() {
                    return;
                },
            }
        }
    }

    /// Brings a player back, or gives it up: then it is as one that never comes back.
    async fn bring_back(&self, actor: ActorIndex, backoff: Backoff) {
        let (player, clock) = (self.player(actor), &self.worker.world.clock);
        player.is_returning.set(true);
        self.disturbed_in.set(Some(self.iteration.get()));
        if clock.now() >= player.back_at.get() + backoff.shortest {
            // It stayed for a while, so that this is a loss of its own.
            player.tries.set(0);
            player.away_since.set(clock.now());
        }
        let returned = self.come_back(actor, backoff).await;
        player.is_gone.set(returned.is_err());
        if matches!(returned, Err(Hopeless::Stopped)) {
            // What it leaves undone is nobody's fault.
            player.is_told_gone.set(true);
        }
        player.back_at.set(clock.now());
        player.is_returning.set(false);
        self.disturbed_in.set(Some(self.iteration.get()));
        self.returned.notify_waiters();
    }

    /// Connects a player again, and has it continue the session that it took part in.
    async fn come_back(&self, actor: ActorIndex, backoff: Backoff) -> Result<(), Hopeless> {
        let player = self.player(actor);
        let since = player.away_since.get();
        let session = player.device().and_then(|device| device.session());
        let mut connection = None;
        loop {
            if self.is_out_of_patience(backoff, since) {
                // Where it is connected, whoever needs the session finds out what is wrong with it.
                return if player.is_connected() { Ok(()) } else { Err(Hopeless::OutOfTime) };
            }
            self.back_off(player, backoff).await?;
            if !player.is_connected() {
                let turn = self.turn_to_connect_now(player).await.ok_or(Hopeless::Stopped)?;
                let tried = self.try_to_connect(player, &turn, (backoff, since)).await?;
                let Some(device) = tried else { continue };
                if player.is_connected() {
                    device.abandon();
                } else {
                    connection = Some(device.connection());
                    player.replace(device);
                }
            }
            if connection != Some(player.connection()) {
                // A step has connected it meanwhile, and has its own way with the session.
                return Ok(());
            }
            let Some(session) = &session else { return Ok(()) };
            match self.rejoin(player, session).await {
                Rejoined::Yes => return Ok(()),
                Rejoined::Over => {
                    self.is_over(actor, session);
                    return Ok(());
                }
                Rejoined::NotYet => {}
            }
        }
    }

    /// Both steps of continuing a session (document: 2. Continue Previous Chat Session).
    async fn rejoin(&self, player: &Player, session: &SessionId) -> Rejoined {
        let Some(device) = player.device() else { return Rejoined::NotYet };
        for request in [Request::session(session), Request::resume(session)] {
            if self.turn_to_send().await.is_err() {
                return Rejoined::NotYet;
            }
            match device.request(request, true).await {
                Ok(reply) if is_over(&reply.frame) => return Rejoined::Over,
                Ok(reply) if reply.frame.is_ok() => {}
                Ok(_) | Err(_) => return Rejoined::NotYet,
            }
        }
        Rejoined::Yes
    }

    /// A session turned out to be over: steps that need it are skipped.
    fn is_over(&self, actor: ActorIndex, session: &SessionId) {
        if self.session(actor).as_ref() == Some(session) {
            self.set_session(actor, None);
        }
    }
}

/// Whether an answer says that its session is closed, or that there is none.
fn is_over(frame: &Frame) -> bool {
    let is_refusal = frame.status().is_some_and(|status| (400..500).contains(&status));
    let is_closed = frame.body()["chatSession"]["isSessionClosed"] == true;
    is_closed || is_refusal && !frame.is_throttling() && !frame.is_unauthorized()
}
