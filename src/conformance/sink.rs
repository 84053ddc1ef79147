//! Where a monitor puts what it sees.

use std::time::Duration;

use crate::protocol::Json;

use super::{Claim, ClauseId, Finding};

/// Takes what a monitor sees, as it sees it.
pub trait Sink {
    /// A clause was judged once, whatever came of it.
    fn checked(&mut self, clause: ClauseId);

    /// A clause was violated.
    fn found(&mut self, finding: Finding);

    /// A message arrived whose send is known.
    fn delivered(&mut self, delivery: Delivery);

    /// A message that was owed to a connection came, or did not.
    fn settled(&mut self, outcome: Outcome);

    /// Something that has to agree with all other flow instances.
    fn claimed(&mut self, claim: Claim);

    /// How the endpoint reads a silence of the document, or where it goes beyond it.
    fn reading(&mut self, reading: Reading);
}

/// How long a message took to one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// From the send's planned instant, or its leaving, to the event arriving.
    pub latency: Duration,
    /// From its leaving, where it was planned.
    pub service: Option<Duration>,
    /// Whether it came to the connection that sent it.
    pub is_own: bool,
    /// Whether it is the first arrival of the message anywhere.
    pub is_first: bool,
}

/// What became of a message owed to a connection (EVENT-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It came.
    Delivered,
    /// It did not come.
    Lost,
    /// It came again (EVENT-2).
    Duplicate,
}

/// How the endpoint reads a silence of the document.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// The first acknowledgment on a connection.
    Acknowledgment(Json),
    /// The key that events carry their payload under.
    EventKey(&'static str),
    /// Something that was not judged, and what.
    Unjudged(&'static str),
    /// A key beyond the document: the frame's schema and the JSON pointer.
    Drift {
        /// The schema.
        schema: &'static str,
        /// The pointer, array positions as `*`.
        pointer: String,
    },
}
