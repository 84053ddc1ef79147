//! What latencies are measured of.

use std::fmt;

use crate::protocol::Call;

/// A latency metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// TCP, TLS and upgrade.
    Connect,
    /// End of the upgrade to the connection's acknowledgment.
    ConnectAck,
    /// A request to its response.
    Rtt(Call),
    /// A send to its response with status 200.
    SendToAck,
    /// A send to the first arrival of its event on any connection that takes part.
    SendToEvent,
    /// A send to the arrival of its event on the sender's own connection.
    SendToSelf,
    /// A send to the arrival of its event on each other connection.
    SendToPeer,
    /// `sentAt` of the concierge's message to its arrival, by the server's clock.
    ConciergeToEvent,
    /// An unsend to the arrival of its event.
    UnsendToEvent,
    /// An end to the arrival of its session update.
    EndToEvent,
    /// The call for an upload URL.
    UploadUrl,
    /// The upload's `PUT`.
    UploadPut,
}

const BEFORE_CALLS: [Metric; 2] = [Metric::Connect, Metric::ConnectAck];
const AFTER_CALLS: [Metric; 9] = [
    Metric::SendToAck,
    Metric::SendToEvent,
    Metric::SendToSelf,
    Metric::SendToPeer,
    Metric::ConciergeToEvent,
    Metric::UnsendToEvent,
    Metric::EndToEvent,
    Metric::UploadUrl,
    Metric::UploadPut,
];

impl Metric {
    /// What a metric's name ends with where it counts from the actual instant and not from the planned
    /// one.
    pub const SERVICE: &'static str = ".service";

    /// How many metrics there are.
    pub const COUNT: usize = BEFORE_CALLS.len() + Call::ALL.len() + AFTER_CALLS.len();

    /// Every metric, in the order of [`Self::index`].
    pub fn all() -> impl Iterator<Item = Self> {
        BEFORE_CALLS.into_iter().chain(Call::ALL.map(Self::Rtt)).chain(AFTER_CALLS)
    }

    /// The metric's place among all, from 0 and below [`Self::COUNT`].
    pub fn index(self) -> usize {
        const FIRST_CALL: usize = BEFORE_CALLS.len();
        const FIRST_AFTER: usize = FIRST_CALL + Call::ALL.len();
        match self {
            Self::Connect => 0,
            Self::ConnectAck => 1,
            Self::Rtt(call) => FIRST_CALL + call as usize,
            Self::SendToAck => FIRST_AFTER,
            Self::SendToEvent => FIRST_AFTER + 1,
            Self::SendToSelf => FIRST_AFTER + 2,
            Self::SendToPeer => FIRST_AFTER + 3,
            Self::ConciergeToEvent => FIRST_AFTER + 4,
            Self::UnsendToEvent => FIRST_AFTER + 5,
            Self::EndToEvent => FIRST_AFTER + 6,
            Self::UploadUrl => FIRST_AFTER + 7,
            Self::UploadPut => FIRST_AFTER + 8,
        }
    }

    /// The metric's name in reports and thresholds.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::ConnectAck => "connect_ack",
            Self::Rtt(call) => rtt_name(call),
            Self::SendToAck => "send_to_ack",
            Self::SendToEvent => "send_to_event",
            Self::SendToSelf => "send_to_self",
            Self::SendToPeer => "send_to_peer",
            Self::ConciergeToEvent => "concierge_to_event",
            Self::UnsendToEvent => "unsend_to_event",
            Self::EndToEvent => "end_to_event",
            Self::UploadUrl => "upload_url",
            Self::UploadPut => "upload_put",
        }
    }

    /// The metric of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|metric| metric.name() == name)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn rtt_name(call: Call) -> &'static str {
    match call {
        Call::Init => "rtt.init",
        Call::Session => "rtt.session",
        Call::Resume => "rtt.resume",
        Call::Messages => "rtt.messages",
        Call::Ping => "rtt.ping",
        Call::Send => "rtt.send",
        Call::Unsend => "rtt.unsend",
        Call::Seen => "rtt.seen",
        Call::Unread => "rtt.unread",
        Call::End => "rtt.end",
        Call::Other => "rtt.call",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_stands_where_its_index_points_and_is_found_by_its_name() {
        assert_eq!(Metric::all().count(), Metric::COUNT);
        for (at, metric) in Metric::all().enumerate() {
            assert_eq!(metric.index(), at, "{metric}");
            assert_eq!(Metric::parse(metric.name()), Some(metric));
        }
        assert_eq!(Metric::parse("rtt.sned"), None);
    }

    #[test]
    fn a_round_trip_is_named_after_its_step() {
        for call in Call::ALL {
            assert_eq!(Metric::Rtt(call).name(), format!("rtt.{}", call.as_str()));
        }
    }
}
