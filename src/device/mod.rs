//! One simulated client: it connects, sends requests, tells which frame answers which, keeps
//! events for whoever waits, and pings its open session.
//!
//! It knows no scenario, clause, metric or report. Whatever happens goes to its [`Observer`], in
//! order. Streams and time come from a [`World`]. Start from [`Device::connect`].

mod backlog;
mod bypass;
mod clock;
mod connect;
mod connection;
mod ending;
mod error;
mod host;
mod inbox;
mod keep_alive;
mod network;
mod pause;
mod proxy;
mod punctual;
mod raw;
mod requests;
mod source;
mod target;
#[cfg(test)]
mod tests;
mod tls;
mod token;
mod transport;
mod upload;

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::{AbortHandle, spawn_local};

use crate::protocol::{
    ConnectionNo, DeviceNo, Ending, Frame, Happening, Observation, Request, RequestNo, Sent,
    SessionId,
};

use connection::Connection;
use requests::Answer;

pub use bypass::Bypass;
pub use clock::{Clock, Sleep, TokioClock, by};
pub use connect::{Dated, MAX_MESSAGE};
pub use error::{ConnectError, DialError, ProxyError, RequestError, TlsError};
pub use host::{HostError, allowed_host, is_allowed, is_loopback};
pub use network::Network;
pub use proxy::{Proxies, Proxy, ProxyUrlError};
pub use punctual::PunctualClock;
pub use raw::RawFrame;
pub use source::Sources;
pub use target::{Identity, Target, TargetError};
pub use tls::{Authorities, AuthorityError};
pub use token::AccessToken;
pub use transport::{BoxStream, Dial, Dialing, MemoryDial, Origin, Stream, World};
pub use upload::{HttpCall, HttpError, HttpReply, fetch};

/// Is told everything that happens on a device's connections, in order.
pub trait Observer {
    /// Takes one observation. It must not call the device back.
    fn observe(&self, observation: &Observation<'_>);
}

/// A device's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long a connect may take.
    pub connect_timeout: Duration,
    /// How long a request may stay unanswered.
    pub response_timeout: Duration,
    /// How often an open session is pinged.
    pub ping_every: Duration,
    /// How many events are kept for whoever waits, of 4 MiB together; 0 keeps none.
    pub inbox_capacity: usize,
    /// Whether the endpoint speaks another protocol than the document's: whatever answers nothing
    /// is kept as an event, and no session is pinged.
    pub is_foreign: bool,
    /// Whether a WebSocket ping is sent as soon as the connection is open.
    pub pings_socket: bool,
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The frame.
    pub frame: Rc<Frame>,
    /// The request.
    pub sent: Rc<Sent>,
    /// When the frame came, since the start of the run.
    pub at: Duration,
}

/// A connected client.
pub struct Device {
    connection: Rc<Connection>,
    task: AbortHandle,
    dated: Option<Dated>,
}

/// How long a server may take to answer a closing handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

impl Device {
    /// Connects. It has to run inside a [`tokio::task::LocalSet`]. Requests are numbered from
    /// `first_request`, and latency counts from `planned_at`. `was_let_in` says whether the same
    /// token was let in before in this run, and cannot have expired since.
    ///
    /// # Errors
    /// Whatever kept the connection from being upgraded within the connect timeout.
    pub async fn connect(
        world: &World,
        (target, identity, was_let_in): (&Target, &Identity, bool),
        (no, connection, first_request): (DeviceNo, ConnectionNo, RequestNo),
        config: Config,
        (observer, planned_at): (Rc<dyn Observer>, Duration),
    ) -> Result<Self, ConnectError> {
        let began_at = world.clock.now();
        let socket = connect::connect(world, target, identity, config.connect_timeout).await;
        let clock = Rc::clone(&world.clock);
        let caller = &identity.caller;
        let (socket, dated) = socket.inspect_err(|error| {
            let at = clock.now();
            let why = error.into();
            let what = Happening::NotOpened { began_at, caller, why, was_let_in };
            observer.observe(&Observation { device: no, connection, at, what });
        })?;
        let opened_at = clock.now();
        let connection =
            Connection::new((no, connection), config, clock, observer, (socket, first_request));
        let connection = Rc::new(connection);
        let token_expires_at = identity.expires_at();
        let opened = Happening::Opened { began_at, planned_at, caller, token_expires_at };
        connection.observe(opened_at, opened);
        let task = spawn_local(Rc::clone(&connection).drive()).abort_handle();
        Ok(Self { connection, task, dated })
    }

    /// Which of its device's connections it is.
    pub fn connection(&self) -> ConnectionNo {
        self.connection.no
    }

    /// The date of the answer to its upgrade, where it has one.
    pub fn dated(&self) -> Option<Dated> {
        self.dated
    }

