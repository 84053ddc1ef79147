//! What API Gateway does by itself: its error frames, its limits, its closes.

use std::time::Duration;

use super::fault::{At, Fault, Move};
use super::flows;
use super::said::{close, gateway};

const SEND: At = At::Frame("client/send-message");

pub(super) fn faults() -> Vec<Fault> {
    [errors(), closes()].concat()
}

fn errors() -> Vec<Fault> {
    let fault = |name, message: &'static str, kind: &str| {
        Fault::new(name, format!("A send is answered with the gateway's \"{message}\"."))
            .does(SEND, move |_| vec![gateway(message)])
            .counts(&[kind])
    };
    let judged = &["ENV-4", "SEND-7"];
    vec![
        fault("gateway-forbidden", "Forbidden", "gateway/forbidden").finds(judged),
        fault("gateway-bad-request-body", "Bad request body", "gateway/bad_request_body")
            .finds(judged),
        fault("gateway-unknown", "Something new", "gateway/gateway_error").finds(judged),
        fault("gateway-throttled", "Too Many Requests", "gateway/throttled"),
        fault("gateway-limit", "Limit exceeded", "gateway/throttled"),
    ]
}

fn closes() -> Vec<Fault> {
    let idle = |name, done: &str, wait: u64| {
        Fault::new(name, done).plays(flows::IDLE).does(
            At::Frame("client/end-chat-with-concierge"),
            move |_| {
                vec![
                    Move::Passes,
                    Move::Waits(Duration::from_millis(wait)),
                    close(1001, "Going away"),
                ]
            },
        )
    };
    vec![
        Fault::new("close-1009", "A message of 140 KB is answered with a close of 1009.")
            .plays(flows::LARGE)
            .does(SEND, |_| vec![close(1009, "")])
            .at_all()
            .exits(1)
            .counts(&["gateway/closed_1009", "gateway/cut_off"]),
        Fault::new("close-1009-unearned", "A short message is answered with a close of 1009.")
            .does(SEND, |_| vec![close(1009, "")])
            .counts(&["gateway/closed_1009", "gateway/cut_off"])
            .finds(&["CONNECT-6"]),
        Fault::new("close-1003", "A binary message is answered with a close of 1003.")
            .plays(flows::BINARY)
            .does(At::Frame("error"), |_| vec![close(1003, "")])
            .counts(&["gateway/closed_1003", "gateway/cut_off"])
            .exits(0),
        Fault::new("close-1001-early", "A connection in use is closed with 1001.")
            .does(SEND, |_| vec![close(1001, "Going away")])
            .counts(&["network/closed_1001", "network/cut_off"])
            .finds(&["CONNECT-6"]),
        idle(
            "close-when-idle",
            "A connection is closed with 1001 once it was idle too long.",
            1200,
        )
        .given(&["--set", "idle_timeout=1s"])
        .exits(0),
        idle("close-at-lifetime", "A connection is closed with 1001 at the end of its life.", 1200)
            .given(&["--set", "lifetime=1s"])
            .exits(0),
        idle(
            "close-when-idle-early",
            "A connection is closed with 1001 before it was idle too long.",
            600,
        )
        .given(&["--set", "idle_timeout=60s"])
        .counts(&["network/closed_1001"])
        .finds(&["CONNECT-6"])
        .exits(0),
    ]
}
