//! A connection that is hindered by our own will: it does not read for a while, or ends in the middle of
//! a frame.

use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::io::AsyncWrite;

use crate::device::raw;
use crate::protocol::Happening;

use super::Connection;

impl Connection {
    /// Reads nothing before this instant. Writing goes on.
    pub(in crate::device) fn pause_until(&self, until: Duration) {
        let now = self.clock.now();
        if self.has_ended() || self.state.borrow().closing || until <= now {
            return;
        }
        self.pause.begin(until);
        self.observe(now, Happening::Paused { until });
        self.wake_by(until);
    }

    /// Reads on, whatever pause it is in.
    pub(in crate::device) fn read_on(&self) {
        self.pause.cut_short(self.clock.now());
        self.waker.borrow().wake_by_ref();
    }

    /// Writes the first half of a frame, after all that waits to be written; where that does not fit,
    /// what was written last ends in the middle of a frame all the same.
    pub(in crate::device) fn write_half(&self, text: String) {
        if self.has_ended() {
            return;
        }
        let cx = &mut Context::from_waker(Waker::noop());
        self.write(cx);
        if self.is_unsent.get() {
            return;
        }
        let mut socket = self.socket.borrow_mut();
        let stream = socket.get_mut();
        // The stream is dropped next, whatever comes of it.
        let _ = Pin::new(&mut *stream).poll_write(cx, &raw::half(text));
        let _ = Pin::new(stream).poll_flush(cx);
    }

    /// Whether nothing is read now. As a pause ends, what is asked has the whole time to be answered.
    pub(super) fn is_paused(&self) -> bool {
        if self.pause.until().is_none() {
            return false;
        }
        let now = self.clock.now();
        let ends = self.pause.ends(now);
        if ends {
            let deadline = now + self.config.response_timeout;
            self.state.borrow_mut().requests.put_off(deadline);
            self.waker.borrow().wake_by_ref();
        }
        !ends
    }
}