    /// Says when the next request was planned to leave, so that its latency counts from then.
    pub fn plan(&self, planned_at: Duration) {
        self.connection.plan(planned_at);
    }

    /// Sends a request and waits for its answer. `is_allowed` says whether the document allows
    /// the request, so that an error would be a fault.
    ///
    /// # Errors
    /// No answer within the response timeout, or a connection that ended before.
    pub async fn request(&self, request: Request, is_allowed: bool) -> Result<Reply, RequestError> {
        self.answered(self.connection.request(request, is_allowed)).await
    }

    /// Sends a frame as it is, and waits for what answers it. Where its text is a request, its
    /// answer is told by that; else whatever is no event and answers nothing else.
    ///
    /// # Errors
    /// As [`Device::request`].
    pub async fn send_frame(
        &self,
        frame: RawFrame,
        is_allowed: bool,
    ) -> Result<Reply, RequestError> {
        let ((request, form), written) = (frame.request(), frame.written());
        let request = (request, form, Some(written));
        self.answered(self.connection.request_raw(frame.messages(), request, is_allowed)).await
    }

    async fn answered(&self, answer: oneshot::Receiver<Answer>) -> Answer {
        let gone = || Err(RequestError::CutOff(self.ending().unwrap_or(Ending::ByUs)));
        answer.await.unwrap_or_else(|_| gone())
    }

    /// Stops reading and writing without a word to the server. The stream stays open until the
    /// device is dropped.
    pub fn abandon(&self) {
        if !self.task.is_finished() {
            self.task.abort();
            self.connection.end(&Ending::ByUs);
        }
    }

    /// The session that it keeps active, or kept active until its connection ended: the one it opened
    /// or resumed last, unless that is known to be closed.
    pub fn session(&self) -> Option<SessionId> {
        self.connection.session()
    }

    /// Takes over the events that nobody has taken from a device that it stands in for.
    pub fn inherit(&self, other: &Self) {
        self.connection.inherit(&other.connection);
    }

    /// Reads nothing before this instant, so that what comes fills the stream's buffers and waits there.
    /// Writing goes on, and no request expires meanwhile: once it reads on, each has the whole response
    /// timeout again.
    pub fn pause_until(&self, until: Duration) {
        self.connection.pause_until(until);
    }

    /// Until when it reads nothing; none while it reads.
    pub fn paused_until(&self) -> Option<Duration> {
        self.connection.pause.until()
    }

    /// Ends a pause before its time.
    pub fn read_on(&self) {
        self.connection.read_on();
    }

    /// Whether what left at this instant, and has come by now, may have waited for a pause to end.
    pub fn has_delayed(&self, left_at: Duration) -> bool {
        self.connection.pause.has_delayed(left_at)
    }

    /// Sends half of a request's frame, then drops the stream as [`Device::abandon`] does.
    pub fn cut_mid_frame(&self, request: &Request) {
        self.connection.write_half(request.encode());
        self.abandon();
    }

    /// Takes the first event that fits, in order of arrival.
    pub fn take_event(&self, fits: impl FnMut(&Frame) -> bool) -> Option<Rc<Frame>> {
        self.connection.take_event(fits)
    }

    /// Ends once another event has arrived, or the connection has ended.
    pub async fn arrival(&self) {
        self.connection.arrival().await;
    }

    /// How the connection ended, once it has.
    pub fn ending(&self) -> Option<Ending> {
        self.connection.ending()
    }

    /// Whether the connection has ended.
    pub fn has_ended(&self) -> bool {
        self.connection.has_ended()
    }

    /// The number the next request will have.
    pub fn next_request(&self) -> RequestNo {
        self.connection.next_request()
    }

    /// How many requests wait for their answer.
    pub fn outstanding(&self) -> usize {
        self.connection.outstanding()
    }

    /// How many events were dropped because no one took them.
    pub fn overflowed(&self) -> u64 {
        self.connection.overflowed()
    }

    /// The most messages that lay ready at once, unread.
    pub fn backlog(&self) -> u32 {
        self.connection.backlog.most()
    }

    /// Closes the connection with a closing handshake, within a bound.
    pub async fn close(&self, clock: &dyn Clock) {
        if self.ending().is_some() {
            return;
        }
        self.connection.begin_close();
        let deadline = clock.now() + CLOSE_TIMEOUT;
        let closed = async {
            while !self.task.is_finished() {
                self.connection.arrival().await;
            }
        };
        if by(clock, deadline, closed).await.is_none() {
            self.task.abort();
            self.connection.end(&Ending::ByUs);
        }
    }
}

/// Whoever lets go of an open connection has ended it: what waits on it is told, and the observer.
impl Drop for Device {
    fn drop(&mut self) {
        self.task.abort();
        // In a panic nothing is to be told any more: what is told may be what panicked.
        if !std::thread::panicking() {
            self.connection.end(&Ending::ByUs);
        }
    }
}
