//! The identifiers of the protocol and of a run, each a type of its own.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Identifier of a chat session, a UUID in the document's examples (document: 1. Init Chat).
///
/// Kept as the text a server sent: whether it is a UUID is the schema's business.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// Wraps the text as it stood on the wire.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text as it stood on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for SessionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// Identifier of a message: a string of digits in responses, a number in events and requests.
    MessageId(u64)
);
number!(
    /// Identifier of a tenant, the `sub` of its access token.
    TenantId(u64)
);
number!(
    /// An account of the run, that is an access token and its tenant, counted from 0.
    AccountNo(u32)
);
number!(
    /// A simulated device, counted from 0 over the whole run.
    DeviceNo(u32)
);
number!(
    /// One connection of a device, counted from 0 over the device's life.
    ConnectionNo(u32)
);
number!(
    /// A request of a device, counted from 0 over the device's life. It never goes on the wire.
    RequestNo(u64)
);
