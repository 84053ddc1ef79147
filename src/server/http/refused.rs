//! What is said to HTTP requests that are refused.

use hyper::StatusCode;
use hyper::header::{ALLOW, SEC_WEBSOCKET_VERSION, UPGRADE};
use serde_json::json;

use crate::server::TokenError;
use crate::server::gateway::Denial;
use crate::server::upload::{NoGrant, NotSigned};

use super::{Reply, json_text_reply, set};

/// Why a request is refused. The text goes to the client.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("there is nothing here")]
    NotFound,
    #[error("this method is not allowed here")]
    Method(&'static str),
    #[error("only WebSocket connections, version 13, are served here")]
    NoUpgrade,
    #[error("Sec-WebSocket-Key is missing")]
    NoKey,
    #[error("the access token is missing: add Auth to the query")]
    NoToken,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("deviceId is missing from the query, or longer than 256 bytes")]
    DeviceId,
    #[error("the body is not announced as application/json")]
    NotJson,
    #[error("the body is not an object with filename, mimeType and type, all strings")]
    BadCall,
    #[error("Host is missing or no host")]
    Host,
    #[error("the body is too large")]
    TooLarge,
    #[error("the body did not come in time, or broke off")]
    Body,
    #[error("the server cannot do this now")]
    Defect(u16),
    #[error(transparent)]
    Gateway(#[from] Denial),
    #[error(transparent)]
    Grant(#[from] NoGrant),
    #[error(transparent)]
    Signature(#[from] NotSigned),
}

impl Refused {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoUpgrade => StatusCode::UPGRADE_REQUIRED,
            Self::NoToken | Self::Token(_) => StatusCode::UNAUTHORIZED,
            Self::NoKey | Self::DeviceId | Self::BadCall | Self::Host | Self::Grant(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body => StatusCode::REQUEST_TIMEOUT,
            Self::Signature(_) => StatusCode::FORBIDDEN,
            Self::Defect(status) | Self::Gateway(Denial { status, .. }) => {
                StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    pub(super) fn reply(&self) -> Reply {
        let text = match self {
            Self::Gateway(denial) => denial.body.clone(),
            _ => json!({ "message": self.to_string() }).to_string(),
        };
        let mut reply = json_text_reply(self.status(), text);
        match self {
            Self::Method(allowed) => set(&mut reply, ALLOW, allowed),
            Self::NoUpgrade => {
                set(&mut reply, UPGRADE, "websocket");
                set(&mut reply, SEC_WEBSOCKET_VERSION, "13");
            }
            _ => {}
        }
        reply
    }
}
