//! What changed in a store, as values.

use std::sync::Arc;

use crate::protocol::MessageId;
use crate::server::upload::File;

use super::{Message, Session};

/// One thing that is to be kept beyond the server's end. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::server) enum Change {
    /// A connection got this number.
    Connected(u64),
    /// A session was added, or is now as it stands here.
    Session(Session),
    /// A message was added, or is now as it stands here.
    Message(Message),
    /// A message was unsent.
    Removed(MessageId),
    /// A file was put, in the place of one put to the same path before.
    FilePut { path: Arc<str>, file: File },
    /// A file gave way to newer ones.
    FileGone { path: Arc<str> },
}
