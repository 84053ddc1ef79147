//! When an open session is pinged (document: 4. Ping Chat Session).

use std::time::Duration;

use crate::protocol::{Call, Frame, Request, SessionId};

/// The session that a device keeps active, if there is one: the one it opened or resumed last.
#[derive(Debug)]
pub(super) struct KeepAlive {
    every: Duration,
    session: Option<(SessionId, Duration)>,
}

impl KeepAlive {
    pub(super) fn new(every: Duration) -> Self {
        Self { every, session: None }
    }

    /// When the next ping is due.
    pub(super) fn next_at(&self) -> Option<Duration> {
        self.session.as_ref().map(|(_, next_at)| *next_at)
    }

    /// The ping that is due now; the next one follows a period later.
    pub(super) fn due(&mut self, now: Duration) -> Option<Request> {
        let (session, next_at) = self.session.as_mut().filter(|(_, next_at)| *next_at <= now)?;
        *next_at = now + self.every;
        Some(Request::ping(session))
    }

    pub(super) fn stop(&mut self) {
        self.session = None;
    }

    /// Starts, moves or stops the pings as a frame tells: an event, or the answer to a call.
    pub(super) fn learn(&mut self, frame: &Frame, call: Option<Call>, at: Duration) {
        if call.is_some() && !frame.is_ok() {
            return;
        }
        let Some(session) = frame.session_id() else { return };
        let subject = if call.is_some() { frame.body() } else { frame.payload() };
        let is_closed = subject["chatSession"]["isSessionClosed"] == true;
        let is_kept = self.session.as_ref().is_some_and(|(kept, _)| *kept == session);
        match call {
            _ if is_closed && is_kept => self.session = None,
            _ if is_closed => {}
            Some(Call::Init | Call::Resume) => self.session = Some((session, at + self.every)),
            Some(Call::Ping) if is_kept => self.session = Some((session, at + self.every)),
            _ => {}
        }
    }
}
