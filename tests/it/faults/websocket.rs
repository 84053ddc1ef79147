//! Frames that RFC 6455 does not allow, and floods of those that it does.

use super::fault::{At, Fault, Move};
use super::flows;
use super::said::{Said, close, frame, header};

const SEND: At = At::Frame("client/send-message");

pub(super) fn faults() -> Vec<Fault> {
    [forbidden(), closes(), messages(), floods()].concat()
}

fn forbidden() -> Vec<Fault> {
    let fault = |name, done, does: fn(&Said) -> Vec<Move>| {
        Fault::new(name, done)
            .does(SEND, does)
            .counts(&["network/websocket_protocol", "network/cut_off"])
            .finds(&["ENV-10"])
    };
    vec![
        fault("reserved-bit-1", "An answer has the bit set that compression would use.", |said| {
            vec![Move::Bytes(frame(0xc1, &said.text))]
        }),
        fault("reserved-bit-2", "An answer has the second reserved bit set.", |said| {
            vec![Move::Bytes(frame(0xa1, &said.text))]
        }),
        fault("reserved-bit-3", "An answer has the third reserved bit set.", |said| {
            vec![Move::Bytes(frame(0x91, &said.text))]
        }),
        fault("mask", "An answer is masked, as only a client's may be.", |said| {
            let mut bytes = header(0x81, said.text.len() as u64);
            bytes[1] |= 0x80;
            bytes.extend([0; 4]);
            bytes.extend(said.text.bytes());
            vec![Move::Bytes(bytes)]
        }),
        fault("opcode-data", "A frame has the data opcode 3, which is reserved.", |_| {
            vec![Move::Bytes(frame(0x83, "{}"))]
        }),
        fault("opcode-control", "A frame has the control opcode 11, which is reserved.", |_| {
            vec![Move::Bytes(frame(0x8b, ""))]
        }),
        fault("ping-fragmented", "A ping is fragmented.", |_| vec![Move::Bytes(frame(0x09, "a"))]),
        fault("ping-oversized", "A ping carries 126 bytes.", |_| {
            vec![Move::Bytes(frame(0x89, [b'x'; 126]))]
        }),
        fault("close-oversized", "A close frame carries 200 bytes.", |_| {
            vec![close(1000, [b'x'; 198])]
        }),
        fault("continuation-alone", "A continuation comes where no message was begun.", |said| {
            vec![Move::Bytes(frame(0x80, &said.text))]
        }),
        fault(
            "message-in-message",
            "A message begins while another one is not finished.",
            |said| vec![Move::Bytes(frame(0x01, "{")), Move::Bytes(frame(0x81, &said.text))],
        ),
        fault("random-bytes", "Bytes that mean nothing come in place of a frame.", |_| {
            vec![Move::Bytes((0..=255).rev().collect())]
        }),
    ]
}

fn closes() -> Vec<Fault> {
    let illegal = |code: u16| {
        Fault::new(
            format!("close-{code}"),
            format!("The connection is closed with {code}, which no frame may carry."),
        )
        .does(SEND, move |_| vec![close(code, "")])
        .counts(&["network/websocket_protocol", "network/cut_off"])
        .finds(&["ENV-10"])
    };
    let early = |code: u16| {
        Fault::new(format!("close-{code}"), format!("A connection in use is closed with {code}."))
            .does(SEND, move |_| vec![close(code, "")])
            .counts(&[&format!("network/closed_{code}"), "network/cut_off"])
            .finds(&["CONNECT-6"])
    };
    vec![
        illegal(999),
        illegal(1005),
        illegal(1006),
        illegal(1015),
        illegal(5000),
        Fault::new("close-one-byte", "A close frame carries a single byte.")
            .does(SEND, |_| vec![Move::Bytes(frame(0x88, [3]))])
            .counts(&["network/websocket_protocol", "network/cut_off"])
            .finds(&["ENV-10"]),
        Fault::new("close-not-utf8", "A close's reason is no UTF-8.")
            .does(SEND, |_| vec![close(1000, [0xff, 0xfe])])
            .counts(&["schema/not_utf8", "network/cut_off"])
            .finds(&["ENV-10"]),
        early(1000),
        early(1002),
        early(1011),
        early(4000),
        Fault::new("close-without-code", "A connection in use is closed without a code.")
            .does(SEND, |_| vec![Move::Bytes(frame(0x88, ""))])
            .counts(&["network/closed", "network/cut_off"])
            .finds(&["CONNECT-6"]),
    ]
}

