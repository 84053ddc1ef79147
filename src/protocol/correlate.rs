//! Which request a frame answers. The protocol has no request id, so it goes by connection, route
//! and the ids in the bodies; what cannot be told apart (two equal pings) is matched in order, and
//! nothing may be concluded from which of them was which.

mod foreign;

use std::collections::VecDeque;
use std::rc::Rc;

use super::{Frame, FrameKind, Json, RequestNo, Route, Sent};

/// What an incoming frame is to its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It answers this request.
    Answer(RequestNo),
    /// It looks like an answer to this request, under another route's name (ENV-2).
    MisnamedAnswer(RequestNo),
    /// A gateway's error frame, which names no request: laid to the oldest open one that carried no
    /// route, else to the oldest.
    GatewayAnswer(RequestNo),
    /// It answers a request whose deadline has passed (ENV-3).
    LateAnswer(RequestNo),
    /// It answers a route that was called, and has been answered already (ENV-3).
    SecondAnswer,
    /// A pushed event.
    Event,
    /// The connection's acknowledgment.
    Acknowledgment,
    /// None of these (ENV-10).
    Stray,
}

impl Role {
    /// The request that the frame answers in time, where it answers one.
    pub fn answers(self) -> Option<RequestNo> {
        match self {
            Self::Answer(no) | Self::MisnamedAnswer(no) | Self::GatewayAnswer(no) => Some(no),
            Self::LateAnswer(_)
            | Self::SecondAnswer
            | Self::Event
            | Self::Acknowledgment
            | Self::Stray => None,
        }
    }
}

/// The open requests of one connection.
#[derive(Debug, Default)]
pub struct Correlator {
    open: Vec<Rc<Sent>>,
    expired: VecDeque<(RequestNo, Route)>,
    answered: Vec<Route>,
    acknowledged: bool,
    /// What the acknowledgment goes by, where it looks like an answer.
    acknowledged_as: Option<Route>,
    /// Whether the endpoint speaks another protocol than the document's.
    is_foreign: bool,
}

/// How many expired requests are remembered, so that a late answer is told from a second one.
const EXPIRED_KEPT: usize = 64;

/// The keys of a request's body that its answer repeats, and where.
const MARKS: [(&str, [&str; 2]); 4] = [
    ("chatSessionId", ["/chatSessionId", "/messages/0/chatSessionId"]),
    ("messageId", ["/messageId", "/chatMessage/id"]),
    ("messageContent", ["/chatMessage/messageContent", ""]),
    ("contentType", ["/chatMessage/contentType", ""]),
];

impl Correlator {
    /// Of a connection to an endpoint that speaks another protocol, of which only this is assumed:
    /// an answer names in `channel` or `action` what was called, or nothing at all; what names
    /// something else is an event.
    pub fn foreign() -> Self {
        Self { is_foreign: true, ..Self::default() }
    }

    /// Notes that a request has left.
    pub fn sent(&mut self, sent: &Rc<Sent>) {
        self.open.push(Rc::clone(sent));
    }

    /// Gives up on a request: its deadline has passed.
    pub fn expire(&mut self, no: RequestNo) {
        if let Some(at) = self.open.iter().position(|open| open.no == no) {
            let open = self.open.remove(at);
            self.expired.truncate(EXPIRED_KEPT - 1);
            self.expired.push_front((no, open.request.route.clone()));
        }
    }

    /// Says what a frame is, and closes the request that it answers.
    pub fn attribute(&mut self, frame: &Frame) -> Role {
        if self.is_foreign {
            return self.foreign_role(frame);
        }
        match &frame.kind {
            FrameKind::Event { .. } => Role::Event,
            FrameKind::GatewayError => {
                let oldest = (!self.open.is_empty()).then_some(0);
                let at = self.raw().or(oldest);
                at.map_or(Role::Stray, |at| Role::GatewayAnswer(self.close(at)))
            }
            FrameKind::Response { route, .. } => self.response(route, frame),
            FrameKind::Other | FrameKind::Malformed(_) => self.unasked(),
            FrameKind::Binary(_) => Role::Stray,
        }
    }

