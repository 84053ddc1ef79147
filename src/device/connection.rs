//! One open connection: the task that owns its reading and its deadlines, and the state it shares
//! with the device.
//!
//! Writing goes straight to the socket, under the task's waker, so that a request costs no task
//! switch; what does not fit waits in the outbox, which the task empties.

mod hindered;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{Notify, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;

use crate::protocol::{
    Broken, ConnectionNo, Correlator, DeviceNo, Ending, Form, Frame, Happening, Observation,
    Request, RequestNo, Role, SessionId,
};

use super::backlog::Backlog;
use super::clock::{Clock, by};
use super::connect::Socket;
use super::ending;
use super::error::RequestError;
use super::inbox::Inbox;
use super::keep_alive::KeepAlive;
use super::pause::Pause;
use super::raw;
use super::requests::{Answer, Requests};
use super::{Config, Observer, Reply};

/// How long a server may take to drop the stream once both sides have closed (RFC 6455 section
/// 7.1.1: it is the server that does).
const LINGER: Duration = Duration::from_secs(1);

/// Messages read in one go, so that a flood on one connection does not starve the others.
const READ_AT_ONCE: usize = 32;

/// What a WebSocket ping carries; a pong carries it back.
const PING: Bytes = Bytes::from_static(b"deskbell");

pub(super) struct Connection {
    pub(super) device: DeviceNo,
    pub(super) no: ConnectionNo,
    pub(super) config: Config,
    pub(super) backlog: Backlog,
    pub(super) pause: Pause,
    clock: Rc<dyn Clock>,
    observer: Rc<dyn Observer>,
    socket: RefCell<Socket>,
    state: RefCell<State>,
    waker: RefCell<Waker>,
    /// Until when the task sleeps at most; an earlier deadline has to wake it.
    armed: Cell<Duration>,
    /// Whether something is still to be written, or flushed.
    is_unsent: Cell<bool>,
    /// When a WebSocket ping left that has no pong yet.
    pinged_at: Cell<Option<Duration>>,
    arrived: Notify,
}

struct State {
    requests: Requests,
    outbox: VecDeque<Message>,
    inbox: Inbox,
    keep_alive: KeepAlive,
    closing: bool,
    ending: Option<Ending>,
}

impl Connection {
    pub(super) fn new(
        (device, no): (DeviceNo, ConnectionNo),
        config: Config,
        clock: Rc<dyn Clock>,
        observer: Rc<dyn Observer>,
        (socket, first_request): (Socket, RequestNo),
    ) -> Self {
        let correlator =
            if config.is_foreign { Correlator::foreign() } else { Correlator::default() };
        let state = State {
            requests: Requests::new(first_request, correlator),
            outbox: VecDeque::new(),
            inbox: Inbox::new(config.inbox_capacity),
            keep_alive: KeepAlive::new(config.ping_every),
            closing: false,
            ending: None,
        };
        Self {
            device,
            no,
            config,
            backlog: Backlog::default(),
            pause: Pause::default(),
            clock,
            observer,
            socket: RefCell::new(socket),
            state: RefCell::new(state),
            waker: RefCell::new(Waker::noop().clone()),
            armed: Cell::new(Duration::ZERO),
            is_unsent: Cell::new(false),
            pinged_at: Cell::new(None),
            arrived: Notify::new(),
        }
    }

    pub(super) fn observe(&self, at: Duration, what: Happening<'_>) {
        let observation = Observation { device: self.device, connection: self.no, at, what };
        self.observer.observe(&observation);
    }

    pub(super) fn ending(&self) -> Option<Ending> {
        self.state.borrow().ending.clone()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state.borrow().ending.is_some()
    }

    pub(super) fn next_request(&self) -> RequestNo {
        self.state.borrow().requests.next()
    }

    pub(super) fn outstanding(&self) -> usize {
        self.state.borrow().requests.len()
    }

    pub(super) fn plan(&self, planned_at: Duration) {
        self.state.borrow_mut().requests.plan(planned_at);
    }

    pub(super) fn overflowed(&self) -> u64 {
        self.state.borrow().inbox.overflowed()
    }

    pub(super) fn session(&self) -> Option<SessionId> {
        self.state.borrow().keep_alive.session()
    }

    /// Takes over the events of another connection.
    pub(super) fn inherit(&self, other: &Self) {
        self.state.borrow_mut().inbox = other.state.borrow_mut().inbox.take_all();
    }

    pub(super) fn take_event(&self, fits: impl FnMut(&Frame) -> bool) -> Option<Rc<Frame>> {
        self.state.borrow_mut().inbox.take(fits)
    }

