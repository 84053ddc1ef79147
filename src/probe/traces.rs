//! What a probe saw, kept in memory within bounds.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::protocol::{
    ConnectionNo, DeviceNo, Ending, Form, Frame, Happening, NotOpened, Observation, Request,
    RequestNo, Role, TokenKind, UploadExchange,
};
use crate::run::Tracer;

/// Observations kept; a probe makes about a hundred.
const MOST_HEARD: usize = 4096;

/// Text kept of all frames together, in bytes.
const MOST_TEXT: usize = 16 * 1024 * 1024;

/// Keeps what happens on a run's connections, as far as there is room.
#[derive(Debug, Default)]
pub struct Traces(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    heard: Vec<Heard>,
    bytes: usize,
}

/// One thing that happened on a connection.
#[derive(Debug)]
pub struct Heard {
    /// Whose connection.
    pub device: DeviceNo,
    /// Which of the device's connections.
    pub connection: ConnectionNo,
    /// When, since the start of the run.
    pub at: Duration,
    /// What happened.
    pub what: What,
}

/// What happened, as far as a silence of the document may turn on it.
#[derive(Debug)]
pub enum What {
    /// The upgrade is done.
    Opened {
        /// With what token.
        token: TokenKind,
        /// The `deviceId` in the URL.
        device_id: Option<Box<str>>,
    },
    /// A connect came to nothing.
    NotOpened {
        /// With what token.
        token: TokenKind,
        /// Why.
        why: NotOpened,
    },
    /// A file was uploaded, or was tried to be.
    Uploaded(Box<UploadExchange>),
    /// A request has left.
    Sent {
        /// Its number.
        no: RequestNo,
        /// The request.
        request: Request,
        /// What the text is that left.
        form: Form,
    },
    /// A message has come.
    Received {
        /// The message.
        frame: Frame,
        /// What it is to the connection.
        role: Role,
    },
    /// A WebSocket ping was answered after this time.
    Pong(Duration),
    /// A request was not answered in time.
    Expired(RequestNo),
    /// A request was cut off with its connection.
    CutOff(RequestNo),
    /// The connection has ended.
    Closed(Ending),
}

impl Traces {
    /// Takes out all that was kept, in the order of time.
    pub fn take(&self) -> Vec<Heard> {
        let mut heard = std::mem::take(&mut *self.kept()).heard;
        heard.sort_by_key(|one| one.at);
        heard
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tracer for Traces {
    fn trace(&self, _scenario: &str, seen: &Observation<'_>) {
        let bytes = match &seen.what {
            Happening::Received { bytes, .. } => *bytes,
            _ => 0,
        };
        let mut kept = self.kept();
        kept.bytes += bytes;
        if kept.heard.len() < MOST_HEARD && kept.bytes <= MOST_TEXT {
            let Observation { device, connection, at, .. } = *seen;
            let what = what(&seen.what);
            kept.heard.extend(what.map(|what| Heard { device, connection, at, what }));
        }
    }
}

/// What happened; none for a pause of our own, which a probe never makes.
fn what(happening: &Happening<'_>) -> Option<What> {
    Some(match happening {
        Happening::Opened { caller, .. } => {
            What::Opened { token: caller.token, device_id: caller.device_id.clone() }
        }
        Happening::NotOpened { caller, why, .. } => {
            What::NotOpened { token: caller.token, why: *why }
        }
        Happening::Uploaded(exchange) => What::Uploaded(Box::new((*exchange).clone())),
        Happening::Sent(sent) => {
            What::Sent { no: sent.no, request: sent.request.clone(), form: sent.form }
        }
        Happening::Received { text, bytes, role, .. } => {
            let is_binary = text.is_empty() && *bytes > 0;
            let frame = if is_binary { Frame::binary(*bytes) } else { Frame::from_text(text) };
            What::Received { frame, role: *role }
        }
        Happening::Pong { after } => What::Pong(*after),
        Happening::Expired(sent) => What::Expired(sent.no),
        Happening::CutOff(sent) => What::CutOff(sent.no),
        Happening::Closed(ending) => What::Closed((*ending).clone()),
        Happening::Paused { .. } | Happening::ReadUp => return None,
    })
}