    fn response(&mut self, route: &Route, frame: &Frame) -> Role {
        if let Some(at) = self.best(frame, |open| open.request.route == *route) {
            return Role::Answer(self.close(at));
        }
        if let Some(at) = self.expired.iter().rposition(|(_, expired)| expired == route) {
            let late = self.expired.remove(at);
            return late.map_or(Role::SecondAnswer, |(no, _)| Role::LateAnswer(no));
        }
        if self.answered.contains(route) {
            return Role::SecondAnswer;
        }
        if self.acknowledged_as.as_ref() == Some(route) {
            return Role::Stray;
        }
        // What answers a frame without a route is an error; an acknowledgment is none.
        let is_error = frame.status().is_some_and(|status| status >= 400);
        let raw = if is_error && !route.is_documented() { self.raw() } else { None };
        let is_answer = route.is_documented() || self.acknowledged;
        let answered = self.best(frame, |_| is_answer && frame.status().is_some());
        if let Some(at) = raw.or(answered) {
            return Role::MisnamedAnswer(self.close(at));
        }
        if route.is_documented() {
            return Role::Stray;
        }
        let role = self.unasked();
        if role == Role::Acknowledgment {
            self.acknowledged_as = Some(route.clone());
        }
        role
    }

    /// The oldest open request that carried no route.
    fn raw(&self) -> Option<usize> {
        self.open.iter().position(|open| !open.request.has_route())
    }

    fn unasked(&mut self) -> Role {
        if std::mem::replace(&mut self.acknowledged, true) {
            Role::Stray
        } else {
            Role::Acknowledgment
        }
    }

    /// The open request whose marks the frame repeats best; of equals, the oldest.
    fn best(&self, frame: &Frame, fits: impl Fn(&Sent) -> bool) -> Option<usize> {
        let mut fitting = self.open.iter().enumerate().filter(|(_, open)| fits(open));
        let (first, _) = fitting.next()?;
        if fitting.next().is_none() {
            return Some(first);
        }
        let mut best: Option<(usize, i32)> = None;
        for (at, open) in self.open.iter().enumerate().filter(|(_, open)| fits(open)) {
            let score = likeness(&open.request.body, frame.body());
            if best.is_none_or(|(_, most)| score > most) {
                best = Some((at, score));
            }
        }
        best.map(|(at, _)| at)
    }

    fn close(&mut self, at: usize) -> RequestNo {
        let open = self.open.remove(at);
        if !self.answered.contains(&open.request.route) {
            self.answered.push(open.request.route.clone());
        }
        open.no
    }
}

/// Marks of a request's body that an answer's repeats, less those that it contradicts.
fn likeness(asked: &Json, body: &Json) -> i32 {
    let mut score = 0;
    for (key, places) in MARKS {
        let Some(mark) = asked.get(key) else { continue };
        let shown = places.iter().find_map(|place| body.pointer(place).filter(|v| !v.is_object()));
        if let Some(shown) = shown {
            score += if same(mark, shown) { 1 } else { -1 };
        }
    }
    score
}