    /// Ends when an event has arrived, or the connection has ended.
    pub(super) async fn arrival(&self) {
        self.arrived.notified().await;
    }

    /// Sends a request; its answer, or the reason why there is none, comes by the receiver.
    pub(super) fn request(&self, request: Request, is_allowed: bool) -> oneshot::Receiver<Answer> {
        let (text, request) = (request.encode(), (request, Form::Request, None));
        match raw::whole(text) {
            Ok(message) => {
                let bytes = message.len();
                self.ask(request, (is_allowed, bytes), || self.send(message))
            }
            Err(pieces) => self.request_raw(pieces, request, is_allowed),
        }
    }

    /// Sends messages as they are, in place of a request; what answers them comes by the receiver.
    pub(super) fn request_raw(
        &self,
        messages: Vec<Message>,
        request: (Request, Form, Option<Box<str>>),
        is_allowed: bool,
    ) -> oneshot::Receiver<Answer> {
        let bytes = messages.iter().map(Message::len).sum();
        self.ask(request, (is_allowed, bytes), || {
            messages.into_iter().for_each(|message| self.send(message));
        })
    }

    fn ask(
        &self,
        request: (Request, Form, Option<Box<str>>),
        (is_allowed, bytes): (bool, usize),
        send: impl FnOnce(),
    ) -> oneshot::Receiver<Answer> {
        let (answer, receiver) = oneshot::channel();
        if let Some(ending) = self.ending() {
            // The receiver is held by the caller, so the send cannot fail.
            let _ = answer.send(Err(RequestError::CutOff(ending)));
            return receiver;
        }
        let at = self.clock.now();
        let deadline = at + self.config.response_timeout;
        self.state.borrow_mut().keep_alive.asked(&request.0);
        let sent = self.state.borrow_mut().requests.open(
            request,
            (is_allowed, bytes),
            at,
            deadline,
            answer,
        );
        self.observe(at, Happening::Sent(&sent));
        send();
        self.wake_by(deadline);
        receiver
    }

    fn send(&self, message: Message) {
        self.state.borrow_mut().outbox.push_back(message);
        let waker = self.waker.borrow().clone();
        self.write(&mut Context::from_waker(&waker));
    }

    /// Writes what the socket takes now. An error shows when the task reads.
    fn write(&self, cx: &mut Context<'_>) {
        let mut socket = self.socket.borrow_mut();
        let mut state = self.state.borrow_mut();
        while !state.outbox.is_empty() && matches!(socket.poll_ready_unpin(cx), Poll::Ready(Ok(())))
        {
            if let Some(message) = state.outbox.pop_front() {
                let _ = socket.start_send_unpin(message);
            }
        }
        let is_flushed = socket.poll_flush_unpin(cx).is_ready();
        self.is_unsent.set(!is_flushed || !state.outbox.is_empty());
    }

    /// Begins the closing handshake.
    pub(super) fn begin_close(&self) {
        self.read_on();
        self.state.borrow_mut().closing = true;
        let frame = CloseFrame { code: 1000.into(), reason: "".into() };
        self.send(Message::Close(Some(frame)));
        self.waker.borrow().wake_by_ref();
    }

    /// The task: reads, answers waiters, pings, until the connection ends.
    pub(super) async fn drive(self: Rc<Self>) {
        if self.config.pings_socket {
            self.pinged_at.set(Some(self.clock.now()));
            self.send(Message::Ping(PING));
        }
        let mut sleep = self.arm();
        let ending = poll_fn(|cx| {
            if !self.waker.borrow().will_wake(cx.waker()) {
                *self.waker.borrow_mut() = cx.waker().clone();
            }
            if self.is_unsent.get() {
                self.write(cx);
            }
            if let Poll::Ready(ending) = self.read(cx) {
                return Poll::Ready(ending);
            }
            if self.earliest_due() < self.armed.get() {
                sleep = self.arm();
            }
            while sleep.as_mut().poll(cx).is_ready() {
                self.on_time(self.clock.now());
                sleep = self.arm();
            }
            Poll::Pending
        })
        .await;
        self.end(&ending);
        by(&*self.clock, self.clock.now() + LINGER, self.drained()).await;
        self.arrived.notify_one();
    }

    /// Ends when the server has dropped the stream.
    async fn drained(&self) {
        poll_fn(|cx| {
            let mut socket = self.socket.borrow_mut();
            while let Some(Ok(_)) = ready!(socket.poll_next_unpin(cx)) {}
            Poll::Ready(())
        })
        .await;
    }

    fn arm(&self) -> super::clock::Sleep {
        let due = self.earliest_due();
        self.armed.set(due);
        self.clock.sleep_until(due)
    }