fn messages() -> Vec<Fault> {
    let unread = |name, done, kind: &str, does: fn(&Said) -> Vec<Move>| {
        Fault::new(name, done)
            .does(SEND, does)
            .counts(&[kind, "network/cut_off"])
            .finds(&["ENV-10"])
    };
    vec![
        unread("not-utf8", "An answer's text is no UTF-8.", "schema/not_utf8", |said| {
            vec![Move::Bytes(frame(0x81, [said.text.as_bytes(), &[0xff]].concat()))]
        }),
        unread("announced-100-mb", "A frame announces 100 MB.", "schema/too_large", |_| {
            vec![Move::Bytes(header(0x81, 100_000_000))]
        }),
        unread("announced-2-63", "A frame announces 2^63 bytes.", "schema/too_large", |_| {
            vec![Move::Bytes(header(0x81, 1 << 63))]
        }),
        unread(
            "fragments-endless",
            "A message comes in fragments of 1 KB, without an end.",
            "schema/too_large",
            |_| {
                let more = frame(0x00, [b'x'; 1024]).repeat(64);
                vec![Move::Bytes(frame(0x01, "{")), Move::Repeats(more, None)]
            },
        ),
        Fault::new("fragments-empty", "A message comes in empty fragments, without an end.")
            .plays(flows::BRIEF)
            .does(SEND, |_| {
                let more = frame(0x00, "").repeat(256);
                vec![Move::Bytes(frame(0x01, "")), Move::Repeats(more, None)]
            })
            .given(&["--set", "response_timeout=2s"])
            .counts(&["integration/response_timeout"])
            .finds(&["ENV-3"]),
        Fault::new("fragments-odd", "An answer comes in fragments that cut its letters in two.")
            .does(SEND, |said| {
                let Move::Bytes(whole) = said.changed(|json| json["body"]["more"] = "ห้อง".into())
                else {
                    return Vec::new();
                };
                let payload = &whole[4..];
                let n = payload.len();
                let pieces = payload.iter().enumerate().map(|(at, byte)| {
                    let first = if at == 0 { 1 } else { 0 };
                    let last = if at + 1 == n { 0x80 } else { 0 };
                    frame(first | last, [*byte])
                });
                vec![Move::Bytes(pieces.flatten().collect())]
            })
            .exits(0),
        Fault::new("binary", "An answer comes as a binary message.")
            .does(SEND, |said| vec![Move::Bytes(frame(0x82, &said.text))])
            .given(&["--set", "response_timeout=2s"])
            .counts(&["schema/binary", "integration/response_timeout"])
            .finds(&["ENV-3", "ENV-10"]),
    ]
}

fn floods() -> Vec<Fault> {
    let silent = |name, done| {
        Fault::new(name, done)
            .plays(flows::BRIEF)
            .given(&["--set", "response_timeout=2s"])
            .counts(&["integration/response_timeout"])
            .finds(&["ENV-3"])
    };
    let noisy = |name, done| {
        Fault::new(name, done)
            .given(&["--set", "response_timeout=45s"])
            .finds(&["ENV-10"])
            .exits(0)
            .within(60)
    };
    vec![
        silent("ping-flood", "Pings come without an end in place of an answer.")
            .does(SEND, |_| vec![Move::Repeats(frame(0x89, "ping").repeat(64), None)]),
        silent("ping-flood-unread", "Pings come without an end, and no pong is read.")
            .does(SEND, |_| {
                vec![Move::Deafens, Move::Repeats(frame(0x89, [b'x'; 125]).repeat(256), None)]
            }),
        silent("pong-flood", "Pongs that nobody asked for come without an end.")
            .does(SEND, |_| vec![Move::Repeats(frame(0x8a, "deskbell").repeat(64), None)]),
        noisy("flood-100-mb", "Binary messages come, 100 MB of them, and then the answer.")
            .does(SEND, |_| {
                vec![Move::Repeats(frame(0x82, vec![0; 1_000_000]), Some(100)), Move::Passes]
            })
            .counts(&["schema/binary"]),
        noisy("flood-of-text", "Texts that mean nothing come, 10 MB of them, and then the answer.")
            .does(SEND, |_| {
                let noise = format!(r#"{{"noise":"{}"}}"#, "x".repeat(1_000_000));
                vec![Move::Repeats(frame(0x81, noise), Some(10)), Move::Passes]
            })
            .counts(&["schema/unknown_frame"]),
        noisy("flood-of-frames", "Texts that mean nothing come, 20 000, and then the answer.")
            .does(SEND, |_| {
                vec![Move::Repeats(frame(0x81, "{}").repeat(1000), Some(20)), Move::Passes]
            })
            .counts(&["schema/unknown_frame"]),
    ]
}