/// Equal, ids written as digits or numbers being the same.
fn same(sent: &Json, shown: &Json) -> bool {
    sent == shown || super::digits(sent).is_some_and(|id| super::digits(shown) == Some(id))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::protocol::{ContentType, Form, MessageId, Request, SessionId};

    /// A request of this number as it leaves.
    pub(super) fn leaving(no: u64, request: Request) -> Rc<Sent> {
        Rc::new(Sent {
            no: RequestNo(no),
            request,
            form: Form::Request,
            written: None,
            at: Duration::ZERO,
            planned_at: None,
            bytes: 0,
            is_allowed: true,
        })
    }

    /// Sends the requests in order, numbered from 0, then holds each frame's role to what is said.
    #[track_caller]
    fn check(requests: &[Request], frames: &[(Value, Role)]) {
        let mut correlator = Correlator::default();
        for (no, request) in (0..).zip(requests) {
            correlator.sent(&leaving(no, request.clone()));
        }
        for (frame, role) in frames {
            let frame = Frame::from_text(&frame.to_string());
            assert_eq!(correlator.attribute(&frame), *role, "{:?}", frame.json);
        }
    }

    fn session(name: &str) -> SessionId {
        SessionId::new(name)
    }

    fn send(text: &str) -> Request {
        Request::send(&session("a"), &ContentType::Text, text, None)
    }

    fn answer(route: &Route, body: &Value) -> Value {
        json!({ "channel": route.as_str(), "status": 200, "body": body })
    }

    fn sent(text: &str) -> Value {
        answer(
            &Route::Send,
            &json!({ "chatSessionId": "a", "chatMessage": { "messageContent": text } }),
        )
    }

    #[test]
    fn answers_out_of_order_find_their_requests_by_the_ids_in_them() {
        check(
            &[send("one"), send("two"), send("three")],
            &[
                (sent("three"), Role::Answer(RequestNo(2))),
                (sent("one"), Role::Answer(RequestNo(0))),
                (sent("two"), Role::Answer(RequestNo(1))),
            ],
        );
        check(
            &[
                Request::unsend(&session("a"), MessageId(1)),
                Request::unsend(&session("a"), MessageId(2)),
            ],
            &[(answer(&Route::Unsend, &json!({ "messageId": "2" })), Role::Answer(RequestNo(1)))],
        );
    }

    #[test]
    fn what_cannot_be_told_apart_is_matched_in_order() {
        let pong = answer(&Route::Ping, &json!({ "chatSessionId": "a" }));
        check(
            &[Request::ping(&session("a")), Request::ping(&session("a"))],
            &[(pong.clone(), Role::Answer(RequestNo(0))), (pong, Role::Answer(RequestNo(1)))],
        );
    }

    #[test]
    fn an_answer_with_other_content_still_answers_its_request() {
        check(&[send("one")], &[(sent("mangled"), Role::Answer(RequestNo(0)))]);
    }

    #[test]
    fn a_second_answer_is_not_laid_to_another_request() {
        check(
            &[send("one"), Request::unread()],
            &[(sent("one"), Role::Answer(RequestNo(0))), (sent("one"), Role::SecondAnswer)],
        );
    }

    #[test]
    fn an_answer_under_another_routes_name_is_told() {
        let misnamed = answer(&Route::Ping, &json!({ "unreadMsgCount": "0" }));
        check(&[Request::unread()], &[(misnamed, Role::MisnamedAnswer(RequestNo(0)))]);
    }

    #[test]
    fn the_first_frame_that_is_nothing_else_is_the_acknowledgment() {
        let acknowledgment = json!({ "channel": "connection", "status": 200, "body": {} });
        check(
            &[send("one")],
            &[
                (json!({ "channel": "chat-message-a", "payload": {} }), Role::Event),
                (acknowledgment.clone(), Role::Acknowledgment),
                (json!({ "hello": "again" }), Role::Stray),
            ],
        );
        check(&[], &[(json!("hello"), Role::Acknowledgment), (acknowledgment, Role::Stray)]);
    }

    #[test]
    fn a_second_acknowledgment_answers_nothing() {
        let acknowledgment = json!({ "channel": "connection", "status": 200, "body": {} });
        let misnamed = answer(&Route::Other("error".into()), &json!({}));
        check(
            &[send("one")],
            &[
                (acknowledgment.clone(), Role::Acknowledgment),
                (acknowledgment, Role::Stray),
                (misnamed, Role::MisnamedAnswer(RequestNo(0))),
            ],
        );
    }

    #[test]
    fn a_gateway_error_goes_to_the_oldest_open_request() {
        let error =
            json!({ "message": "Internal server error", "connectionId": "c", "requestId": "r" });
        check(
            &[send("one"), send("two")],
            &[
                (error.clone(), Role::GatewayAnswer(RequestNo(0))),
                (error.clone(), Role::GatewayAnswer(RequestNo(1))),
                (error, Role::Stray),
            ],
        );
    }

    #[test]
    fn an_error_that_names_no_request_goes_to_the_one_without_a_route() {
        let ping = Request::ping(&session("a"));
        let raw = Request::any("", json!({}));
        let pong = answer(&Route::Ping, &json!({ "chatSessionId": "a" }));
        let error = json!({ "channel": "error", "status": 400, "body": { "message": "no route" } });
        check(
            &[ping.clone(), raw.clone()],
            &[
                (error, Role::MisnamedAnswer(RequestNo(1))),
                (pong.clone(), Role::Answer(RequestNo(0))),
            ],
        );
        let gateways = json!({ "message": "Forbidden", "connectionId": "c", "requestId": "r" });
        check(
            &[ping, raw],
            &[(gateways, Role::GatewayAnswer(RequestNo(1))), (pong, Role::Answer(RequestNo(0)))],
        );
    }

    #[test]
    fn an_answer_after_the_deadline_is_late_and_not_a_second_one() {
        let mut correlator = Correlator::default();
        correlator.sent(&leaving(0, send("one")));
        correlator.expire(RequestNo(0));
        let frame = Frame::from_text(&sent("one").to_string());
        assert_eq!(correlator.attribute(&frame), Role::LateAnswer(RequestNo(0)));
    }
}
