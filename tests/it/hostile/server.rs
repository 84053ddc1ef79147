//! A bad server: the reference server behind a proxy that rewrites what it says, or no server at
//! all. It runs on a thread of its own until it is dropped.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbell::protocol::TenantId;
use deskbell::server::{Config, EpochMillis, mint, serve};
use futures_util::{SinkExt, StreamExt};
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async, client_async};

use super::mischief::{Door, Mischief, Out, Rewriter};

/// Which devices get the mischief; the others get the server as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    All,
    /// The first device of the run.
    First,
}

pub(crate) struct BadServer {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    shutdown: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl BadServer {
    pub(crate) fn start(mischief: Mischief, whom: Whom) -> Self {
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, shut) = oneshot::channel();
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let epoch_at_start = EpochMillis(0).after(since_epoch);
        let config = Config { epoch_at_start, ..Config::default() };
        let token =
            mint(&config.secret, TenantId(34), Duration::from_secs(3600), config.epoch_at_start);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = attend_all(listener, config, mischief, whom) => {}
                    _ = shut => {}
                }
            });
        });
        let token = token.expose_secret().to_owned();
        Self { address, token, shutdown: Some(shutdown), thread: Some(thread) }
    }
}

impl Drop for BadServer {
    fn drop(&mut self) {
        drop(self.shutdown.take());
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || thread::panicking(), "the bad server itself panicked");
    }
}

/// Until the server dies of its own mischief, and every connection with it.
async fn attend_all(listener: TcpListener, config: Config, mischief: Mischief, whom: Whom) {
    let faithful = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let behind = faithful.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        serve(faithful, config, std::future::pending()).await;
    });
    let death = Arc::new(Notify::new());
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => accepted.unwrap(),
            () = death.notified() => return,
        };
        stream.set_nodelay(true).unwrap();
        tasks.spawn(attend(stream, behind, mischief, whom, Arc::clone(&death)));
    }
}

async fn attend(
    mut stream: TcpStream,
    behind: SocketAddr,
    mischief: Mischief,
    whom: Whom,
    death: Arc<Notify>,
) {
    match mischief.door() {
        Door::Open => relay(stream, behind, mischief, whom, &death).await,
        Door::Mute => std::future::pending().await,
        Door::Says(text) => {
            let mut request = [0; 2048];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(text.as_bytes()).await;
        }
        Door::Repeats(text) => {
            let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n").await;
            while stream.write_all(text.as_bytes()).await.is_ok() {}
        }
    }
}

/// Relays one connection, whose every frame from the server goes through the mischief.
async fn relay(
    stream: TcpStream,
    behind: SocketAddr,
    mischief: Mischief,
    whom: Whom,
    death: &Notify,
) {
    let mut asked = String::new();
    #[expect(clippy::result_large_err, reason = "the library's own signature")]
    let note = |request: &Request, response: Response| {
        asked = request.uri().to_string();
        Ok(response)
    };
    let Ok(mut device) = accept_hdr_async(stream, note).await else { return };
    let upstream = TcpStream::connect(behind).await.unwrap();
    let (mut server, _) = client_async(format!("ws://{behind}{asked}"), upstream).await.unwrap();
    let is_meant = whom == Whom::All || asked.ends_with("-0");
    let mut rewriter = Rewriter::new(if is_meant { mischief } else { Mischief::None }, &asked);
    for out in rewriter.greeting() {
        if !put(&mut device, out, death).await {
            return;
        }
    }
    loop {
        let outs = tokio::select! {
            biased;
            message = device.next() => match message {
                Some(Ok(message)) if !message.is_close() => {
                    if server.send(message).await.is_err() {
                        return;
                    }
                    Vec::new()
                }
                _ => return,
            },
            message = server.next() => match message {
                Some(Ok(Message::Text(text))) => rewriter.rewrite(&text),
                Some(Ok(other)) => vec![Out::Frame(other)],
                _ => return,
            },
            () = std::future::ready(()), if rewriter.floods() => {
                tokio::task::yield_now().await;
                rewriter.flood()
            }
        };
        for out in outs {
            if !put(&mut device, out, death).await {
                return;
            }
        }
    }
}

/// Whether the connection stays.
async fn put(device: &mut WebSocketStream<TcpStream>, out: Out, death: &Notify) -> bool {
    match out {
        Out::Frame(message) => {
            let is_close = message.is_close();
            let is_sent = device.send(message).await.is_ok();
            if is_close {
                // The closing handshake goes on until the device has answered.
                while let Some(Ok(_)) = device.next().await {}
            }
            is_sent && !is_close
        }
        Out::Reset => {
            let _ = device.get_mut().set_zero_linger();
            false
        }
        Out::HalfFrame => {
            let _ = device.get_mut().write_all(&[0x81, 100, b'{']).await;
            false
        }
        Out::Bytes(bytes) => device.get_mut().write_all(&bytes).await.is_ok(),
        Out::Freeze => std::future::pending().await,
        Out::Death => {
            death.notify_one();
            std::future::pending().await
        }
    }
}
