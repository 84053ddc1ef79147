//! Where the gateway stands between connections and the service. Without one, everything passes.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::time::Instant;

use crate::server::gateway::{
    Complaint, Deadlines, Denial, Denied, Ended, Gate, Gated, Passage, Sizes,
};
use crate::server::outgoing::Outgoing;
use crate::server::state::SocketNo;

use super::{Hub, Inner, Planned};

impl Hub {
    /// What the gateway did so far, where there is one.
    pub(super) fn gated(inner: &Inner) -> Option<Gated> {
        inner.gate.as_ref().map(|gate| gate.gated())
    }

    /// An upgrade to a path and query of so many bytes is asked for.
    pub(in crate::server) fn knock(&self, url: usize) -> Result<(), Denial> {
        let mut inner = self.lock();
        let Some(gate) = &mut inner.gate else { return Ok(()) };
        gate.knock(url, Instant::now()).map_err(|denied| gate.deny(denied))
    }

    /// What the gateway says to an upgrade that is refused; `None` where there is none.
    pub(in crate::server) fn deny(&self, denied: Denied) -> Option<Denial> {
        self.lock().gate.as_mut().map(|gate| gate.deny(denied))
    }

    /// The date that the gateway puts on its answers to upgrades (RFC 9110 section 6.6.1); `None` where
    /// there is none.
    pub(in crate::server) fn date(&self) -> Option<String> {
        self.lock().gate.as_ref()?;
        let now = Timestamp::from_millisecond(self.now().0.try_into().ok()?).ok()?;
        DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()
    }

    /// Holds an upgrade until the service has taken part in it.
    pub(in crate::server) async fn connect(&self) -> Result<(), Denial> {
        let Some((done_at, ended)) = self.begin_connect() else { return Ok(()) };
        tokio::time::sleep_until(done_at).await;
        ended
    }

    fn begin_connect(&self) -> Option<(Instant, Result<(), Denial>)> {
        let mut inner = self.lock();
        let Inner { gate, station, .. } = &mut *inner;
        let gate = gate.as_mut()?;
        let now = Instant::now();
        let leaves_at = station.as_mut().and_then(|station| station.visit(now)).unwrap_or(now);
        let (takes, ended) = gate.connect(leaves_at.saturating_duration_since(now));
        Some((now + takes, ended.map_err(|denied| gate.deny(denied))))
    }

    /// The largest that a client may send.
    pub(super) fn sizes(&self, inner: &Inner) -> Sizes {
        let bound = self.bounds.message_bytes;
        let own = Sizes { frame: bound, message: bound };
        inner.gate.as_ref().map_or(own, |gate| gate.sizes())
    }

    /// When a connection that opens now is ended.
    pub(super) fn deadlines(inner: &Inner) -> Option<Box<Deadlines>> {
        inner.gate.as_ref().map(|gate| Box::new(gate.deadlines(Instant::now())))
    }

    /// The gateway ends a connection; the code that it is closed with.
    pub(in crate::server) fn end(&self, ended: Ended) -> Option<u16> {
        self.lock().gate.as_mut().and_then(|gate| gate.end(ended))
    }

    /// Whether a message of a client reaches the service; where it does not, the client is told.
    pub(super) fn let_in(&self, inner: &mut Inner, socket: SocketNo, text: Option<&str>) -> bool {
        let Some(gate) = &mut inner.gate else { return true };
        let asked = gate.ask(text.unwrap_or_default(), Instant::now());
        asked.map_err(|complaint| self.complain(inner, socket, complaint)).is_ok()
    }

    /// Plans the answer in the service's place, where a request leaves too late; whether it does.
    pub(super) fn watch_over(
        &self,
        inner: &mut Inner,
        socket: SocketNo,
        read_at: Instant,
        leaves_at: Instant,
    ) -> bool {
        let takes = leaves_at.saturating_duration_since(read_at);
        let at = inner.gate.as_mut().and_then(|gate| gate.times_out_at(read_at, takes));
        if let Some(at) = at {
            self.plan_at(inner, at, Planned::TimeOut(socket));
        }
        at.is_some()
    }

    /// What is left of a message on its way to a client.
    pub(super) fn let_out(
        &self,
        inner: &mut Inner,
        to: SocketNo,
        outgoing: Outgoing,
    ) -> Option<Outgoing> {
        let Some(gate) = &mut inner.gate else { return Some(outgoing) };
        if outgoing.is_unheard() || !inner.outboxes.contains_key(&to) {
            return None;
        }
        match gate.pass(outgoing.len(), outgoing.is_answer(), Instant::now()) {
            Passage::Now => return Some(outgoing),
            Passage::At(at) => self.plan_at(inner, at, Planned::Put(to, outgoing)),
            Passage::Lost => {}
            Passage::Complaint(complaint) => self.complain(inner, to, complaint),
        }
        None
    }

    /// Says an error of the gateway's own.
    pub(super) fn complain(&self, inner: &mut Inner, to: SocketNo, complaint: Complaint) {
        let Inner { gate: Some(gate), state, .. } = inner else { return };
        let text = gate.complain(complaint, state.connection_id(to));
        self.put(inner, to, Outgoing::Text(text.into()));
    }

    /// A gateway for a server that has one in front.
    pub(super) fn gate(config: &crate::server::Config, now: Instant) -> Option<Box<Gate>> {
        let gateway = config.gateway.as_ref()?;
        Some(Box::new(Gate::new(gateway, config.seed, now)))
    }
}