    fn wake_by(&self, due: Duration) {
        if due < self.armed.get() {
            self.waker.borrow().wake_by_ref();
        }
    }

    /// The next instant at which something is to be done, or a look at the clock will not hurt.
    fn earliest_due(&self) -> Duration {
        let state = self.state.borrow();
        // While nothing is read, no answer can be late.
        let deadline = self.pause.until().or_else(|| state.requests.deadline());
        let ping = state.keep_alive.next_at();
        let idle = self.clock.now() + self.config.ping_every;
        deadline.into_iter().chain(ping).min().unwrap_or(idle)
    }

    fn read(&self, cx: &mut Context<'_>) -> Poll<Ending> {
        if self.is_paused() {
            return Poll::Pending;
        }
        for _ in 0..READ_AT_ONCE {
            let message = self.socket.borrow_mut().poll_next_unpin(cx);
            match message {
                Poll::Pending => {
                    self.backlog.drained();
                    if self.pause.reads_up(self.clock.now()) {
                        self.observe(self.clock.now(), Happening::ReadUp);
                    }
                    return Poll::Pending;
                }
                Poll::Ready(Some(Ok(Message::Close(frame)))) => {
                    return Poll::Ready(self.on_close(frame.as_ref()));
                }
                Poll::Ready(Some(Ok(message))) => {
                    let at = self.clock.now();
                    // What a pause of ours has piled up is no backlog.
                    if !self.pause.has_delayed(at) {
                        self.backlog.read();
                    }
                    self.on_message(&message, at);
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(self.broken(ending::of_error(&error)));
                }
                Poll::Ready(None) => return Poll::Ready(self.broken(Broken::Reset)),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn on_close(&self, frame: Option<&CloseFrame>) -> Ending {
        if self.state.borrow().closing { Ending::ByUs } else { ending::of_close(frame) }
    }

    /// A peer that drops the stream instead of answering our close has closed it all the same.
    fn broken(&self, how: Broken) -> Ending {
        let closing = self.state.borrow().closing;
        if closing && how == Broken::Reset { Ending::ByUs } else { Ending::Broken(how) }
    }

    fn on_message(&self, message: &Message, at: Duration) {
        match message {
            Message::Text(text) => self.on_frame(Frame::from_text(text), text, text.len(), at),
            Message::Binary(bytes) => {
                self.on_frame(Frame::binary(bytes.len()), "", bytes.len(), at);
            }
            Message::Pong(payload) if *payload == PING => {
                if let Some(pinged_at) = self.pinged_at.take() {
                    self.observe(at, Happening::Pong { after: at.saturating_sub(pinged_at) });
                }
            }
            Message::Close(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }

    fn on_frame(&self, frame: Frame, text: &str, bytes: usize, at: Duration) {
        let frame = Rc::new(frame);
        let (role, waiting) = self.state.borrow_mut().requests.attribute(&frame);
        let answers = waiting.as_ref().map(|waiting| &waiting.sent);
        self.observe(at, Happening::Received { frame: &frame, text, bytes, role, answers });
        let call = answers.map(|sent| sent.request.call());
        let mut state = self.state.borrow_mut();
        if !self.config.is_foreign {
            state.keep_alive.learn(&frame, call, at);
        }
        if let Some(waiting) = waiting {
            let sent = Rc::clone(&waiting.sent);
            waiting.answer(Ok(Reply { frame, sent, at }));
        } else if role == Role::Event {
            state.inbox.push(frame, bytes);
            self.arrived.notify_one();
        }
    }

    fn on_time(&self, now: Duration) {
        let expired = match self.is_paused() {
            true => Vec::new(),
            false => self.state.borrow_mut().requests.take_expired(now),
        };
        for waiting in expired {
            self.observe(now, Happening::Expired(&waiting.sent));
            waiting.answer(Err(RequestError::Expired));
        }
        let ping = self.state.borrow_mut().keep_alive.due(now);
        if let Some(ping) = ping {
            drop(self.request(ping, true));
        }
    }

    /// The connection has ended: tells the observer and whoever waits, once.
    pub(super) fn end(&self, ending: &Ending) {
        if self.ending().is_some() {
            return;
        }
        let at = self.clock.now();
        let waiting = {
            let mut state = self.state.borrow_mut();
            state.ending = Some(ending.clone());
            state.requests.take_all()
        };
        for waiting in waiting {
            self.observe(at, Happening::CutOff(&waiting.sent));
            waiting.answer(Err(RequestError::CutOff(ending.clone())));
        }
        self.observe(at, Happening::Closed(ending));
        self.arrived.notify_one();
    }
}
