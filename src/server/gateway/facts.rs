//! What the gateway always does, and where that comes from.
//!
//! It does not know how it is done. Start from [`FACTS`].

use super::Basis;
use super::basis::{BINARY, CALLBACK, CONNECT, PROTECTION, QUOTAS, ROUTES};

/// What the gateway always does.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// When it does it.
    pub cause: &'static str,
    /// What it does.
    pub effect: &'static str,
    /// Where that comes from.
    pub basis: Basis,
}

/// What the gateway always does, in the order of a connection's life.
pub static FACTS: &[Fact] = &[
    Fact {
        cause: "an upgrade",
        effect: "is held until the service has taken part in it: it waits for its turn and takes its time as a request does",
        basis: CONNECT,
    },
    Fact {
        cause: "an upgrade, granted or refused",
        effect: "the answer bears `Date`, the server's clock in whole seconds",
        basis: Basis::Guess("RFC 9110 asks it of a server that has a clock; no page of AWS has it"),
    },
    Fact {
        cause: "an upgrade without `Auth`",
        effect: "401: there is no identity source to ask the authorizer with",
        basis: CONNECT,
    },
    Fact {
        cause: "an upgrade with a token that is not valid or has expired",
        effect: "403: the authorizer denies it",
        basis: Basis::Seen(
            "https://repost.aws/fr/questions/QUCUOS5k2rRkeyr6xqeTiOtg/aws-websocket-lambda-authorizer-403-error",
        ),
    },
    Fact {
        cause: "an upgrade without `deviceId`",
        effect: "400, the service's own answer, is passed on",
        basis: Basis::Documented(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html",
        ),
    },
    Fact {
        cause: "new connections over the rate",
        effect: "429",
        basis: Basis::Seen(
            "https://github.com/serverlessunicorn/ServerlessNetworkingClients/issues/3",
        ),
    },
    Fact {
        cause: "a token that expires while its connection is open",
        effect: "nothing: the authorizer is asked once",
        basis: Basis::Documented(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html",
        ),
    },
    Fact {
        cause: "a frame or a message that is too large",
        effect: "closed with 1009",
        basis: QUOTAS,
    },
    Fact { cause: "a binary message", effect: "closed with 1003", basis: BINARY },
    Fact {
        cause: "a message that leads nowhere, to a service that fails, or to one that takes too long",
        effect: "`{\"message\",\"connectionId\",\"requestId\"}` as a text message; the connection stays open",
        basis: Basis::Seen("https://github.com/aws-samples/simple-websockets-chat-app/issues/24"),
    },
    Fact {
        cause: "a message that does not fit its route's model",
        effect: "`{\"message\":\"Bad request body\",\"connectionId\",\"messageId\"}` as a text message",
        basis: ROUTES,
    },
    Fact {
        cause: "a message that finds no token",
        effect: "an error of the same shape, with `throttled-message`",
        basis: Basis::Guess("no page and no thread has its shape"),
    },
    Fact {
        cause: "a message of the service over `message-bytes`",
        effect: "the service is refused it with 413: an event is lost",
        basis: CALLBACK,
    },
    Fact {
        cause: "an answer over `message-bytes`",
        effect: "`Internal server error` in its place",
        basis: Basis::Guess("nobody says what becomes of one"),
    },
    Fact {
        cause: "events that find no room in their client's buffer",
        effect: "the service is refused them with 429, and they are lost",
        basis: CALLBACK,
    },
    Fact {
        cause: "the account's tokens",
        effect: "exact to the nanosecond here; AWS calls its own throttling best effort, so assert that a client recovers, not when it is throttled",
        basis: PROTECTION,
    },
    Fact {
        cause: "order of what comes back",
        effect: "events that wait for a token come later than answers that need none",
        basis: ROUTES,
    },
];
