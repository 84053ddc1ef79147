//! A server that deviates from the document: the reference server, behind a relay that rewrites
//! what it says. The bytes stay as many, so that the frames stay whole.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use crate::process::{Desk, Ended, Serving};

/// Rewrites what one read from the server brought.
pub(crate) type Rewrite = fn(&mut [u8]);

/// Starts a relay to a server, and tells where it listens.
pub(crate) fn relay(target: &str, rewrite: Rewrite) -> String {
    let server = target.strip_prefix("ws://").unwrap().strip_suffix("/uat").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = format!("ws://{}/uat", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
            let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || pass(client, server, |_| {}));
            thread::spawn(move || pass(back.0, back.1, rewrite));
        }
    });
    own
}

/// Passes bytes on until one side is gone, and then tells the other.
fn pass(mut from: TcpStream, mut to: TcpStream, rewrite: Rewrite) {
    let mut buffer = vec![0; 64 * 1024];
    let mut pass_once = || -> io::Result<bool> {
        let length = from.read(&mut buffer)?;
        rewrite(&mut buffer[..length]);
        to.write_all(&buffer[..length])?;
        Ok(length > 0)
    };
    while pass_once().unwrap_or(false) {}
    // Whoever is gone already need not be told.
    let _ = to.shutdown(Shutdown::Write);
}

/// `"id":"133"` of a `send-message` response becomes `"id": 133 `.
pub(crate) fn number_the_ids(bytes: &mut [u8]) {
    let mut from = 0;
    while let Some(id) = after(bytes, from, br#""channel":"client/send-message""#)
        .and_then(|at| after(bytes, at, br#""id":""#))
    {
        let digits = bytes[id..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        from = id + digits;
        if bytes.get(from) == Some(&b'"') {
            (bytes[id - 1], bytes[from]) = (b' ', b' ');
        }
    }
}

/// Where the text ends that is looked for.
fn after(bytes: &[u8], from: usize, text: &[u8]) -> Option<usize> {
    let found = bytes[from..].windows(text.len()).position(|window| window == text)?;
    Some(from + found + text.len())
}

/// What the failures of the cases say whose name begins so.
fn failures(junit: &str, name: &str) -> Vec<String> {
    let mut reader = Reader::from_str(junit);
    let (mut is_asked_for, mut failing, mut found) = (false, false, Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == b"testcase" => {
                let named = tag.try_get_attribute("name").unwrap().unwrap();
                is_asked_for = named.value.starts_with(name.as_bytes());
            }
            Event::Start(tag) if tag.name().as_ref() == b"failure" => failing = is_asked_for,
            Event::Text(text) if failing => {
                found.push(String::from_utf8(text.to_vec()).unwrap());
                failing = false;
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn a_number_where_the_document_has_digits_fails_the_run() {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let target = relay(&serving.target, number_the_ids);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    let Ended { code, out, err } =
        desk.run(&["run", "--target", &target, "--token", token.trim(), "-d", "4", "--out", "run"]);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(out.contains("FAILED") && out.contains("ENV-5 (must"), "{out}");
    let junit = desk.read("run/junit.xml");
    let told = failures(&junit, "ENV-5 ");
    assert!(matches!(&told[..], [one] if one.contains("/body/chatMessage/id")), "{junit}");
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    let clauses = run["clauses"].as_array().unwrap();
    let violated = clauses.iter().filter(|clause| clause["status"] == "violated");
    assert_eq!(
        violated.map(|clause| clause["id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["ENV-5"]
    );
    for line in desk.read("run/violations.jsonl").lines() {
        let violation: Value = serde_json::from_str(line).unwrap();
        assert_eq!(violation["pointer"], "/body/chatMessage/id");
    }
}
