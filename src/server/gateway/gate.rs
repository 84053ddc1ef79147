//! The gateway of one server: what it makes of upgrades, of messages that come in, and of messages
//! that go out.
//!
//! It reads no clock, and has no hold on connections. Start from [`Gate::knock`], [`Gate::ask`] and
//! [`Gate::pass`].

use std::num::NonZeroU32;
use std::time::Duration;

use rand::SeedableRng;
use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::StdRng;
use tokio::time::Instant;

use super::bucket::TokenBucket;
use super::route::route;
use super::{Complaint, Deadlines, Denial, Denied, Ended, Gateway};

/// Keeps the gateway's ids apart from others that are made of the same seed.
const STREAM: u64 = 0x6a7e_3a11_09b5_c04d;

/// How often an emulated gateway did what a service would not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gated {
    /// Upgrades refused with 429.
    pub connects_throttled: u64,
    /// Messages of clients that found no token.
    pub requests_throttled: u64,
    /// Messages that were answered by the gateway for another reason.
    pub complaints: u64,
    /// Messages to clients that found no token or no room, or were too large.
    pub lost: u64,
    /// Connections ended because nothing passed over them.
    pub idle: u64,
    /// Connections ended at their lifetime.
    pub lifetime: u64,
}

/// What becomes of a message to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Passage {
    Now,
    /// It waits for a token until then.
    At(Instant),
    Lost,
    /// An answer is replaced by an error.
    Complaint(Complaint),
}

/// The largest that a client may send, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) struct Sizes {
    pub(in crate::server) frame: usize,
    pub(in crate::server) message: usize,
}

/// The gateway in front of a server.
#[derive(Debug)]
pub(in crate::server) struct Gate {
    gateway: Gateway,
    connects: TokenBucket,
    requests: TokenBucket,
    ids: StdRng,
    /// Upgrades and messages that reached the service, to count those that fail.
    n_connects: u32,
    n_requests: u32,
    gated: Gated,
}

impl Gate {
    /// One that has seen nothing yet; the seed feeds its ids.
    pub(in crate::server) fn new(gateway: &Gateway, seed: u64, now: Instant) -> Self {
        let bucket = |rate, burst| TokenBucket::new(rate, burst, now);
        Self {
            connects: bucket(gateway.connects_per_second, gateway.connects_burst),
            requests: bucket(gateway.requests_per_second, gateway.burst),
            gateway: gateway.clone(),
            ids: StdRng::seed_from_u64(seed ^ STREAM),
            n_connects: 0,
            n_requests: 0,
            gated: Gated::default(),
        }
    }

    /// What it did so far.
    pub(in crate::server) fn gated(&self) -> Gated {
        self.gated
    }

    /// An upgrade to a path and query of so many bytes is asked for.
    pub(in crate::server) fn knock(&mut self, url: usize, now: Instant) -> Result<(), Denied> {
        if url > bytes(self.gateway.url_bytes) {
            Err(Denied::UrlTooLong)
        } else if !self.connects.take(now) {
            self.gated.connects_throttled += 1;
            Err(Denied::TooManyConnects)
        } else {
            Ok(())
        }
    }

    /// The service takes so long over its part of an upgrade: when that is over, and how it ends.
    pub(in crate::server) fn connect(&mut self, takes: Duration) -> (Duration, Result<(), Denied>) {
        let fails = is_nth(&mut self.n_connects, self.gateway.connect_fails);
        let ended = if fails || self.times_out(takes) { Err(Denied::Integration) } else { Ok(()) };
        (takes.min(self.gateway.integration_timeout), ended)
    }

    /// The answer to an upgrade that is refused.
    pub(in crate::server) fn deny(&mut self, denied: Denied) -> Denial {
        let (connection, request) = (self.fresh_id(), self.fresh_id());
        let (status, message) = match denied {
            Denied::UrlTooLong => (self.gateway.url_status, "Request URI too long"),
            Denied::TooManyConnects => (429, &*self.gateway.throttled_message),
            Denied::NoToken => (401, "Unauthorized"),
            Denied::ByAuthorizer => (403, "Forbidden"),
            Denied::Integration => (self.gateway.connect_failed_status, "Internal server error"),
        };
        Denial::new(status, message, &connection, &request)
    }

