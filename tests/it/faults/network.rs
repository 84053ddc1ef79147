//! Streams that do not come about, break, or crawl.

use std::time::Duration;

use super::fault::{At, Fault, Move, Way};
use super::flows;
use super::said::{SWITCHING, answer, frame, head};

const GET: At = At::Request("GET /uat");
const SEND: At = At::Frame("client/send-message");

pub(super) fn faults() -> Vec<Fault> {
    [connecting(), proxies(), breaking(), crawling()].concat()
}

fn connecting() -> Vec<Fault> {
    vec![
        Fault::new("name-unresolved", "The host's name has no address.")
            .by(Way::Name)
            .given(&["--allow", "absent.invalid"])
            .at_all()
            .counts(&["network/name_unresolved"]),
        Fault::new("nobody-listens", "Nobody listens on the port.")
            .at(At::Nobody)
            .at_all()
            .counts(&["network/connect_refused"]),
        Fault::new("queue-full", "The queue of connects is full, and no SYN is answered.")
            .at(At::Queue)
            .given(&["--set", "connect_timeout=2s"])
            .at_all()
            .counts(&["network/connect_timeout"])
            .finds(&["CONNECT-1"]),
        Fault::new("reset-on-accept", "Every stream is reset as it is accepted.")
            .does(At::Accept, |_| vec![Move::Resets])
            .at_all()
            .counts(&["network/connect_failed"]),
        Fault::new("end-on-accept", "Every stream is ended as it is accepted.")
            .does(At::Accept, |_| vec![Move::Ends])
            .at_all()
            .counts(&["network/connect_failed"]),
        Fault::new("mute", "Every stream is accepted, and nothing is said on it.")
            .does(At::Accept, |_| vec![Move::Stalls])
            .given(&["--set", "connect_timeout=2s"])
            .at_all()
            .counts(&["network/connect_timeout"])
            .finds(&["CONNECT-1"]),
        Fault::new("reset-in-handshake", "The stream is reset once the upgrade is asked for.")
            .does(GET, |_| vec![Move::Resets])
            .counts(&["network/connect_failed"]),
        Fault::new("stall-in-handshake", "The upgrade is asked for, and never answered.")
            .does(GET, |_| vec![Move::Stalls])
            .given(&["--set", "connect_timeout=2s"])
            .counts(&["network/connect_timeout"])
            .finds(&["CONNECT-1"]),
        Fault::new("end-in-mid-head", "The stream ends within the answer to the upgrade.")
            .does(GET, |_| vec![head(SWITCHING), Move::Ends])
            .counts(&["network/connect_failed"]),
        Fault::new("stall-in-mid-head", "The answer to the upgrade stalls after its first line.")
            .does(GET, |_| vec![head(SWITCHING), head("\r\n"), Move::Stalls])
            .given(&["--set", "connect_timeout=2s"])
            .counts(&["network/connect_timeout"])
            .finds(&["CONNECT-1"]),
        Fault::new("head-byte-by-byte", "The answer to the upgrade comes byte by byte.")
            .does(GET, |said| {
                let Move::Bytes(bytes) = said.upgrade(SWITCHING, "") else { return Vec::new() };
                vec![Move::Trickles(bytes, Duration::from_millis(5))]
            })
            .counts(&["network/handshake_invalid"])
            .finds(&["CONNECT-1"]),
    ]
}

fn proxies() -> Vec<Fault> {
    const CONNECT: At = At::Request("CONNECT");
    let fault = |name, done| Fault::new(name, done).by(Way::Proxy).at_all();
    vec![
        fault("proxy-502", "A proxy answers CONNECT with 502.")
            .does(CONNECT, |_| vec![answer("502 Bad Gateway", "", "no")])
            .counts(&["network/proxy"]),
        fault("proxy-407", "A proxy asks for a name and a password.")
            .does(CONNECT, |_| {
                let asks = "Proxy-Authenticate: Basic\r\n";
                vec![answer("407 Proxy Authentication Required", asks, "")]
            })
            .counts(&["network/proxy"]),
        fault("proxy-garbage", "A proxy answers CONNECT with what is no HTTP.")
            .does(CONNECT, |_| vec![head("SSH-2.0-nonsense\r\n\r\n")])
            .counts(&["network/proxy"]),
        fault("proxy-endless", "A proxy answers CONNECT with headers without an end.")
            .does(CONNECT, |_| {
                let more = b"X-More: and more\r\n".repeat(64);
                vec![head("HTTP/1.1 200 OK\r\n"), Move::Repeats(more, None)]
            })
            .counts(&["network/proxy"]),
        fault("proxy-mute", "A proxy never answers CONNECT.")
            .does(CONNECT, |_| vec![Move::Stalls])
            .given(&["--set", "connect_timeout=2s"])
            .counts(&["network/connect_timeout"])
            .finds(&["CONNECT-1"]),
    ]
}

fn breaking() -> Vec<Fault> {
    let fault = |name, done| {
        Fault::new(name, done).counts(&["network/reset", "network/cut_off"]).finds(&["CONNECT-6"])
    };
    vec![
        fault("reset", "The stream is reset in place of an answer.")
            .does(SEND, |_| vec![Move::Resets]),
        fault(
            "end-without-close",
            "The stream ends, without a close frame, in place of an answer.",
        )
        .does(SEND, |_| vec![Move::Ends]),
        fault("reset-in-mid-frame", "The stream is reset within an answer's frame.")
            .does(SEND, |said| vec![half(&said.text), Move::Resets]),
        fault("end-in-mid-frame", "The stream ends within an answer's frame.")
            .does(SEND, |said| vec![half(&said.text), Move::Ends]),
    ]
}

fn crawling() -> Vec<Fault> {
    let silent = |name, done| {
        Fault::new(name, done)
            .plays(flows::BRIEF)
            .given(&["--set", "response_timeout=2s"])
            .counts(&["integration/response_timeout"])
            .finds(&["ENV-3"])
    };
    vec![
        silent("stall-in-mid-frame", "An answer's frame stalls in its middle, for good.")
            .does(SEND, |said| vec![half(&said.text), Move::Stalls]),
        silent("half-open", "The server is gone in mid-conversation, and the stream stays.")
            .does(SEND, |_| vec![Move::Stalls]),
        silent("crawl", "An answer comes so slowly, byte by byte, that it is not in time.")
            .does(SEND, |said| {
                vec![Move::Trickles(frame(0x81, &said.text), Duration::from_millis(100))]
            }),
        Fault::new("trickle", "An answer comes slowly, byte by byte, and in time.")
            .does(SEND, |said| {
                vec![Move::Trickles(frame(0x81, &said.text), Duration::from_millis(1))]
            })
            .exits(0),
    ]
}

/// The first half of a text frame.
fn half(text: &str) -> Move {
    let mut bytes = frame(0x81, text);
    bytes.truncate(bytes.len() / 2);
    Move::Bytes(bytes)
}
