//! How a flow instance comes by its connections, and leaves them.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::device::{Config, ConnectError, Device, DialError, Identity, Observer};
use crate::metrics::{ErrorKind, Layer};
use crate::protocol::{Caller, ConnectionNo, TokenKind};

use super::flow::Flow;
use super::player::Player;

/// How many events a device keeps for steps that await one.
const INBOX: usize = 256;

impl Flow {
    /// Connects every device at its time, whatever the handshakes of others take; whether all of
    /// them are.
    pub(super) async fn connect_all(&self, began_at: Duration) -> bool {
        let ramp = self.plan().ramp(self.worker.plan.connect_rate);
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
        self.wait_until(planned_at).await;
        if self.worker.stop.is_stopped() {
            return Ok(());
        }
        let late = self.worker.world.clock.now().saturating_sub(planned_at);
        self.tally.with(|interval| {
            interval.recorder.late_by(late);
            interval.recorder.totals_mut().devices += 1;
        });
        let connected = self.connect(player, &player.identity, planned_at).await;
        connected
            .map(|device| player.take_over(device))
            .inspect_err(|error| self.count_refusal(error))
    }

    /// Opens a connection for a player, beside the one it has.
    pub(super) async fn connect(
        &self,
        player: &Player,
        identity: &Identity,
        planned_at: Duration,
    ) -> Result<Device, ConnectError> {
        let observer: Rc<dyn Observer> = Rc::clone(&self.witness) as Rc<dyn Observer>;
        let nth = player.connections.get();
        player.connections.set(nth + 1);
        let device = Device::connect(
            &self.worker.world,
            (
                &self.worker.plan.target,
                identity,
                self.worker.tenancy.was_let_in(identity.caller.account),
            ),
            (player.no, ConnectionNo(nth), player.next_request()),
            self.config(),
            (observer, planned_at),
        )
        .await?;
        if is_valid(&identity.caller) {
            if player.has_connected.replace(true) {
                self.tally.with(|interval| interval.recorder.totals_mut().reconnects += 1);
            }
            self.worker.tenancy.let_in(identity.caller.account);
            self.worker.stop.connected();
        }
        Ok(device)
    }

    /// Counts a connect that failed, under the layer that kept it from coming about.
    pub(super) fn count_refusal(&self, error: &ConnectError) {
        let (layer, kind) = layer_of(error);
        self.tally.error(layer, kind);
    }

    fn unconnected(&self, error: &ConnectError) {
        self.tally.trouble(&format!("a device could not connect: {error}"));
        let missing = self.players.iter().filter(|player| player.device().is_none()).count();
        self.tally.with(|interval| interval.unconnected += missing as u64);
        self.worker.stop.refused(error, self.plan().devices());
    }

    pub(super) async fn close_all(&self) {
        for player in &self.players {
            player.half_open.borrow_mut().clear();
            self.close(player).await;
        }
    }

    /// Closes a player's connection with a closing handshake.
    pub(super) async fn close(&self, player: &Player) {
        if let Some(device) = player.let_go() {
            for _ in 0..device.overflowed() {
                self.tally.error(Layer::Harness, ErrorKind::new("inbox_overflow"));
            }
            device.close(&*self.worker.world.clock).await;
        }
    }

    fn config(&self) -> Config {
        let settings = &self.scenario.settings;
        Config {
            connect_timeout: settings.connect_timeout,
            response_timeout: settings.response_timeout,
            ping_every: settings.ping_every,
            inbox_capacity: if self.plan().awaits() { INBOX } else { 0 },
            pings_socket: self.worker.plan.watch.pings_sockets,
        }
    }
}

/// Whether a connection of this caller is one that the document asks for.
pub(super) fn is_valid(caller: &Caller) -> bool {
    caller.token == TokenKind::Valid && caller.device_id.is_some()
}

/// The layer that kept a device from connecting.
fn layer_of(error: &ConnectError) -> (Layer, ErrorKind) {
    match error {
        ConnectError::Network(error) => (Layer::Network, ErrorKind::new(kind_of(error))),
        ConnectError::Timeout => (Layer::Network, ErrorKind::new("connect_timeout")),
        ConnectError::Handshake | ConnectError::NoHttp => {
            (Layer::Network, ErrorKind::new("handshake_invalid"))
        }
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

fn kind_of(error: &DialError) -> &'static str {
    match error {
        DialError::Name(_) => "name_unresolved",
        DialError::Io(std::io::ErrorKind::ConnectionRefused) => "connect_refused",
        DialError::Io(_) => "connect_failed",
        DialError::Tls(error) if error.is_certificates() => "tls_certificate",
        DialError::Tls(_) => "tls_handshake",
        DialError::Proxy(_) => "proxy",
    }
}
