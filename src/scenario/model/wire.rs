//! What steps do to a connection and to frames, rightly or wrongly.

use std::time::Duration;

use crate::scenario::template::Template;

/// The token that a `connect` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// The actor's own.
    Valid,
    /// None at all.
    None,
    /// No token.
    Garbled,
    /// The actor's own, its signature changed.
    Resigned,
    /// One that has expired.
    Expired,
    /// Another tenant's, with the actor's device id.
    OtherTenant,
}

/// The device id that a `connect` shows.
#[derive(Clone, Debug)]
pub enum DeviceId {
    /// The actor's own.
    Auto,
    /// None at all.
    None,
    /// This.
    Given(Template),
}

/// How a connection is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// The stream is dropped, as when a phone loses its network.
    Drop,
    /// With a closing handshake.
    Close,
    /// The stream stays open, and nothing is read or written any more.
    HalfOpen,
}

/// A frame as it is sent.
#[derive(Clone, Debug)]
pub enum RawFrame {
    /// One text message.
    Text(Template),
    /// One binary message.
    Binary(Vec<u8>),
    /// One text message in several fragments.
    Fragments(Vec<Template>),
}

/// What `mutate` does to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// Leaves it out.
    Missing,
    /// Gives it a value of another type.
    IllTyped,
}

/// A fault on our side.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Reads nothing for so long.
    SlowReader(Duration),
    /// Sends half of a frame that says this, and drops the stream.
    CutMidFrame(Template),
    /// Connects anew, and sends this in the same instant; without a text it joins the session.
    SendBeforeAck(Option<Template>),
    /// Sends this twice, without waiting in between.
    DoubleSend(Template),
}
