//! The requests of a connection that wait for their answers.

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::protocol::{Correlator, Form, Frame, Request, RequestNo, Role, Sent};

use super::Reply;
use super::error::RequestError;

/// Where a request's answer, or the reason why there is none, is waited for.
pub(super) type Answer = Result<Reply, RequestError>;

/// The requests of a connection, by number.
pub(super) struct Requests {
    correlator: Correlator,
    waiting: Vec<Waiting>,
    next: u64,
    planned_at: Option<Duration>,
}

/// A request that waits for its answer.
pub(super) struct Waiting {
    pub(super) sent: Rc<Sent>,
    deadline: Duration,
    answer: oneshot::Sender<Answer>,
}

impl Waiting {
    /// Hands over the answer. Nobody may be waiting, as for a ping that keeps a session active.
    pub(super) fn answer(self, answer: Answer) {
        let _ = self.answer.send(answer);
    }
}

impl Requests {
    /// None yet; the first will have this number.
    pub(super) fn new(first: RequestNo, correlator: Correlator) -> Self {
        Self { correlator, waiting: Vec::new(), next: first.0, planned_at: None }
    }

    /// The number that the next request will have.
    pub(super) fn next(&self) -> RequestNo {
        RequestNo(self.next)
    }

    /// How many wait for their answer.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The next request was planned to leave then.
    pub(super) fn plan(&mut self, planned_at: Duration) {
        self.planned_at = Some(planned_at);
    }

    /// Notes a request of so many bytes that leaves `at`, to be answered by the deadline.
    pub(super) fn open(
        &mut self,
        (request, form, written): (Request, Form, Option<Box<str>>),
        (is_allowed, bytes): (bool, usize),
        at: Duration,
        deadline: Duration,
        answer: oneshot::Sender<Answer>,
    ) -> Rc<Sent> {
        let no = self.next();
        let planned_at = self.planned_at.take();
        self.next += 1;
        let sent = Rc::new(Sent { no, request, form, written, at, planned_at, bytes, is_allowed });
        self.correlator.sent(&sent);
        self.waiting.push(Waiting { sent: Rc::clone(&sent), deadline, answer });
        sent
    }

    /// Says what a frame is, and takes out the request that it answers.
    pub(super) fn attribute(&mut self, frame: &Frame) -> (Role, Option<Waiting>) {
        let role = self.correlator.attribute(frame);
        let (Role::Answer(no) | Role::MisnamedAnswer(no) | Role::GatewayAnswer(no)) = role else {
            return (role, None);
        };
        let at = self.waiting.iter().position(|waiting| waiting.sent.no == no);
        (role, at.map(|at| self.waiting.remove(at)))
    }

    /// The earliest deadline.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.waiting.iter().map(|waiting| waiting.deadline).min()
    }

    /// Nothing is due before this instant.
    pub(super) fn put_off(&mut self, deadline: Duration) {
        for waiting in &mut self.waiting {
            waiting.deadline = waiting.deadline.max(deadline);
        }
    }

    /// Takes out the requests whose deadline has come.
    pub(super) fn take_expired(&mut self, now: Duration) -> Vec<Waiting> {
        let (expired, waiting) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting: &Waiting| waiting.deadline <= now);
        self.waiting = waiting;
        for waiting in &expired {
            self.correlator.expire(waiting.sent.no);
        }
        expired
    }

    /// Takes out every request.
    pub(super) fn take_all(&mut self) -> Vec<Waiting> {
        std::mem::take(&mut self.waiting)
    }
}
