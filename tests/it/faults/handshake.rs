//! Upgrades that are refused, and answers to an upgrade that are none (RFC 6455 section 4).

use super::fault::{At, Fault, Move};
use super::said::{SWITCHING, Said, answer, frame, head};

const GET: At = At::Request("GET /uat");

pub(super) fn faults() -> Vec<Fault> {
    [refusals(), invalid()].concat()
}

fn refusals() -> Vec<Fault> {
    let fault = |status: &'static str, layer: &str, clauses: &[&'static str]| {
        let (code, _) = status.split_once(' ').unwrap();
        let location =
            if code.starts_with('3') { "Location: ws://127.0.0.1:1/uat\r\n" } else { "" };
        Fault::new(format!("status-{code}"), format!("The upgrade is answered with {status}."))
            .does(GET, move |_| vec![answer(status, location, "{\"message\":\"no\"}")])
            .counts(&[&format!("{layer}/handshake_{code}")])
            .finds(clauses)
    };
    let judged = &["CONNECT-1"];
    vec![
        fault("200 OK", "application", judged),
        fault("301 Moved Permanently", "application", judged),
        fault("302 Found", "application", judged),
        fault("400 Bad Request", "application", judged),
        // Nothing will be otherwise at another try: the run ends at once.
        fault("401 Unauthorized", "authorizer", &[]).at_all(),
        fault("403 Forbidden", "authorizer", &[]).at_all(),
        fault("404 Not Found", "application", judged),
        fault("426 Upgrade Required", "application", judged),
        fault("429 Too Many Requests", "gateway", &[]),
        fault("500 Internal Server Error", "integration", judged),
        fault("502 Bad Gateway", "integration", judged),
        fault("503 Service Unavailable", "integration", judged),
        fault("504 Gateway Timeout", "integration", judged),
        Fault::new("continue-first", "The upgrade is answered with 100 Continue before its 101.")
            .does(GET, |said| {
                vec![head("HTTP/1.1 100 Continue\r\n\r\n"), said.upgrade(SWITCHING, "")]
            })
            .counts(&["application/handshake_100"])
            .finds(judged),
        Fault::new("status-999", "The upgrade is answered with a status that HTTP does not have.")
            .does(GET, |_| vec![answer("999 What", "", "")])
            .counts(&["application/handshake_other"])
            .finds(judged),
    ]
}

fn invalid() -> Vec<Fault> {
    let fault = |name, done, does: fn(&Said) -> Vec<Move>| {
        Fault::new(name, done)
            .does(GET, does)
            .counts(&["network/handshake_invalid"])
            .finds(&["CONNECT-1"])
    };
    vec![
        fault("accept-missing", "The upgrade has no Sec-WebSocket-Accept.", |_| {
            vec![head(&format!("{SWITCHING}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"))]
        }),
        fault("accept-wrong", "The upgrade has the Sec-WebSocket-Accept of another key.", |_| {
            let other = Said { text: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n".into() };
            vec![other.upgrade(SWITCHING, "")]
        }),
        fault("upgrade-to-another", "The upgrade is to another protocol.", |_| {
            vec![head(&format!("{SWITCHING}\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"))]
        }),
        fault(
            "subprotocol-unasked",
            "The upgrade chooses a subprotocol that nobody offered.",
            |said| vec![said.upgrade(SWITCHING, "Sec-WebSocket-Protocol: mqtt\r\n")],
        ),
        fault(
            "compression-unasked",
            "The upgrade turns on compression, which nobody offered.",
            |said| {
                let more = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
                vec![said.upgrade(SWITCHING, more)]
            },
        ),
        fault("http-1.0", "The upgrade is answered in HTTP/1.0.", |said| {
            vec![said.upgrade("HTTP/1.0 101 Switching Protocols", "")]
        }),
        fault("header-invalid", "The upgrade has a header with a NUL in it.", |said| {
            vec![said.upgrade(SWITCHING, "X-Nul: \0\r\n")]
        })
        .at_all(),
        fault("headers-many", "The upgrade has a thousand headers.", |said| {
            vec![said.upgrade(SWITCHING, &"X-More: and more\r\n".repeat(1000))]
        }),
        fault("header-huge", "The upgrade has a header of 1 MB.", |said| {
            vec![said.upgrade(SWITCHING, &format!("X-Huge: {}\r\n", "x".repeat(1_000_000)))]
        }),
        fault("headers-endless", "The upgrade has headers without an end.", |_| {
            let more = b"X-More: and more\r\n".repeat(64);
            vec![head(&format!("{SWITCHING}\r\n")), Move::Repeats(more, None)]
        }),
        fault("frame-unasked", "A frame comes in place of the answer to the upgrade.", |_| {
            vec![Move::Bytes(frame(0x81, "{}")), Move::Ends]
        })
        .at_all(),
        fault("smtp", "Another protocol greets in place of the answer to the upgrade.", |_| {
            vec![head("220 mail.example.com ESMTP\r\n\r\n")]
        })
        .at_all(),
        Fault::new("two-answers", "The upgrade is answered twice.")
            .plays(super::flows::LATE)
            .does(At::Opened, |_| vec![head("HTTP/1.1 101 Switching Protocols\r\n\r\n")])
            .counts(&["network/websocket_protocol"])
            .finds(&["ENV-10"]),
    ]
}
