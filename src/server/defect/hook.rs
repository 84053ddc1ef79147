//! Where a defect takes hold of the server.

use std::time::Duration;

use serde_json::Value;

use crate::protocol::{EventKind, PayloadKey, TenantId, UploadRequest};
use crate::server::TokenError;
use crate::server::state::State;
use crate::server::store::MemoryStore;
use crate::server::upload::File;

use super::notes::Notes;
use super::turn::{Told, Turn};

/// A function of a defect, and when it is called.
#[derive(Clone, Copy)]
pub(super) enum Hook {
    /// Before the state takes in a request: it may rewrite the request, or answer by itself.
    Ask(fn(&mut Notes, &Scene<'_>, &mut Turn) -> Option<Vec<Told>>),
    /// The body of each reply with status 200.
    Reply(fn(&mut Notes, &Turn, &mut Value)),
    /// The payload of each event.
    Event(fn(&mut Notes, &EventKind, &mut Value)),
    /// All that the state has to tell.
    Tell(fn(&mut Notes, &Scene<'_>, &Turn, &mut Vec<Told>)),
    /// Somebody wants to connect; `None` leaves it to the faithful server.
    Door(fn(&mut Notes, &Knock<'_>) -> Option<Verdict>),
    /// `data.uploadUrlData` in the answer to the call for an upload URL.
    Grant(fn(&UploadRequest, &mut Value)),
    /// A file as it is stored.
    Store(fn(&mut File)),
    /// The status of the answer to a `PUT`.
    PutStatus(u16),
    /// How long changes lie before they are written, and nobody waits for that.
    WriteLag(Duration),
}

/// What a hook may look at.
pub(super) struct Scene<'a> {
    pub(super) state: &'a State<MemoryStore>,
    pub(super) event_key: PayloadKey,
}

/// Somebody wants to connect.
#[derive(Debug)]
pub(in crate::server) struct Knock<'a> {
    pub(in crate::server) token: Option<&'a str>,
    /// What the token says; `None` where there is none.
    pub(in crate::server) verified: Option<Result<TenantId, TokenError>>,
    pub(in crate::server) device_id: Option<&'a str>,
}

impl Knock<'_> {
    /// Whether the faithful server lets it in.
    pub(super) fn is_good(&self) -> bool {
        matches!(self.verified, Some(Ok(_))) && self.device_id.is_some()
    }
}

/// What is done about somebody who wants to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Verdict {
    /// As this tenant.
    LetIn(TenantId),
    /// With this HTTP status.
    Refuse(u16),
}
