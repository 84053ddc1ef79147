//! A message that came: counted, measured, and where it is an error laid to whom it is the fault of.

use std::rc::Rc;
use std::time::Duration;

use crate::metrics::{Metric, Recorder};
use crate::protocol::{Call, Frame, Role, Sent};
use crate::run::blame::Blame;

/// Counts a message that came; who is to blame where it is an error.
pub(super) fn received(
    recorder: &mut Recorder,
    at: Duration,
    frame: &Frame,
    (role, is_lapse, has_waited): (Role, bool, bool),
    answers: Option<&Rc<Sent>>,
) -> Option<Blame> {
    match role {
        Role::Event => {
            recorder.totals_mut().events += 1;
            None
        }
        Role::Answer(_) | Role::MisnamedAnswer(_) | Role::GatewayAnswer(_) => {
            recorder.totals_mut().responses += 1;
            if is_lapse {
                return Some(Blame::LAPSED);
            }
            let sent = answers?;
            if !has_waited {
                took(recorder, at, frame, sent);
            }
            answered(recorder, frame, sent)
        }
        Role::LateAnswer(_) | Role::SecondAnswer => {
            recorder.totals_mut().responses += 1;
            Some(Blame::UNASKED)
        }
        Role::Acknowledgment => None,
        Role::Stray => Some(Blame::of_stray(frame)),
    }
}

/// Measures how long an answer took. One that waited for us to read tells nothing.
fn took(recorder: &mut Recorder, at: Duration, frame: &Frame, sent: &Sent) {
    let call = sent.request.call();
    let (latency, service) = sent.until(at);
    recorder.planned_latency(Metric::Rtt(call), latency, service);
    if call == Call::Send && frame.is_ok() {
        recorder.planned_latency(Metric::SendToAck, latency, service);
    }
}

fn answered(recorder: &mut Recorder, frame: &Frame, sent: &Sent) -> Option<Blame> {
    if !frame.is_ok() {
        return Blame::of_answer(frame, sent.is_allowed);
    }
    let is_send = sent.request.call() == Call::Send;
    recorder.totals_mut().sends_acked += u64::from(is_send);
    None
}
