//! A proxy that does as it is told, on threads of this process.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// How a proxy meets a client.
#[derive(Clone)]
pub(super) enum Manner {
    /// Connects it to this server, whatever it asks for, once it has shown these credentials.
    Forward { to: SocketAddr, credentials: Option<String> },
    /// Answers this, and closes.
    Answer(String),
    /// Answers with a head that never ends.
    Endless,
    /// Does not answer.
    Silent,
}

/// It ends with the test's process.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    asked_for: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(super) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), asked_for: Arc::default() };
        let asked_for = Arc::clone(&proxy.asked_for);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (manner, asked_for) = (manner.clone(), Arc::clone(&asked_for));
                // A client that is gone ends its thread, and nothing else.
                thread::spawn(move || attend(client.unwrap(), &manner, &asked_for));
            }
        });
        proxy
    }

    /// What was asked for since the last call, in order.
    pub(super) fn asked_for(&self) -> Vec<String> {
        std::mem::take(&mut self.asked_for.lock().unwrap())
    }
}

fn attend(
    mut client: TcpStream,
    manner: &Manner,
    asked_for: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let head = head(&client)?;
    match manner {
        Manner::Answer(text) => client.write_all(text.as_bytes()),
        Manner::Endless => {
            client.write_all(b"HTTP/1.1 200 OK\r\nX-Endless: ")?;
            loop {
                client.write_all(&[b'x'; 1024])?;
            }
        }
        Manner::Silent => client.read(&mut [0]).map(|_| ()),
        Manner::Forward { to, credentials } => {
            if !credentials.as_ref().is_none_or(|known| shows(&head, known)) {
                let answer = "HTTP/1.1 407 Proxy Authentication Required\r\n\
                              Proxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
                return client.write_all(answer.as_bytes());
            }
            let authority = head[0].split(' ').nth(1).unwrap_or_default();
            asked_for.lock().unwrap().push(authority.to_owned());
            let server = TcpStream::connect(to)?;
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            let (from_server, to_client) = (server.try_clone()?, client.try_clone()?);
            thread::spawn(move || pass_on(from_server, to_client));
            pass_on(client, server)
        }
    }
}

/// The lines of a request's head. Nothing follows it before it is answered.
fn head(client: &TcpStream) -> io::Result<Vec<String>> {
    let lines = BufReader::new(client).lines();
    lines.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).collect()
}

fn shows(head: &[String], known: &str) -> bool {
    let expected = format!("Basic {}", BASE64_STANDARD.encode(known));
    head.iter().any(|line| {
        line.split_once(": ").is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("proxy-authorization") && value == expected
        })
    })
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    io::copy(&mut from, &mut to)?;
    to.shutdown(Shutdown::Write)
}
