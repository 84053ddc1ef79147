//! Which schema a text is held to.

use crate::protocol::{EventKind, Route};

/// What a text is meant to be, and so the name of its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaName<'a> {
    /// A request of this route.
    Request(&'a Route),
    /// A response of this route with status 200.
    Response(&'a Route),
    /// This event.
    Event(&'a EventKind),
    /// What asks for an upload URL.
    UploadRequest,
    /// What grants an upload URL.
    UploadResponse,
    /// A response that refuses a request.
    Error,
    /// API Gateway's own error.
    GatewayError,
    /// The connection acknowledgment, as the reference server sends it.
    Acknowledgment,
}

const ROUTES: usize = 9;
const EVENTS: usize = 2 * ROUTES;
const OTHERS: usize = EVENTS + 3;

/// The file of each schema: requests, responses, events, and the rest.
pub(super) const FILES: [&str; OTHERS + 5] = [
    "requests/init.json",
    "requests/session.json",
    "requests/messages.json",
    "requests/ping.json",
    "requests/send.json",
    "requests/unsend.json",
    "requests/seen.json",
    "requests/unread.json",
    "requests/end.json",
    "responses/init.json",
    "responses/session.json",
    "responses/messages.json",
    "responses/ping.json",
    "responses/send.json",
    "responses/unsend.json",
    "responses/seen.json",
    "responses/unread.json",
    "responses/end.json",
    "events/message.json",
    "events/delete.json",
    "events/update.json",
    "http/upload-url-request.json",
    "http/upload-url-response.json",
    "types/error.json",
    "types/gateway-error.json",
    "types/acknowledgment.json",
];

impl SchemaName<'_> {
    /// The schema's file below the folder of schemas; `None` where the document has none.
    pub fn file(self) -> Option<&'static str> {
        self.index().map(|at| FILES[at])
    }

    /// Place in [`FILES`].
    pub(super) fn index(self) -> Option<usize> {
        Some(match self {
            Self::Request(route) => place(route)?,
            Self::Response(route) => ROUTES + place(route)?,
            Self::Event(EventKind::Message(_)) => EVENTS,
            Self::Event(EventKind::Delete) => EVENTS + 1,
            Self::Event(EventKind::Update(_)) => EVENTS + 2,
            Self::Event(EventKind::Other(_)) => return None,
            Self::UploadRequest => OTHERS,
            Self::UploadResponse => OTHERS + 1,
            Self::Error => OTHERS + 2,
            Self::GatewayError => OTHERS + 3,
            Self::Acknowledgment => OTHERS + 4,
        })
    }
}

/// Place of a route in the document.
fn place(route: &Route) -> Option<usize> {
    Some(match route {
        Route::Init => 0,
        Route::Session => 1,
        Route::Messages => 2,
        Route::Ping => 3,
        Route::Send => 4,
        Route::Unsend => 5,
        Route::Seen => 6,
        Route::Unread => 7,
        Route::End => 8,
        Route::Other(_) => return None,
    })
}
