//! The sessions that a flow instance has opened, and that are not known to be closed.
//!
//! It learns from what its connections see, whichever step or frame made it happen. Start from
//! [`Ledger::learn`].

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::protocol::{
    AccountNo, Call, Caller, ConnectionNo, DeviceNo, EventKind, Frame, FrameKind, Happening, Json,
    Observation, Route, Sent, SessionId, TenantId, digits,
};

use super::journal::{EndedBy, OpenedSession, SessionNews};

/// How many open sessions are remembered; beyond, the oldest are only counted.
const REMEMBERED: usize = 1000;

/// The longest id that is taken for one, in bytes; the document's have 36.
const LONGEST_ID: usize = 256;

/// A flow instance's open sessions, and the connections that it has.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    callers: BTreeMap<(DeviceNo, ConnectionNo), Rc<Caller>>,
    open: VecDeque<Open>,
    forgotten: u64,
}

#[derive(Debug)]
struct Open {
    session: SessionId,
    account: AccountNo,
    is_asked_to_end: bool,
}

impl Ledger {
    /// Learns from what happened; what it tells of a session, if that is news.
    pub(super) fn learn(&mut self, seen: &Observation<'_>) -> Option<SessionNews> {
        let whose = (seen.device, seen.connection);
        match &seen.what {
            Happening::Opened { caller, .. } => drop(self.callers.insert(whose, Rc::clone(caller))),
            Happening::Closed(_) => drop(self.callers.remove(&whose)),
            Happening::Sent(sent) if sent.request.call() == Call::End => self.asked_to_end(sent),
            Happening::Received { frame, answers, .. } => {
                return self.received(whose, frame, answers.map(Rc::as_ref));
            }
            _ => {}
        }
        None
    }

    /// Who opened a connection that is still there.
    pub(super) fn caller(&self, whose: (DeviceNo, ConnectionNo)) -> Option<&Caller> {
        self.callers.get(&whose).map(Rc::as_ref)
    }

    /// The connections that are there.
    pub(super) fn connections(&self) -> impl Iterator<Item = (DeviceNo, ConnectionNo)> {
        self.callers.keys().copied()
    }

    /// The open sessions that are remembered, by the account that opened them.
    pub(super) fn by_account(&self) -> BTreeMap<AccountNo, Vec<SessionId>> {
        let mut sessions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for open in &self.open {
            sessions.entry(open.account).or_default().push(open.session.clone());
        }
        sessions
    }

    /// How many sessions are open, those that are only counted among them.
    pub(super) fn len(&self) -> u64 {
        self.open.len() as u64 + self.forgotten
    }

    fn asked_to_end(&mut self, sent: &Sent) {
        let session = sent.request.session_id();
        if let Some(open) =
            self.open.iter_mut().find(|open| Some(&open.session) == session.as_ref())
        {
            open.is_asked_to_end = true;
        }
    }

    fn received(
        &mut self,
        whose: (DeviceNo, ConnectionNo),
        frame: &Frame,
        answers: Option<&Sent>,
    ) -> Option<SessionNews> {
        if let FrameKind::Event { kind: EventKind::Update(session), .. } = &frame.kind {
            let is_closed = is_closed(frame.payload()) == Some(true);
            return if is_closed { self.ended(session, EndedBy::Concierge) } else { None };
        }
        let FrameKind::Response { route, .. } = &frame.kind else { return None };
        if !frame.is_ok() {
            return None;
        }
        match answers.map(|sent| (sent, sent.request.call())) {
            Some((_, Call::Init)) => self.opened(whose, frame),
            // An answer that came too late opens a session all the same.
            None if *route == Route::Init => self.opened(whose, frame),
            Some((sent, Call::End)) if is_closed(frame.body()) != Some(false) => {
                self.ended(&sent.request.session_id()?, EndedBy::Us)
            }
            Some((_, Call::Session | Call::Resume | Call::Ping))
                if is_closed(frame.body()) == Some(true) =>
            {
                self.ended(&frame.session_id()?, EndedBy::Unknown)
            }
            _ => None,
        }
    }