    /// When a connection is ended that opens now.
    pub(in crate::server) fn deadlines(&self, now: Instant) -> Deadlines {
        Deadlines::begin(&self.gateway, now)
    }

    /// The code that a connection is closed with which is ended; `None`: it is cut.
    pub(in crate::server) fn end(&mut self, ended: Ended) -> Option<u16> {
        match ended {
            Ended::Idle => {
                self.gated.idle += 1;
                self.gateway.idle_close
            }
            Ended::Lifetime => {
                self.gated.lifetime += 1;
                self.gateway.lifetime_close
            }
        }
    }

    /// A client sends a message; why the service does not get it, if it does not.
    pub(in crate::server) fn ask(&mut self, text: &str, now: Instant) -> Result<(), Complaint> {
        if !self.requests.take(now) {
            self.gated.requests_throttled += 1;
            return Err(Complaint::Throttled);
        }
        let asked = route(&self.gateway, text).and_then(|()| {
            let fails = is_nth(&mut self.n_requests, self.gateway.integration_fails);
            if fails { Err(Complaint::InternalServerError) } else { Ok(()) }
        });
        asked.inspect_err(|_| self.gated.complaints += 1)
    }

    /// The service takes so long over a request that came now: when the gateway answers in its place,
    /// if it does.
    pub(in crate::server) fn times_out_at(
        &mut self,
        now: Instant,
        takes: Duration,
    ) -> Option<Instant> {
        let is_late = self.times_out(takes);
        self.gated.complaints += u64::from(is_late);
        is_late.then(|| now + self.gateway.integration_timeout)
    }

    /// The largest frame and message of a client, in bytes.
    pub(in crate::server) fn sizes(&self) -> Sizes {
        let Gateway { frame_bytes, message_bytes, .. } = self.gateway;
        Sizes { frame: bytes(frame_bytes), message: bytes(message_bytes) }
    }

    /// Bytes that may wait for a client to read them.
    pub(in crate::server) fn buffer_bytes(&self) -> usize {
        bytes(self.gateway.buffer_bytes)
    }

    /// The text of an error about a message of a connection, where that is known.
    pub(in crate::server) fn complain(
        &mut self,
        complaint: Complaint,
        connection: Option<&str>,
    ) -> String {
        let id = self.fresh_id();
        complaint.encode(&self.gateway.throttled_message, connection, &id)
    }

    /// The service has a message of so many bytes for a client, an answer or not.
    pub(in crate::server) fn pass(
        &mut self,
        length: usize,
        is_answer: bool,
        now: Instant,
    ) -> Passage {
        if length > bytes(self.gateway.message_bytes) {
            if is_answer {
                self.gated.complaints += 1;
                return Passage::Complaint(Complaint::InternalServerError);
            }
            return self.lose();
        }
        let spends = if is_answer { self.gateway.replies_spend } else { self.gateway.events_spend };
        if !spends {
            return Passage::Now;
        }
        match self.requests.take_within(now, self.gateway.event_patience) {
            Some(at) if at <= now => Passage::Now,
            Some(at) => Passage::At(at),
            None => self.lose(),
        }
    }

    /// A message finds no room in a client's buffer; whether the client stays.
    pub(in crate::server) fn overflow(&mut self) -> bool {
        self.gated.lost += 1;
        self.gateway.slow_reader_stays
    }

    fn lose(&mut self) -> Passage {
        self.gated.lost += 1;
        Passage::Lost
    }

    fn times_out(&self, takes: Duration) -> bool {
        takes > self.gateway.integration_timeout
    }

    /// Shaped like those of AWS: fifteen characters and an equals sign.
    fn fresh_id(&mut self) -> String {
        Alphanumeric.sample_string(&mut self.ids, 15) + "="
    }
}

fn bytes(number: NonZeroU32) -> usize {
    usize::try_from(number.get()).unwrap_or(usize::MAX)
}

