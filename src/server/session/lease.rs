//! How long the gateway lets a connection live, by tokio's clock. Without a gateway, for ever.
//!
//! The timer is set again only when it rings: what passes over the connection merely moves the
//! deadline. Start from [`Lease::end`].

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::server::gateway::{Deadlines, Ended, Traffic};

/// A connection's time. Boxed, so that it costs connections nothing that have no end to theirs.
#[derive(Debug)]
pub(super) struct Lease(Option<Box<Term>>);

#[derive(Debug)]
struct Term {
    deadlines: Box<Deadlines>,
    rings: Pin<Box<Sleep>>,
}

impl Lease {
    /// One that ends at these deadlines.
    pub(super) fn new(deadlines: Option<Box<Deadlines>>) -> Self {
        let term = |deadlines: Box<Deadlines>| {
            let rings = Box::pin(sleep_until(deadlines.next_at()));
            Box::new(Term { deadlines, rings })
        };
        Self(deadlines.map(term))
    }

    /// Whether there is a gateway, which takes no binary messages.
    pub(super) fn is_gated(&self) -> bool {
        self.0.is_some()
    }

    /// Something passed over the connection.
    pub(super) fn note(&mut self, traffic: Traffic) {
        if let Some(term) = &mut self.0 {
            term.deadlines.note(traffic, Instant::now());
        }
    }

    /// Resolves when the gateway ends the connection. Dropping the future loses nothing.
    pub(super) fn end(&mut self) -> impl Future<Output = Ended> {
        poll_fn(|context| match &mut self.0 {
            Some(term) => term.poll(context),
            None => Poll::Pending,
        })
    }
}

impl Term {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        loop {
            ready!(self.rings.as_mut().poll(context));
            if let Some(ended) = self.deadlines.ended(Instant::now()) {
                return Poll::Ready(ended);
            }
            self.rings.as_mut().reset(self.deadlines.next_at());
        }
    }
}
