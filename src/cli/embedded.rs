//! The reference server inside the process of a run, on a thread of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use secrecy::SecretString;
use tokio::sync::oneshot;

use crate::server::{self, Config};

use super::listening::listen;
use super::serve::{ServePlan, now};

/// A running server. Dropping it ends the server.
pub(super) struct Embedded {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// What its access tokens are signed with.
    pub(super) secret: SecretString,
    shutdown: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Embedded {
    /// Starts a server, and returns once it listens.
    pub(super) fn start(plan: ServePlan) -> io::Result<Self> {
        let (shutdown, ending) = oneshot::channel();
        let (ready, listening) = mpsc::channel();
        let secret = plan.config.secret.clone();
        let thread = thread::Builder::new()
            .name("server".into())
            .spawn(move || serve(&plan, &ready, ending))?;
        let address = listening.recv().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))?;
        Ok(Self { address, secret, shutdown: Some(shutdown), thread: Some(thread) })
    }
}

fn serve(
    plan: &ServePlan,
    ready: &mpsc::Sender<io::Result<SocketAddr>>,
    ending: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let started = runtime.and_then(|runtime| {
        let entered = runtime.enter();
        let listener = listen(plan.listen)?;
        let address = listener.local_addr()?;
        drop(entered);
        Ok((runtime, listener, address))
    });
    match started {
        Ok((runtime, listener, address)) => {
            // Whoever started the server waits for this, or is gone.
            let _ = ready.send(Ok(address));
            let config = Config { epoch_at_start: now(), ..plan.config.clone() };
            let ending = async {
                let _ = ending.await;
            };
            runtime.block_on(server::serve(listener, config, ending));
        }
        Err(error) => {
            let _ = ready.send(Err(error));
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.shutdown.take());
        if let Some(thread) = self.thread.take() {
            // A server that panicked has ended as well.
            let _ = thread.join();
        }
    }
}
