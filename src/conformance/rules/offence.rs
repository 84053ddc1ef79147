//! Requests that the document forbids, and whose answer is judged for it.

use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Frame, Observation, Role};

/// A request that a server has to refuse: an error keeps the clause, a 200 breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conformance) struct Offence {
    /// Under which clause.
    pub(in crate::conformance) clause: ClauseId,
    /// What was asked for, to follow "was accepted": `another contentType than the three`.
    pub(in crate::conformance) says: &'static str,
}

/// Judges the answer to a request that has to be refused. Throttling says nothing.
pub(in crate::conformance) fn answered(
    offence: Offence,
    seen: &Observation<'_>,
    (frame, role): (&Frame, Role),
    to: &mut dyn Sink,
) {
    let is_gateways = matches!(role, Role::GatewayAnswer(_));
    let status = frame.status();
    if frame.is_throttling() || (status.is_none() && !is_gateways) {
        return;
    }
    to.checked(offence.clause);
    if !is_gateways && status.is_some_and(|status| status < 400) {
        to.found(Finding {
            message: format!("{} was accepted", offence.says),
            expected: "an error".into(),
            actual: format!("status {}", status.unwrap_or_default()),
            pointer: "/status".into(),
            ..Finding::on(seen, offence.clause)
        });
    }
}
