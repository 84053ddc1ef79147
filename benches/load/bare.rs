//! The bare client: tokio-tungstenite and nothing else, for the same work as deskbell's without
//! reading or checking any of it.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use deskbell::scenario::parse_duration;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep_until};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use url::Url;

use crate::process::own_cpu;

/// What deskbell's devices have as well.
const READ_BUFFER: usize = 4096;
/// As long as the text of `benches/load/trips.yaml`: an answer has 1.2 KB then.
const TEXT_BYTES: usize = 768;

#[derive(Args)]
pub(crate) struct BareArgs {
    /// The server's address
    #[arg(long)]
    target: Url,
    /// How many connections
    #[arg(long, default_value_t = 100)]
    connections: u32,
    /// For how long
    #[arg(long, default_value = "5s", value_parser = parse_duration)]
    duration: Duration,
    /// Sends nothing but a ping so often, in place of one message after the other
    #[arg(long, value_parser = parse_duration)]
    ping_every: Option<Duration>,
}

#[expect(clippy::print_stdout, reason = "a client tells what it has done")]
pub(crate) fn run(args: &BareArgs) -> io::Result<()> {
    crate::block_on(async {
        let trips = Rc::new(Cell::new(0_u64));
        let mut connections = JoinSet::new();
        let mut open = Vec::new();
        for no in 0..args.connections {
            open.push(Connection::open(&args.target, no).await?);
        }
        let (began_at, cpu_before) = (Instant::now(), own_cpu());
        for connection in open {
            let trips = Rc::clone(&trips);
            match args.ping_every {
                None => connections.spawn_local(connection.talk(trips)),
                Some(every) => connections.spawn_local(connection.ping(every, trips)),
            };
        }
        tokio::select! {
            biased;
            () = sleep_until((began_at + args.duration).into()) => {}
            Some(ended) = connections.join_next() => return ended.map_err(io::Error::other)?,
        }
        let (cpu, trips) = (own_cpu() - cpu_before, trips.get().max(1));
        let us = cpu.as_secs_f64() * 1e6 / trips as f64;
        let rate = trips as f64 / began_at.elapsed().as_secs_f64();
        println!("{trips} round trips, {rate:.0}/s, {us:.2} us of CPU each");
        Ok(())
    })
}

struct Connection {
    socket: WebSocketStream<TcpStream>,
    session: String,
}

impl Connection {
    /// Connects, and opens a session.
    async fn open(target: &Url, no: u32) -> io::Result<Self> {
        let mut url = target.clone();
        url.query_pairs_mut().append_pair("Auth", "bench").append_pair("deviceId", &no.to_string());
        let address = target.socket_addrs(|| None)?[0];
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let upgrade = url.as_str().into_client_request().map_err(io::Error::other)?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER).write_buffer_size(0);
        let upgraded = client_async_with_config(upgrade, stream, Some(config)).await;
        let (socket, _) = upgraded.map_err(io::Error::other)?;
        let mut connection = Self { socket, session: String::new() };
        connection.receive().await?;
        let init = request("init-chat-with-concierge", r#""newSession":true"#);
        connection.send(init.into()).await?;
        let reply = connection.receive().await?;
        let session = reply.split(r#""chatSessionId":""#).nth(1).and_then(|rest| rest.get(..36));
        session.unwrap_or_default().clone_into(&mut connection.session);
        Ok(connection)
    }

    /// Sends a message, waits for its answer and its event, and again.
    async fn talk(mut self, trips: Rc<Cell<u64>>) -> io::Result<()> {
        let (session, text) = (&self.session, "a".repeat(TEXT_BYTES));
        let body = format!(
            r#""chatSessionId":"{session}","contentType":"TEXT","messageContent":"{text}","metdata":{{"deskbell_run":"20261123-022208-9705/0"}}"#
        );
        let send: Utf8Bytes = request("send-message", &body).into();
        loop {
            self.send(send.clone()).await?;
            self.receive().await?;
            self.receive().await?;
            trips.set(trips.get() + 1);
        }
    }

    /// Pings the session so often.
    async fn ping(mut self, every: Duration, pings: Rc<Cell<u64>>) -> io::Result<()> {
        let body = format!(r#""chatSessionId":"{}""#, self.session);
        let ping: Utf8Bytes = request("ping-on-chat-session", &body).into();
        let mut turns = interval(every);
        loop {
            turns.tick().await;
            self.send(ping.clone()).await?;
            self.receive().await?;
            pings.set(pings.get() + 1);
        }
    }

    async fn send(&mut self, text: Utf8Bytes) -> io::Result<()> {
        self.socket.send(Message::Text(text)).await.map_err(io::Error::other)
    }

    async fn receive(&mut self) -> io::Result<Utf8Bytes> {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => Ok(text),
            Some(Err(error)) => Err(io::Error::other(error)),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// A request of the client's, with what stands in its body.
fn request(route: &str, body: &str) -> String {
    format!(r#"{{"action":"api","data":{{"body":{{{body}}},"route":"client/{route}"}}}}"#)
}
