//! Where an actor plays the concierge, by which token, and what is counted there.

use secrecy::ExposeSecret;

use crate::device::{AccessToken, Target, TargetError};
use crate::metrics::Metric;
use crate::protocol::{Happening, Observation};
use crate::scenario;

use super::blame::Blame;
use super::tally::Tally;

/// An endpoint beside the target, on which an actor plays the concierge.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The endpoint.
    pub target: Target,
    /// The access token that is shown there.
    pub token: AccessToken,
}

impl Desk {
    /// # Errors
    /// A URL that no device can connect to.
    pub(super) fn of(desk: &scenario::Desk) -> Result<Self, TargetError> {
        let target = Target::parse(desk.url.expose_secret())?;
        Ok(Self { target, token: AccessToken::new(desk.token.expose_secret().to_owned()) })
    }
}

/// Counts what a concierge sends and gets. The document says nothing of it, so nothing of it is
/// judged, and an error that it is answered with is for its steps to expect or not. Why a connection
/// ended, and what that cut off, is the witness's to count.
pub(super) fn count(tally: &Tally, seen: &Observation<'_>) {
    match &seen.what {
        Happening::Opened { began_at, .. } => tally.with(|interval| {
            interval.connected += 1;
            interval.recorder.totals_mut().connections += 1;
            interval.recorder.latency(Metric::Connect, seen.at.saturating_sub(*began_at));
        }),
        Happening::Sent(sent) => tally.with(|interval| {
            let totals = interval.recorder.totals_mut();
            totals.requests += 1;
            totals.bytes_out += sent.bytes as u64;
        }),
        Happening::Received { bytes, answers, .. } => tally.with(|interval| {
            let totals = interval.recorder.totals_mut();
            totals.bytes_in += *bytes as u64;
            totals.responses += u64::from(answers.is_some());
        }),
        Happening::Expired(_) => tally.blame(Blame::EXPIRED, seen.at),
        Happening::Closed(_) => tally.with(|interval| interval.connected -= 1),
        Happening::CutOff(_)
        | Happening::NotOpened { .. }
        | Happening::Uploaded(_)
        | Happening::Pong { .. }
        | Happening::Paused { .. }
        | Happening::ReadUp => {}
    }
}