/// Counts one more, and whether it is one of every so many.
fn is_nth(count: &mut u32, every: Option<NonZeroU32>) -> bool {
    *count = count.wrapping_add(1);
    every.is_some_and(|every| count.is_multiple_of(every.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).unwrap()
    }

    /// A gate with no tokens to spare: two requests or events at once, one a second.
    fn gate(change: impl Fn(&mut Gateway)) -> (Gate, Instant) {
        let mut gateway = Gateway { requests_per_second: n(1), burst: n(2), ..Gateway::default() };
        change(&mut gateway);
        let now = Instant::now();
        (Gate::new(&gateway, 7, now), now)
    }

    const TEXT: &str = r#"{"action":"api","data":{"route":"r","body":{}}}"#;

    #[test]
    fn requests_and_events_take_their_tokens_from_one_bucket() {
        let (mut gate, now) = gate(|_| {});
        assert_eq!(gate.ask(TEXT, now), Ok(()));
        assert_eq!(gate.pass(10, true, now), Passage::Now);
        assert_eq!(gate.pass(10, false, now), Passage::Now);
        let later = now + Duration::from_secs(1);
        assert_eq!(gate.pass(10, false, now), Passage::At(later));
        assert_eq!(gate.pass(10, false, now), Passage::Lost);
        assert_eq!(gate.ask(TEXT, later), Err(Complaint::Throttled));
        let gated = gate.gated();
        assert_eq!((gated.requests_throttled, gated.lost), (1, 1));
    }

    #[test]
    fn without_patience_an_event_is_lost_at_once() {
        let (mut gate, now) = gate(|gateway| gateway.event_patience = Duration::ZERO);
        let passed: Vec<_> = (0..3).map(|_| gate.pass(10, false, now)).collect();
        assert_eq!(passed, [Passage::Now, Passage::Now, Passage::Lost]);
    }

    #[test]
    fn nothing_leaves_that_is_larger_than_a_message_may_be() {
        let (mut gate, now) = gate(|_| {});
        let most = gate.sizes().message;
        assert_eq!(gate.pass(most, true, now), Passage::Now);
        let expected = Passage::Complaint(Complaint::InternalServerError);
        assert_eq!(gate.pass(most + 1, true, now), expected);
        assert_eq!(gate.pass(most + 1, false, now), Passage::Lost);
    }

    #[test]
    fn every_so_many_upgrades_and_messages_fail_where_it_is_asked_for() {
        let (mut gate, now) = gate(|gateway| {
            gateway.burst = n(100);
            gateway.connect_fails = Some(n(2));
            gateway.integration_fails = Some(n(3));
        });
        let connected = [0; 4].map(|_| gate.connect(Duration::ZERO).1.is_ok());
        assert_eq!(connected, [true, false, true, false]);
        let asked = [0; 6].map(|_| gate.ask(TEXT, now).is_ok());
        assert_eq!(asked, [true, true, false, true, true, false]);
    }

    #[test]
    fn a_service_may_take_exactly_its_time() {
        let (mut gate, now) = gate(|_| {});
        let most = Duration::from_secs(29);
        let beyond = most + Duration::from_nanos(1);
        assert_eq!(gate.times_out_at(now, most), None);
        assert_eq!(gate.times_out_at(now, beyond), Some(now + most));
        assert_eq!(gate.connect(most), (most, Ok(())));
        assert_eq!(gate.connect(beyond), (most, Err(Denied::Integration)));
    }

    #[test]
    fn an_upgrade_is_refused_for_a_long_url_or_over_the_rate() {
        let (mut gate, now) = gate(|gateway| gateway.connects_burst = n(1));
        assert_eq!(gate.knock(4097, now), Err(Denied::UrlTooLong));
        assert_eq!(gate.knock(4096, now), Ok(()));
        assert_eq!(gate.knock(10, now), Err(Denied::TooManyConnects));
        assert_eq!(gate.knock(10, now + Duration::from_millis(2)), Ok(()));
        let denial = gate.deny(Denied::TooManyConnects);
        assert_eq!(denial.status, 429);
        assert!(denial.body.starts_with(r#"{"message":"Too Many Requests","connectionId":""#));
        assert_ne!(gate.deny(Denied::TooManyConnects), denial, "ids are fresh");
    }
}
