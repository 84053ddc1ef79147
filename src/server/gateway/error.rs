//! What the gateway says in its own name: plain text messages, and answers to upgrades.
//!
//! It does not know when they are said. Start from [`Complaint`] and [`Denied`].

use serde::Serialize;

/// Why the gateway answers a message itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Complaint {
    /// It leads to no route.
    Forbidden,
    /// It does not fit its route's model.
    BadRequestBody,
    /// The account's requests are throttled.
    Throttled,
    /// The service failed, or said more than a message may hold.
    InternalServerError,
    /// The service took too long.
    EndpointRequestTimedOut,
}

impl Complaint {
    /// Its `message`; nobody has written down the one of throttling, so that it can be set.
    pub(super) fn message(self, throttled: &str) -> &str {
        match self {
            Self::Forbidden => "Forbidden",
            Self::BadRequestBody => "Bad request body",
            Self::Throttled => throttled,
            Self::InternalServerError => "Internal server error",
            Self::EndpointRequestTimedOut => "Endpoint request timed out",
        }
    }

    /// The text of the message. A refused body alone names its message instead of its request.
    pub(super) fn encode(self, throttled: &str, connection: Option<&str>, id: &str) -> String {
        let message = self.message(throttled);
        let is_message = self == Self::BadRequestBody;
        let (request, of_message) = if is_message { (None, Some(id)) } else { (Some(id), None) };
        encode(&Body { message, connection, request, of_message })
    }
}

/// Why the gateway refuses an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Denied {
    UrlTooLong,
    TooManyConnects,
    /// There is no token, the authorizer's identity source.
    NoToken,
    /// The authorizer denies the token.
    ByAuthorizer,
    /// The service's part of connecting failed, or took too long.
    Integration,
}

/// An answer to an upgrade that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{body}")]
pub(in crate::server) struct Denial {
    /// The HTTP status.
    pub(in crate::server) status: u16,
    /// JSON.
    pub(in crate::server) body: String,
}

impl Denial {
    pub(super) fn new(status: u16, message: &str, connection: &str, request: &str) -> Self {
        let body = Body {
            message,
            connection: Some(connection),
            request: Some(request),
            of_message: None,
        };
        Self { status, body: encode(&body) }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
    #[serde(rename = "connectionId", skip_serializing_if = "Option::is_none")]
    connection: Option<&'a str>,
    #[serde(rename = "requestId", skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
    #[serde(rename = "messageId", skip_serializing_if = "Option::is_none")]
    of_message: Option<&'a str>,
}

fn encode(body: &Body<'_>) -> String {
    serde_json::to_string(body).expect("strings always serialise")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(complaint: Complaint, expected: &str) {
        assert_eq!(complaint.encode("Slow down", Some("c="), "r="), expected);
    }

    #[test]
    fn a_complaint_names_its_connection_and_its_request_or_message() {
        check(
            Complaint::Forbidden,
            r#"{"message":"Forbidden","connectionId":"c=","requestId":"r="}"#,
        );
        check(
            Complaint::Throttled,
            r#"{"message":"Slow down","connectionId":"c=","requestId":"r="}"#,
        );
        check(
            Complaint::BadRequestBody,
            r#"{"message":"Bad request body","connectionId":"c=","messageId":"r="}"#,
        );
    }
}
