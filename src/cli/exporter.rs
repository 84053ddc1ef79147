//! `--metrics`: the figures of a run while it goes on, over HTTP for Prometheus.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{Semaphore, oneshot};

use crate::report::{EXPOSITION_TYPE, Exposition};

use super::refusal::Refusal;

/// Connections at once: a scraper or two, and a person.
const AT_ONCE: usize = 16;

/// How long a client may take over a request's head, and how large that may be.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
const HEAD_BYTES: usize = 16 * 1024;

/// Answers scrapes on a thread of its own, until it is dropped.
pub(super) struct Exporter {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Exporter {
    /// Listens, and answers with what the exposition tells.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub(super) fn start(address: SocketAddr, told: Arc<Exposition>) -> Result<Self, Refusal> {
        let refused = |error: io::Error| {
            Refusal::not_done(&format!(
                "cannot listen on {address} for --metrics: {error}; name another port, or 0 for any"
            ))
        };
        let listener = TcpListener::bind(address).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(refused)?;
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new().name("metrics".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, told) => {}
                    _ = ended => {}
                }
            });
        });
        let thread = thread.map_err(refused)?;
        Ok(Self { address, end: Some(end), thread: Some(thread) })
    }

    /// Where it answers: `http://127.0.0.1:9464/metrics`.
    pub(super) fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        drop(self.end.take());
        // A thread that panicked has said so.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

const PATH: &str = "/metrics";

async fn serve(listener: TcpListener, told: Arc<Exposition>) {
    let listener = tokio::net::TcpListener::from_std(listener);
    let listener = listener.expect("the runtime runs, and the socket does not block");
    let room = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let permit = Arc::clone(&room).acquire_owned().await.expect("nobody closes it");
        let Ok((stream, _)) = listener.accept().await else {
            // Out of files, most likely: devices come and go.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let told = Arc::clone(&told);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let answer = answer(&request, &told);
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_WITHIN)
                .max_buf_size(HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), service);
            // A client that breaks off has its own reasons.
            let _ = connection.await;
            drop(permit);
        });
    }
}

fn answer(request: &Request<Incoming>, told: &Exposition) -> Response<Full<Bytes>> {
    let plain = |status, text: &'static str| {
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        response
    };
    if request.uri().path() != PATH {
        return plain(StatusCode::NOT_FOUND, "the metrics are at /metrics\n");
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let mut response = Response::new(Full::from(told.text()));
    let kind = HeaderValue::from_static(EXPOSITION_TYPE);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
