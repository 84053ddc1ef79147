//! When an open session is pinged (document: 4. Ping Chat Session).

use std::time::Duration;

use crate::protocol::{Call, Frame, Request, SessionId};

/// The session that a device keeps active, if there is one: the one it opened or resumed last.
#[derive(Debug)]
pub(super) struct KeepAlive {
    every: Duration,
    session: Option<(SessionId, Duration)>,
    /// The session, while we ask to end it: no ping crosses that.
    ending: Option<SessionId>,
}

impl KeepAlive {
    pub(super) fn new(every: Duration) -> Self {
        Self { every, session: None, ending: None }
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

    /// A request leaves: what is asked to end is pinged no more.
    pub(super) fn asked(&mut self, request: &Request) {
        if request.call() == Call::End
            && let Some((session, _)) =
                self.session.take_if(|(kept, _)| Some(&*kept) == request.session_id().as_ref())
        {
            self.ending = Some(session);
        }
    }

    /// The session that is kept active, be it asked to end or not.
    pub(super) fn session(&self) -> Option<SessionId> {
        self.session.as_ref().map(|(session, _)| session).or(self.ending.as_ref()).cloned()
    }

    /// Starts, moves or stops the pings as a frame tells: an event, or the answer to a call.
    pub(super) fn learn(&mut self, frame: &Frame, call: Option<Call>, at: Duration) {
        let ending = if call == Some(Call::End) { self.ending.take() } else { None };
        if call.is_some() && !frame.is_ok() {
            // It goes on.
            self.session = ending.map(|session| (session, at + self.every)).or(self.session.take());
            return;
        }
        let Some(session) = frame.session() else { return };
        let subject = if call.is_some() { frame.body() } else { frame.payload() };
        let is_closed = subject["chatSession"]["isSessionClosed"] == true;
        let is_kept = self.session.as_ref().is_some_and(|(kept, _)| kept.as_str() == session);
        match call {
            _ if is_closed && is_kept => self.session = None,
            _ if is_closed => {}
            Some(Call::Init | Call::Resume) => self.keep(session, at),
            Some(Call::Ping) if is_kept => self.keep(session, at),
            _ => {}
        }
    }

    fn keep(&mut self, session: &str, at: Duration) {
        self.session = Some((SessionId::new(session), at + self.every));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A session is opened, and asked to be ended, which is answered with this status; whether it is
    /// pinged between the two, and after.
    #[track_caller]
    fn check(status: u64, expected: [bool; 2]) {
        let answer = |status: u64| {
            let body = json!({ "chatSessionId": "s" });
            Frame::from_text(
                &json!({ "channel": "client/x", "status": status, "body": body }).to_string(),
            )
        };
        let at = Duration::from_secs;
        let mut keep_alive = KeepAlive::new(at(30));
        keep_alive.learn(&answer(200), Some(Call::Init), at(0));
        assert_eq!(keep_alive.next_at(), Some(at(30)));
        keep_alive.asked(&Request::end(&SessionId::new("s")));
        let between = keep_alive.due(at(60)).is_some();
        keep_alive.learn(&answer(status), Some(Call::End), at(61));
        assert_eq!([between, keep_alive.due(at(100)).is_some()], expected);
    }

    #[test]
    fn no_ping_crosses_the_end_of_a_session() {
        check(200, [false, false]);
    }

    #[test]
    fn a_session_whose_end_is_refused_is_pinged_on() {
        check(500, [false, true]);
    }
}
