//! What a gateway says of the service behind it, and services that do not answer.

use super::fault::{At, Fault};
use super::flows;
use super::said::gateway;

const SEND: At = At::Frame("client/send-message");

pub(super) fn faults() -> Vec<Fault> {
    let fault = |name, message: &'static str, kind: &str| {
        Fault::new(name, format!("A send is answered with the gateway's \"{message}\"."))
            .does(SEND, move |_| vec![gateway(message)])
            .counts(&[kind])
            .finds(&["ENV-4", "SEND-7"])
    };
    let silent = |name, done, at| {
        Fault::new(name, done)
            .plays(flows::BRIEF)
            .does(at, |_| Vec::new())
            .given(&["--set", "response_timeout=2s"])
            .counts(&["integration/response_timeout"])
            .finds(&["ENV-3"])
    };
    vec![
        fault(
            "internal-server-error",
            "Internal server error",
            "integration/internal_server_error",
        ),
        fault("endpoint-timeout", "Endpoint request timed out", "integration/endpoint_timeout"),
        silent("never-answers", "Sends are done and never answered.", SEND),
        silent("never-answers-init", "Inits are never answered.", At::Frame("client/init")),
    ]
}
