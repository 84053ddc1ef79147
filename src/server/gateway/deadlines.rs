//! When the gateway ends a connection: at its lifetime, or once nothing has passed over it for long.
//!
//! It reads no clock and closes nothing. Start from [`Deadlines`].

use std::time::Duration;

use tokio::time::Instant;

use super::Gateway;

/// Something that passes over a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Traffic {
    /// A message of the client.
    Received,
    /// A message to the client.
    Sent,
    /// A control ping of the client (RFC 6455 section 5.5.2).
    Ping,
}

/// Why the gateway ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Ended {
    Idle,
    Lifetime,
}

/// When one connection is ended.
#[derive(Debug)]
pub(in crate::server) struct Deadlines {
    idle: Duration,
    idle_at: Instant,
    ends_at: Instant,
    events_reset_idle: bool,
    pings_reset_idle: bool,
}

impl Deadlines {
    /// Those of a connection that opens.
    pub(super) fn begin(gateway: &Gateway, now: Instant) -> Self {
        Self {
            idle: gateway.idle,
            idle_at: now + gateway.idle,
            ends_at: now + gateway.lifetime,
            events_reset_idle: gateway.events_reset_idle,
            pings_reset_idle: gateway.pings_reset_idle,
        }
    }

    /// Something passed over the connection.
    pub(in crate::server) fn note(&mut self, traffic: Traffic, now: Instant) {
        let resets = match traffic {
            Traffic::Received => true,
            Traffic::Sent => self.events_reset_idle,
            Traffic::Ping => self.pings_reset_idle,
        };
        if resets {
            self.idle_at = now + self.idle;
        }
    }

    /// When to look again.
    pub(in crate::server) fn next_at(&self) -> Instant {
        self.idle_at.min(self.ends_at)
    }

    /// Why the connection ends now, if it does.
    pub(in crate::server) fn ended(&self, now: Instant) -> Option<Ended> {
        if now >= self.ends_at {
            Some(Ended::Lifetime)
        } else {
            (now >= self.idle_at).then_some(Ended::Idle)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    /// What passes at these minutes, and when and why the connection is ended.
    #[track_caller]
    fn check(gateway: &Gateway, traffic: &[(u64, Traffic)], ended: (u64, Ended)) {
        let start = Instant::now();
        let mut deadlines = Deadlines::begin(gateway, start);
        for (at, what) in traffic {
            let at = start + minutes(*at);
            assert_eq!(deadlines.ended(at), None);
            deadlines.note(*what, at);
        }
        let ends_at = start + minutes(ended.0);
        assert_eq!(deadlines.next_at(), ends_at);
        assert_eq!(deadlines.ended(ends_at - Duration::from_nanos(1)), None);
        assert_eq!(deadlines.ended(ends_at), Some(ended.1));
    }

    #[test]
    fn messages_keep_a_connection_alive_and_pings_do_not() {
        let gateway = Gateway::default();
        check(&gateway, &[], (10, Ended::Idle));
        check(&gateway, &[(9, Traffic::Received)], (19, Ended::Idle));
        check(&gateway, &[(4, Traffic::Received), (9, Traffic::Sent)], (19, Ended::Idle));
        check(&gateway, &[(9, Traffic::Ping)], (10, Ended::Idle));
    }

    #[test]
    fn what_resets_the_idle_time_can_be_set() {
        let gateway =
            Gateway { events_reset_idle: false, pings_reset_idle: true, ..Gateway::default() };
        check(&gateway, &[(9, Traffic::Sent)], (10, Ended::Idle));
        check(&gateway, &[(9, Traffic::Ping)], (19, Ended::Idle));
    }

    #[test]
    fn nothing_outlives_its_lifetime() {
        let busy: Vec<_> = (1..24).map(|nth| (nth * 5, Traffic::Received)).collect();
        check(&Gateway::default(), &busy, (120, Ended::Lifetime));
    }
}
