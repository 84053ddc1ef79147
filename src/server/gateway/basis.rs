//! Where what is emulated comes from.
//!
//! It knows none of it. Start from [`Basis`].

use std::fmt;

/// Where a limit or a habit of the gateway comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// AWS documents it; the address of the page.
    Documented(&'static str),
    /// Seen in the field and told in public; the address of the thread.
    Seen(&'static str),
    /// Nobody has written it down: a guess, and what speaks for it.
    Guess(&'static str),
    /// No habit of the gateway: a fault to provoke.
    Fault,
}

/// The quotas of WebSocket APIs.
pub(super) const QUOTAS: Basis = Basis::Documented(
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html",
);
/// How the requests of an account are throttled.
pub(super) const ACCOUNT: Basis = Basis::Documented(
    "https://github.com/awsdocs/amazon-api-gateway-developer-guide/blob/main/doc_source/limits.md",
);
/// How exact that is.
pub(super) const PROTECTION: Basis = Basis::Documented(
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html",
);
pub(super) const ROUTES: Basis = Basis::Documented(
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-routes-integrations.html",
);
pub(super) const BINARY: Basis = Basis::Documented(
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html",
);
pub(super) const CONNECT: Basis = Basis::Documented(
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html",
);
/// The API that a service sends to its connections by.
pub(super) const CALLBACK: Basis = Basis::Documented(
    "https://github.com/aws/aws-sdk-js-v3/blob/main/codegen/sdk-codegen/aws-models/apigatewaymanagementapi.json",
);

impl fmt::Display for Basis {
    /// As a cell of a table in Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Documented(page) => write!(f, "[documented]({page})"),
            Self::Seen(thread) => write!(f, "[seen in the field]({thread})"),
            Self::Guess(why) => write!(f, "a guess: {why}"),
            Self::Fault => f.write_str("a fault to provoke"),
        }
    }
}
