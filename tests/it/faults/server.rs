//! A server that does one fault: the reference server behind a proxy that speaks HTTP and frames by
//! itself, as what is wrong with them is often what no library would write. It runs on a thread of its
//! own until it is dropped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbell::protocol::TenantId;
use deskbell::server::{Config, EpochMillis, mint, serve};
use rustls::ServerConfig;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, WriteHalf, copy_bidirectional, split,
};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::fault::{At, Fault, Move, Whom};
use super::said::Said;

pub(super) struct FaultyServer {
    pub(super) address: SocketAddr,
    pub(super) token: String,
    shutdown: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

type Stream = Box<dyn Io>;

/// Between what is said again and again without an end.
const PAUSE: Duration = Duration::from_millis(5);

/// What becomes of a stream after a fault was done to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    GoesOn,
    Ends,
    Resets,
    Stalls,
}

impl FaultyServer {
    pub(super) fn start(fault: Fault, tls: Option<Arc<ServerConfig>>) -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let epoch_at_start = EpochMillis(0).after(since_epoch);
        let config = Config { epoch_at_start, ..Config::default() };
        let token =
            mint(&config.secret, TenantId(34), Duration::from_secs(3600), config.epoch_at_start);
        let (shutdown, shut) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = attend_all(socket, config, fault, tls) => {}
                    _ = shut => {}
                }
            });
        });
        let token = token.expose_secret().to_owned();
        Self { address, token, shutdown: Some(shutdown), thread: Some(thread) }
    }
}

impl Drop for FaultyServer {
    fn drop(&mut self) {
        drop(self.shutdown.take());
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || thread::panicking(), "the faulty server itself panicked");
    }
}

async fn attend_all(
    socket: TcpSocket,
    config: Config,
    fault: Fault,
    tls: Option<Arc<ServerConfig>>,
) {
    if fault.at == At::Nobody {
        // Bound, so that nobody else listens there either.
        return std::future::pending().await;
    }
    if fault.at == At::Queue {
        let address = socket.local_addr().unwrap();
        let _listener = socket.listen(0).unwrap();
        return fill_queue(address).await;
    }
    let listener = socket.listen(1024).unwrap();
    let faithful = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let behind = faithful.local_addr().unwrap();
    let fault = Arc::new(fault);
    let acceptor = tls.map(TlsAcceptor::from);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        serve(faithful, config, std::future::pending()).await;
    });
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        // A stream that is dropped is reset; whoever means to end it says so before.
        stream.set_zero_linger().unwrap();
        tasks.spawn(attend(stream, behind, Arc::clone(&fault), acceptor.clone()));
    }
}

/// Connects to a listener that accepts nobody until no more fit in, and keeps them there.
async fn fill_queue(address: SocketAddr) {
    let mut waiting = Vec::new();
    let patience = Duration::from_millis(200);
    while let Ok(stream) = tokio::time::timeout(patience, TcpStream::connect(address)).await {
        waiting.push(stream);
    }
    std::future::pending().await
}

async fn attend(
    mut stream: TcpStream,
    behind: SocketAddr,
    fault: Arc<Fault>,
    acceptor: Option<TlsAcceptor>,
) {
    if fault.at == At::Accept {
        let said = Said { text: String::new() };
        let then = act(&mut stream, &fault, said, &[], &AtomicBool::default()).await;
        return leave(stream, then).await;
    }
    let mut stream: Stream = match acceptor {
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => Box::new(stream),
            Err(_) => return,
        },
        None => Box::new(stream),
    };
    let Some(head) = head(&mut stream).await else { return };
    let asked = head.lines().next().unwrap_or_default();
    let device = asked.split("deviceId=").nth(1).and_then(|rest| rest.split(' ').next());
    let is_meant = fault.whom == Whom::All || device.is_none_or(|device| device.ends_with("-0"));
    let is_socket = head.to_ascii_lowercase().contains("upgrade: websocket");
    if let At::Request(start) = fault.at
        && head.starts_with(start)
        && is_meant
    {
        let said = Said { text: head };
        let then = act(&mut stream, &fault, said, &[], &AtomicBool::default()).await;
        return leave(stream, then).await;
    }
    let mut upstream = TcpStream::connect(behind).await.unwrap();
    upstream.write_all(head.as_bytes()).await.unwrap();
    if is_socket {
        converse(stream, upstream, is_meant.then_some(&*fault)).await;
    } else if copy_bidirectional(&mut stream, &mut upstream).await.is_ok() {
        leave(stream, Then::Ends).await;
    }
}

/// The head of a request or an answer, with its blank line.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