    fn opened(&mut self, whose: (DeviceNo, ConnectionNo), frame: &Frame) -> Option<SessionNews> {
        let session = frame.session_id().filter(is_plausible)?;
        let is_known = self.open.iter().any(|open| open.session == session);
        if is_known || is_closed(frame.body()) == Some(true) {
            return None;
        }
        let caller = self.callers.get(&whose)?;
        let told = || digits(&frame.body()["tenant"]["id"]).map(TenantId);
        let news = OpenedSession {
            session: session.clone(),
            account: caller.account,
            tenant: caller.tenant.or_else(told),
            device_id: caller.device_id.clone(),
        };
        self.keep(session, news.account);
        Some(SessionNews::Opened(news))
    }

    fn keep(&mut self, session: SessionId, account: AccountNo) {
        if self.open.len() == REMEMBERED {
            self.open.pop_front();
            self.forgotten += 1;
        }
        self.open.push_back(Open { session, account, is_asked_to_end: false });
    }

    fn ended(&mut self, session: &SessionId, by: EndedBy) -> Option<SessionNews> {
        let at = self.open.iter().position(|open| open.session == *session)?;
        let open = self.open.remove(at)?;
        let by = if open.is_asked_to_end { EndedBy::Us } else { by };
        Some(SessionNews::Ended { session: open.session, by })
    }
}

/// Whether a body or payload says that its session is closed; `None` where it says nothing.
fn is_closed(subject: &Json) -> Option<bool> {
    subject["chatSession"]["isSessionClosed"].as_bool()
}

