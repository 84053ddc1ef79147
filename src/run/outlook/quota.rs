//! What API Gateway allows a WebSocket API, and how near a run comes to it.

use serde::Serialize;

/// New connections a second, over all WebSocket APIs of an account in a region (API Gateway quotas).
const CONNECTS_PER_S: f64 = 500.0;

/// Requests a second of an account in a region; each event and answer that the service posts to a
/// connection is one too (API Gateway account-level throttling).
const REQUESTS_PER_S: f64 = 10_000.0;

/// Seconds after which an idle connection is closed (API Gateway quotas).
const IDLE_S: f64 = 600.0;

/// Seconds after which any connection is closed (API Gateway quotas).
const LIFETIME_S: f64 = 7_200.0;

/// Bytes of a message (API Gateway quotas).
const MESSAGE_BYTES: f64 = 131_072.0;

/// Bytes of a frame (API Gateway quotas). Devices send each message as one.
const FRAME_BYTES: f64 = 32_768.0;

/// A quota, and what the run takes of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quota {
    /// Of what.
    pub name: &'static str,
    /// In what it is counted.
    pub unit: &'static str,
    /// What is allowed.
    pub limit: f64,
    /// What the run takes at most, as far as it is known; `None`: as fast as answers come.
    pub used: Option<f64>,
    /// How near that is.
    pub nearness: Nearness,
    /// What brings a run further away from it.
    #[serde(skip)]
    pub remedy: &'static str,
}

/// How near a quota is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Nearness {
    /// Below half of it.
    Far,
    /// From half of it on.
    Near,
    /// Beyond it.
    Over,
    /// It cannot be told.
    Unknown,
}

impl Nearness {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Far => "far",
            Self::Near => "near",
            Self::Over => "over",
            Self::Unknown => "unknown",
        }
    }
}

/// What a run takes of each quota; `None` where it depends on how fast answers come.
pub(super) struct Used {
    pub(super) connects_per_s: Option<f64>,
    /// Sent, answered and fanned out.
    pub(super) requests_per_s: Option<f64>,
    pub(super) ping_every_s: f64,
    pub(super) length_s: Option<f64>,
    pub(super) message_bytes: f64,
}

/// Every quota, with what a run takes of it.
pub(super) fn quotas(used: &Used) -> Vec<Quota> {
    let quota = |name, unit, (limit, used): (f64, Option<f64>), remedy| {
        let nearness = match used {
            None => Nearness::Unknown,
            Some(used) if used > limit => Nearness::Over,
            Some(used) if used >= limit / 2.0 => Nearness::Near,
            Some(_) => Nearness::Far,
        };
        Quota { name, unit, limit, used, nearness, remedy }
    };
    let bytes = Some(used.message_bytes);
    let of_connects = "beyond it, handshakes are refused with 429; lower --connect-rate";
    let of_rate = "it is shared by all APIs of the account, and beyond it requests are throttled; fewer \
                   devices, a lower --rate, longer pauses, or a higher quota";
    let of_idle = "beyond it, connections are closed; --set ping_every=30s";
    let of_life =
        "beyond it, connections are closed; a shorter --duration, or a scenario that resumes";
    let of_size = "beyond it, connections are closed with 1009; shorter texts";
    let of_frame = "beyond it, connections are closed; shorter texts";
    vec![
        quota("connects", "/s", (CONNECTS_PER_S, used.connects_per_s), of_connects),
        quota("requests and events", "/s", (REQUESTS_PER_S, used.requests_per_s), of_rate),
        quota("idle time", "s", (IDLE_S, Some(used.ping_every_s)), of_idle),
        quota("connection time", "s", (LIFETIME_S, used.length_s), of_life),
        quota("message size", "bytes", (MESSAGE_BYTES, bytes), of_size),
        quota("frame size", "bytes", (FRAME_BYTES, bytes), of_frame),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(connects_per_s: Option<f64>, expected: Nearness) {
        let used = Used {
            connects_per_s,
            requests_per_s: None,
            ping_every_s: 30.0,
            length_s: None,
            message_bytes: 0.0,
        };
        assert_eq!(quotas(&used)[0].nearness, expected);
    }

    #[test]
    fn a_quota_is_near_from_half_of_it_and_over_beyond_it() {
        check(None, Nearness::Unknown);
        check(Some(249.0), Nearness::Far);
        check(Some(250.0), Nearness::Near);
        check(Some(500.0), Nearness::Near);
        check(Some(501.0), Nearness::Over);
    }
}