/// Passes on an upgrade and what follows it, with the fault where there is one to be done.
async fn converse(mut stream: Stream, mut upstream: TcpStream, fault: Option<&Fault>) {
    let Some(answer) = head(&mut upstream).await else { return };
    if stream.write_all(answer.as_bytes()).await.is_err() {
        return;
    }
    let (mut from_device, mut to_device) = split(stream);
    let (mut from_service, mut to_service) = upstream.into_split();
    let is_deaf = AtomicBool::default();
    let up = async {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = from_device.read(&mut bytes).await {
            if is_deaf.load(Ordering::Relaxed)
                || to_service.write_all(&bytes[..length]).await.is_err()
            {
                return std::future::pending().await;
            }
        }
    };
    let down = say(&mut from_service, &mut to_device, fault, &is_deaf);
    let then = tokio::select! {
        () = up => Then::Ends,
        then = down => then,
    };
    let stream = from_device.unsplit(to_device);
    leave(stream, then).await;
}

/// Says what the service says, frame by frame, until the service has said all.
async fn say(
    service: &mut (impl AsyncRead + Unpin),
    device: &mut WriteHalf<Stream>,
    fault: Option<&Fault>,
    is_deaf: &AtomicBool,
) -> Then {
    if let Some(fault) = fault.filter(|fault| fault.at == At::Opened) {
        let said = Said { text: String::new() };
        let then = act(device, fault, said, &[], is_deaf).await;
        if then != Then::GoesOn {
            return then;
        }
    }
    while let Some((text, raw)) = frame(service).await {
        let meant = fault.filter(|fault| match fault.at {
            At::Frame(start) => channel(&text).starts_with(start),
            _ => false,
        });
        let then = match meant {
            Some(fault) => act(device, fault, Said { text }, &raw, is_deaf).await,
            None if device.write_all(&raw).await.is_ok() => Then::GoesOn,
            None => Then::Resets,
        };
        if then != Then::GoesOn {
            return then;
        }
    }
    Then::Ends
}

/// A frame of the reference server, which masks none and fragments none: its text, and its bytes.
async fn frame(service: &mut (impl AsyncRead + Unpin)) -> Option<(String, Vec<u8>)> {
    let mut raw = vec![0; 2];
    service.read_exact(&mut raw).await.ok()?;
    let more = match raw[1] {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    raw.resize(2 + more, 0);
    service.read_exact(&mut raw[2..]).await.ok()?;
    let length = match more {
        0 => raw[1].into(),
        _ => raw[2..].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    let from = raw.len();
    raw.resize(from + length, 0);
    service.read_exact(&mut raw[from..]).await.ok()?;
    let text =
        if raw[0] == 0x81 { String::from_utf8(raw[from..].to_vec()).ok()? } else { String::new() };
    Some((text, raw))
}

fn channel(text: &str) -> String {
    let json: Value = serde_json::from_str(text).unwrap_or_default();
    json["channel"].as_str().unwrap_or_default().to_owned()
}

/// Does the fault.
async fn act(
    stream: &mut (impl AsyncWrite + Unpin),
    fault: &Fault,
    said: Said,
    raw: &[u8],
    is_deaf: &AtomicBool,
) -> Then {
    for step in (fault.does)(&said) {
        let is_said = match step {
            Move::Passes => stream.write_all(raw).await.is_ok(),
            Move::Bytes(bytes) => stream.write_all(&bytes).await.is_ok(),
            Move::Repeats(bytes, times) => repeat(stream, &bytes, times).await,
            Move::Trickles(bytes, apart) => trickle(stream, &bytes, apart).await,
            Move::Waits(time) => {
                tokio::time::sleep(time).await;
                true
            }
            Move::Deafens => {
                is_deaf.store(true, Ordering::Relaxed);
                true
            }
            Move::Ends => return Then::Ends,
            Move::Resets => return Then::Resets,
            Move::Stalls => return Then::Stalls,
        };
        if !is_said || stream.flush().await.is_err() {
            return Then::Resets;
        }
    }
    Then::GoesOn
}

/// Whether all of it could be said.
async fn repeat(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8], times: Option<u32>) -> bool {
    let mut said = 0;
    while times.is_none_or(|times| said < times) {
        if stream.write_all(bytes).await.is_err() {
            return false;
        }
        said = said.saturating_add(1);
        // What has no end goes on at a pace at which the machine has room for others.
        let pause = if times.is_none() { PAUSE } else { Duration::ZERO };
        tokio::time::sleep(pause).await;
    }
    true
}

async fn trickle(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8], apart: Duration) -> bool {
    for byte in bytes {
        if stream.write_all(&[*byte]).await.is_err() || stream.flush().await.is_err() {
            return false;
        }
        tokio::time::sleep(apart).await;
    }
    true
}

/// Leaves a stream.
async fn leave(mut stream: impl AsyncRead + AsyncWrite + Unpin, then: Then) {
    match then {
        Then::GoesOn => while let Ok(1..) = stream.read(&mut [0; 1024]).await {},
        Then::Ends => {
            let _ = stream.shutdown().await;
            while let Ok(1..) = stream.read(&mut [0; 1024]).await {}
        }
        Then::Resets => {}
        Then::Stalls => std::future::pending().await,
    }
}
