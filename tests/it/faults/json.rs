//! Texts that are hardly JSON, or only just (RFC 8259).

use super::fault::{At, Fault, Move};
use super::said::{Said, text};

const SEND: At = At::Frame("client/send-message");

pub(super) fn faults() -> Vec<Fault> {
    [unreadable(), flawed(), huge()].concat()
}

fn unreadable() -> Vec<Fault> {
    let fault = |name, done, does: fn(&Said) -> Vec<Move>| {
        Fault::new(name, done)
            .does(SEND, does)
            .given(&["--set", "response_timeout=2s"])
            .counts(&["schema/not_json", "integration/response_timeout"])
            .finds(&["ENV-3", "ENV-10"])
    };
    vec![
        fault("json-lists-100-000-deep", "An answer holds lists 100 000 levels deep.", |said| {
            let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
            vec![said.with_member(&deep)]
        }),
        fault(
            "json-objects-100-000-deep",
            "An answer holds objects 100 000 levels deep.",
            |said| {
                let deep = [r#"{"a":"#.repeat(100_000), "0".into(), "}".repeat(100_000)].concat();
                vec![said.with_member(&deep)]
            },
        ),
        fault("json-unclosed", "An answer begins a million lists.", |_| {
            vec![text("[".repeat(1_000_000))]
        }),
        fault("json-1e999999", "An answer holds the number 1e999999.", |said| {
            vec![said.with_member("1e999999")]
        }),
        fault("json-nan", "An answer holds NaN.", |said| vec![said.with_member("NaN")]),
        fault("json-lone-surrogate", "An answer holds half of a surrogate pair.", |said| {
            vec![said.with_member(r#""\ud83d""#)]
        }),
        fault("json-raw-nul", "An answer holds a NUL byte in a text.", |said| {
            vec![said.with_member("\"\0\"")]
        }),
        fault("json-cut", "An answer is cut in its middle.", |said| {
            vec![text(&said.text[..said.text.len() / 2])]
        }),
        fault("json-empty", "An empty text comes in place of an answer.", |_| vec![text("")]),
        fault("json-two-texts", "An answer has another text behind it.", |said| {
            vec![text(format!("{}{{}}", said.text))]
        }),
        fault("json-html", "A proxy's error page comes in place of an answer.", |_| {
            vec![text("<html><body><h1>502 Bad Gateway</h1></body></html>")]
        }),
    ]
}

fn flawed() -> Vec<Fault> {
    let flawed = |name, done, does: fn(&Said) -> Vec<Move>| {
        Fault::new(name, done).does(SEND, does).counts(&["schema/invalid_frame"]).finds(&["ENV-1"])
    };
    vec![
        flawed("json-byte-order-mark", "An answer begins with a byte order mark.", |said| {
            vec![text(format!("\u{feff}{}", said.text))]
        }),
        flawed("json-duplicate-key", "An answer has the key `status` twice.", |said| {
            vec![text(said.text.replacen('{', r#"{"status":200,"#, 1))]
        }),
        Fault::new("json-list", "An answer comes in a list.")
            .does(SEND, |said| vec![text(format!("[{}]", said.text))])
            .given(&["--set", "response_timeout=2s"])
            .counts(&["schema/unknown_frame", "integration/response_timeout"])
            .finds(&["ENV-3", "ENV-10"]),
        Fault::new("json-escaped-nul", "An answer holds the escape of NUL in a member of its own.")
            .does(SEND, |said| vec![said.with_member(r#""\u0000""#)])
            .exits(0),
    ]
}

fn huge() -> Vec<Fault> {
    let fault = |name, done, does: fn(&Said) -> Vec<Move>| {
        Fault::new(name, done).does(SEND, does).counts(&["schema/invalid_frame"]).finds(&["ENV-1"])
    };
    vec![
        fault("json-text-3-mb", "An answer holds a text of 3 MB.", |said| {
            vec![said.with_member(&format!("\"{}\"", "x".repeat(3_000_000)))]
        }),
        fault("json-list-1-500-000", "An answer holds a list of 1 500 000 numbers.", |said| {
            vec![said.with_member(&format!("[{}0]", "0,".repeat(1_500_000)))]
        })
        .takes(300),
        fault("json-keys-300-000", "An answer holds an object of 300 000 keys.", |said| {
            let keys: Vec<_> = (0..300_000).map(|n| format!("\"{n}\":0")).collect();
            vec![said.with_member(&format!("{{{}}}", keys.join(",")))]
        })
        .takes(300),
        fault("json-key-500-000-times", "An answer holds the same key 500 000 times.", |said| {
            vec![said.with_member(&format!("{{{}\"a\":0}}", "\"a\":0,".repeat(500_000)))]
        })
        .takes(300),
        Fault::new("json-8-mb", "An answer is 8 MB long.")
            .does(SEND, |said| vec![said.with_member(&format!("\"{}\"", "x".repeat(8_000_000)))])
            .counts(&["schema/too_large", "network/cut_off"])
            .finds(&["ENV-10"]),
    ]
}
