//! What the wire says: ids, routes, requests, frames, events, and which frame answers which
//! request.
//!
//! It knows no tokio, no clock and no judgement: what a deviation means is `conformance`'s.
//! Start from [`Frame`] for what comes in and [`Request`] for what goes out.

mod address;
mod clean;
mod content;
mod correlate;
mod disguise;
mod event;
mod frame;
mod ids;
mod json;
mod mask;
mod metadata;
mod own;
mod redact;
mod request;
mod route;
mod schema;
mod secret;
mod spelling;
mod trace;
mod upload;

pub use clean::Clean;
pub use content::ContentType;
pub use correlate::{Correlator, Role};
pub use event::{EventKind, PayloadKey};
pub use frame::{Frame, FrameKind, JsonFlaw};
pub use ids::{AccountNo, ConnectionNo, DeviceNo, MessageId, RequestNo, SessionId, TenantId};
pub use json::{Json, Object};
pub use mask::mask_personal;
pub use metadata::MetadataKey;
pub use own::Own;
pub use redact::{cut, cut_words, redact};
pub use request::{Form, Request};
pub use route::{Call, Route};
pub use schema::{SchemaError, SchemaFlaw, SchemaName, SchemaSet, Violation};
pub use secret::{SecretKind, Secrets};
pub use spelling::{Dialect, Leaf, Spelling, digits, holds_digits, respell};
pub use trace::{
    Broken, Caller, Ending, Happening, NotOpened, Observation, Sent, Times, TokenKind,
};
pub use upload::{Fetched, UPLOAD_PATH, UploadExchange, UploadGrant, UploadRequest};
