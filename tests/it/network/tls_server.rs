//! The reference server over TLS, on a thread of this process, which notes every handshake.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use deskbell::server::{Config, EpochMillis, Listener, TlsListener, serve};
use rustls::{HandshakeKind, ProtocolVersion, ServerConfig};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Handshake {
    pub(super) version: Option<ProtocolVersion>,
    kind: Option<HandshakeKind>,
}

impl Handshake {
    pub(super) fn is_resumed(&self) -> bool {
        self.kind == Some(HandshakeKind::Resumed)
    }
}

type Seen = Arc<Mutex<Vec<Handshake>>>;

pub(super) struct TlsServer {
    pub(super) address: SocketAddr,
    seen: Seen,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl TlsServer {
    pub(super) fn start(config: Arc<ServerConfig>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let seen = Seen::default();
        let noting = Noting { listener: TlsListener::new(listener, config), seen: seen.clone() };
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let epoch_at_start = EpochMillis(since_epoch.as_millis().try_into().unwrap());
        let thread = thread::spawn(move || {
            let config = Config { epoch_at_start, ..Config::default() };
            let ending = async {
                let _ = stopped.await;
            };
            runtime.block_on(serve(noting, config, ending));
        });
        Self { address, seen, stop, thread }
    }

    pub(super) fn target(&self, host: &str) -> String {
        format!("wss://{host}:{}/uat", self.address.port())
    }

    /// Ends it; the handshakes that were done, in order.
    pub(super) fn end(self) -> Vec<Handshake> {
        let _ = self.stop.send(());
        self.thread.join().unwrap();
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Noting {
    listener: TlsListener<TcpListener>,
    seen: Seen,
}

impl Listener for Noting {
    type Io = <TlsListener<TcpListener> as Listener>::Io;

    const HTTP_SCHEME: &'static str = "https";

    async fn accept(&mut self) -> io::Result<Self::Io> {
        let io = self.listener.accept().await?;
        let (_, session) = io.get_ref();
        let (version, kind) = (session.protocol_version(), session.handshake_kind());
        self.seen.lock().unwrap().push(Handshake { version, kind });
        Ok(io)
    }
}
