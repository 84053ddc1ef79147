//! A network in memory that has faults: it opens streams for devices, and carries them to the server
//! that there is at the time. The same by seed.

use std::cell::{Cell, RefCell};
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use deskbell::device::{BoxStream, Dial, DialError, Dialing, Origin};
use futures_util::future::try_join;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex, split};
use tokio::sync::{Notify, mpsc};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep, sleep_until};

use super::faults::{Faults, chance, up_to};
use super::passage::{Passage, Troubles};

/// Bytes that one direction of a stream holds.
const BUFFER: usize = 64 * 1024;

/// What lies between devices and server.
pub(super) struct Network {
    faults: Faults,
    draw: RefCell<StdRng>,
    server: RefCell<mpsc::Sender<DuplexStream>>,
    /// Until when every connect is refused.
    out_until: Cell<Instant>,
    cut: Notify,
}

impl Network {
    /// A network to a server that takes its streams from the other end of the channel.
    pub(super) fn new(faults: Faults, server: mpsc::Sender<DuplexStream>) -> Rc<Self> {
        let draw = RefCell::new(StdRng::seed_from_u64(faults.seed));
        let (server, out_until) = (RefCell::new(server), Cell::new(Instant::now()));
        Rc::new(Self { faults, draw, server, out_until, cut: Notify::new() })
    }

    /// Cuts every connection, and refuses others for so long.
    pub(super) fn go_out(&self, lasts: Duration) {
        self.out_until.set(Instant::now() + lasts);
        self.cut.notify_waiters();
    }

    /// Another server is in place of the one there was.
    pub(super) fn lead_to(&self, server: mpsc::Sender<DuplexStream>) {
        *self.server.borrow_mut() = server;
    }

    async fn open(self: &Rc<Self>) -> std::result::Result<BoxStream, DialError> {
        let (is_refused, is_unanswered, way) = {
            let draw = &mut *self.draw.borrow_mut();
            let faults = &self.faults;
            let way = faults.up.latency + up_to(draw, faults.up.jitter);
            (chance(draw, faults.refused), chance(draw, faults.unanswered), way)
        };
        sleep(way).await;
        if is_unanswered {
            std::future::pending::<()>().await;
        }
        let refused = || DialError::Io(ErrorKind::ConnectionRefused);
        if is_refused || Instant::now() < self.out_until.get() {
            return Err(refused());
        }
        let (near, device) = duplex(BUFFER);
        let (server, far) = duplex(BUFFER);
        let onward = self.server.borrow().clone();
        onward.send(far).await.map_err(|_| refused())?;
        let is_reset = Rc::new(Cell::new(false));
        let troubles = self.troubles();
        let end = Rc::clone(&is_reset);
        spawn_local(Rc::clone(self).carry(device, server, troubles, end));
        Ok(Box::new(Near { stream: near, is_reset }))
    }

    /// What is to happen to a connection that is opened now.
    fn troubles(&self) -> Troubles {
        let (draw, faults) = (&mut *self.draw.borrow_mut(), &self.faults);
        let now = Instant::now();
        let is_ended = chance(draw, faults.ended) && !faults.ends.is_empty();
        let end = is_ended.then(|| {
            let nth = draw.random_range(0..faults.ends.len());
            (now + up_to(draw, faults.oldest), faults.ends[nth])
        });
        let stall = chance(draw, faults.stalled).then(|| {
            let from = now + up_to(draw, faults.oldest);
            (from, from + faults.stall)
        });
        Troubles { end, stall, seeds: draw.random() }
    }

    /// Carries what passes on one connection, until it ends.
    async fn carry(
        self: Rc<Self>,
        device: DuplexStream,
        server: DuplexStream,
        troubles: Troubles,
        is_reset: Rc<Cell<bool>>,
    ) {
        let (from_device, to_device) = split(device);
        let (from_server, to_server) = split(server);
        let [up, down] = troubles.seeds;
        let up = Passage::new(self.faults.up, up, &Troubles { end: None, ..troubles });
        let down = Passage::new(self.faults.down, down, &troubles);
        let silent_at = troubles.silent_at();
        let passing = try_join(
            up.pass(from_device, to_server, silent_at),
            down.pass(from_server, to_device, silent_at),
        );
        let dropped_at = troubles.dropped_at();
        tokio::select! {
            biased;
            () = self.cut.notified() => is_reset.set(true),
            () = sleep_until(dropped_at.unwrap_or_else(Instant::now)), if dropped_at.is_some() => {
                is_reset.set(troubles.is_reset());
            }
            passed = passing => is_reset.set(passed.is_err()),
        }
    }
}

/// A device's end of a stream.
struct Near {
    stream: DuplexStream,
    /// Whether its end is a reset.
    is_reset: Rc<Cell<bool>>,
}

impl AsyncRead for Near {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let is_end = buffer.filled().len() == before;
        Poll::Ready(match is_end && self.is_reset.get() {
            true => Err(Error::from(ErrorKind::ConnectionReset)),
            false => Ok(()),
        })
    }
}

impl AsyncWrite for Near {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Opens streams over a network. It is a type of its own for the link tasks to share what is behind it.
pub(super) struct Dialer(pub(super) Rc<Network>);

impl Dial for Dialer {
    fn dial<'a>(&'a self, _: Origin<'a>) -> Dialing<'a> {
        Box::pin(Network::open(&self.0))
    }
}
