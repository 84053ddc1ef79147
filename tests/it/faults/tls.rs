//! TLS that does not come about, or shows what is not to be trusted.

use crate::network::authority::Validity;

use super::fault::{At, Certificate, Fault, Move, Way};
use super::said::answer;

const RIGHT: Certificate =
    Certificate { name: "127.0.0.1", validity: Validity::Now, is_known: true };

pub(super) fn faults() -> Vec<Fault> {
    [handshakes(), certificates()].concat()
}

fn handshakes() -> Vec<Fault> {
    let fault = |name, done| Fault::new(name, done).by(Way::Tls(RIGHT)).at_all();
    let broken = |name, done| fault(name, done).counts(&["network/tls_handshake"]);
    vec![
        broken("tls-garbage", "The TLS handshake is answered with bytes that mean nothing.")
            .does(At::Accept, |_| vec![Move::Bytes((0..=255).rev().collect())]),
        broken("tls-plain-answer", "A port without TLS answers the TLS handshake by HTTP.")
            .does(At::Accept, |_| vec![answer("400 Bad Request", "", "no")]),
        broken("tls-alert", "The TLS handshake is answered with the alert handshake_failure.")
            .does(At::Accept, |_| vec![alert(40), Move::Ends]),
        broken("tls-version", "The TLS handshake is answered with the alert protocol_version.")
            .does(At::Accept, |_| vec![alert(70), Move::Ends]),
        broken("tls-end", "The stream ends in the TLS handshake.")
            .does(At::Accept, |_| vec![Move::Waits(A_WHILE), Move::Ends]),
        fault("tls-reset", "The stream is reset in the TLS handshake.")
            .does(At::Accept, |_| vec![Move::Waits(A_WHILE), Move::Resets])
            .counts(&["network/connect_failed"]),
        fault("tls-stall", "The TLS handshake stalls within its first record.")
            .does(At::Accept, |_| vec![Move::Bytes(vec![22, 3, 3, 0, 122, 2]), Move::Stalls])
            .given(&["--set", "connect_timeout=2s"])
            .counts(&["network/connect_timeout"])
            .finds(&["CONNECT-1"]),
        Fault::new("tls-unasked", "A port with TLS answers the upgrade by an alert of TLS.")
            .does(At::Accept, |_| vec![alert(50), Move::Ends])
            .at_all()
            .counts(&["network/handshake_invalid"])
            .finds(&["CONNECT-1"]),
        Fault::new("tls-cut", "A stream with TLS is reset in place of an answer.")
            .by(Way::Tls(RIGHT))
            .does(At::Frame("client/send-message"), |_| vec![Move::Resets])
            .counts(&["network/reset", "network/cut_off"])
            .finds(&["CONNECT-6"]),
    ]
}

/// Long enough for the first bytes of a client to arrive.
const A_WHILE: std::time::Duration = std::time::Duration::from_millis(300);

/// A fatal alert (RFC 8446 section 6).
fn alert(description: u8) -> Move {
    Move::Bytes(vec![21, 3, 3, 0, 2, 2, description])
}

fn certificates() -> Vec<Fault> {
    let fault = |name, done, certificate| {
        Fault::new(name, done)
            .by(Way::Tls(certificate))
            .at(At::Never)
            .at_all()
            .counts(&["network/tls_certificate"])
    };
    vec![
        fault(
            "certificate-expired",
            "The certificate has expired.",
            Certificate { validity: Validity::Past, ..RIGHT },
        ),
        fault(
            "certificate-of-another",
            "The certificate is for another host.",
            Certificate { name: "uat.example.com", ..RIGHT },
        ),
        fault(
            "certificate-of-nobody",
            "The certificate is signed by an authority that nobody knows.",
            Certificate { is_known: false, ..RIGHT },
        ),
    ]
}