/// Whether an id may be kept and sent again: ids are a server's words.
fn is_plausible(session: &SessionId) -> bool {
    let id = session.as_str();
    (1..=LONGEST_ID).contains(&id.len()) && !id.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::protocol::{Ending, Form, Request, RequestNo, Role, TokenKind};

    /// What happens, in order.
    enum Step {
        /// A request and its answer.
        Asks(Request, Value),
        /// A frame that answers nothing.
        Hears(Value),
    }

    use Step::{Asks, Hears};

    fn observation(what: Happening<'_>) -> Observation<'_> {
        let (device, connection) = (DeviceNo(0), ConnectionNo(0));
        Observation { device, connection, at: Duration::ZERO, what }
    }

    /// Lets a connection of account 3 see this; tells what the ledger told, and what is open after.
    #[track_caller]
    fn check(steps: Vec<Step>, told: &[&str], open: &[&str]) {
        let mut ledger = Ledger::default();
        let caller = Rc::new(Caller {
            account: AccountNo(3),
            tenant: None,
            token: TokenKind::Valid,
            device_id: Some("d".into()),
        });
        let zero = Duration::ZERO;
        let opening = Happening::Opened {
            began_at: zero,
            planned_at: zero,
            caller: &caller,
            token_expires_at: None,
        };
        assert_eq!(ledger.learn(&observation(opening)), None);
        let mut news = Vec::new();
        for step in steps {
            let (request, frame) = match step {
                Asks(request, frame) => (Some(request), frame),
                Hears(frame) => (None, frame),
            };
            let sent = request.map(|request| {
                let (no, form) = (RequestNo(0), Form::Request);
                let planned_at = None;
                let (bytes, is_allowed) = (0, true);
                let written = None;
                Rc::new(Sent {
                    no,
                    request,
                    form,
                    written,
                    at: zero,
                    planned_at,
                    bytes,
                    is_allowed,
                })
            });
            news.extend(
                sent.iter().filter_map(|sent| ledger.learn(&observation(Happening::Sent(sent)))),
            );
            let text = frame.to_string();
            let frame = Rc::new(Frame::from_text(&text));
            let (role, bytes) = (Role::Stray, text.len());
            let what = Happening::Received {
                frame: &frame,
                text: &text,
                bytes,
                role,
                answers: sent.as_ref(),
            };
            news.extend(ledger.learn(&observation(what)));
        }
        let words: Vec<_> = news.iter().map(in_words).collect();
        assert_eq!(words, told);
        let left = ledger.by_account().remove(&AccountNo(3)).unwrap_or_default();
        assert_eq!(left.iter().map(SessionId::as_str).collect::<Vec<_>>(), open);
        let end = Ending::ByUs;
        ledger.learn(&observation(Happening::Closed(&end)));
        assert_eq!(ledger.connections().count(), 0);
    }

    fn in_words(news: &SessionNews) -> String {
        match news {
            SessionNews::Opened(OpenedSession { session, account, tenant, .. }) => {
                format!("opened {session} by {account} {:?}", tenant.map(|id| id.0))
            }
            SessionNews::Ended { session, by } => format!("ended {session} by {by:?}"),
        }
    }

    fn answer(route: &Route, session: &str, is_closed: bool) -> Value {
        let body = json!({
            "chatSessionId": session,
            "chatSession": { "isSessionClosed": is_closed },
            "tenant": { "id": "34" },
        });
        json!({ "channel": route.as_str(), "status": 200, "body": body })
    }

    fn opens(session: &str) -> Step {
        Asks(Request::init(), answer(&Route::Init, session, false))
    }

    fn id(session: &str) -> SessionId {
        SessionId::new(session)
    }

    #[test]
    fn a_session_is_open_until_its_end_is_acknowledged() {
        check(
            vec![opens("a"), opens("b")],
            &["opened a by 3 Some(34)", "opened b by 3 Some(34)"],
            &["a", "b"],
        );
        let ends = Asks(Request::end(&id("a")), answer(&Route::End, "a", true));
        check(vec![opens("a"), ends], &["opened a by 3 Some(34)", "ended a by Us"], &[]);
        let terse = json!({ "channel": Route::End.as_str(), "status": 200, "body": {} });
        let ends = Asks(Request::end(&id("a")), terse);
        check(vec![opens("a"), ends], &["opened a by 3 Some(34)", "ended a by Us"], &[]);
    }

    #[test]
    fn an_end_that_was_refused_or_had_no_effect_ends_nothing() {
        let refused = json!({ "channel": Route::End.as_str(), "status": 500, "body": {} });
        let without_effect = answer(&Route::End, "a", false);
        for frame in [refused, without_effect] {
            let ends = Asks(Request::end(&id("a")), frame);
            check(vec![opens("a"), ends], &["opened a by 3 Some(34)"], &["a"]);
        }
    }

    #[test]
    fn it_is_told_who_ended_a_session() {
        let update = |session: &str| {
            let payload = json!({ "chatSession": { "isSessionClosed": true } });
            Hears(
                json!({ "channel": format!("chat-session-update-{session}"), "payload": payload }),
            )
        };
        check(
            vec![opens("a"), update("b"), update("a")],
            &["opened a by 3 Some(34)", "ended a by Concierge"],
            &[],
        );
        let found = Asks(Request::ping(&id("a")), answer(&Route::Ping, "a", true));
        check(vec![opens("a"), found], &["opened a by 3 Some(34)", "ended a by Unknown"], &[]);
    }

    #[test]
    fn an_answer_that_nobody_waits_for_opens_a_session_and_a_resumed_one_is_another_flows() {
        let late = Hears(answer(&Route::Init, "a", false));
        check(vec![late], &["opened a by 3 Some(34)"], &["a"]);
        let resumed = Asks(Request::resume(&id("a")), answer(&Route::Init, "a", false));
        check(vec![resumed], &[], &[]);
    }

    #[test]
    fn what_is_no_id_is_not_kept() {
        check(vec![opens(""), opens(&"x".repeat(300)), opens("a\nb")], &[], &[]);
    }

    #[test]
    fn only_so_many_are_remembered_and_the_rest_is_counted() {
        let mut ledger = Ledger::default();
        (0..REMEMBERED + 5).for_each(|nth| ledger.keep(id(&nth.to_string()), AccountNo(0)));
        assert_eq!(ledger.len(), REMEMBERED as u64 + 5);
        assert_eq!(ledger.by_account()[&AccountNo(0)].len(), REMEMBERED);
    }
}
