//! HTTP calls of an upload, over the same streams as the socket.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::task::spawn_local;
use url::Url;

use super::clock::by;
use super::error::DialError;
use super::transport::{Origin, World};

/// The largest body that is read, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// One HTTP call. Its URL may carry a signature, so it prints without its query.
#[derive(Clone)]
pub struct HttpCall {
    /// The method.
    pub method: Method,
    /// An `http://` or `https://` URL.
    pub url: Url,
    /// The media type of the body, where there is one.
    pub content_type: Option<String>,
    /// The body.
    pub body: Bytes,
}

impl fmt::Debug for HttpCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpCall")
            .field("method", &self.method)
            .field("path", &self.url.path())
            .finish_non_exhaustive()
    }
}

/// The answer to an HTTP call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: Option<String>,
    /// The body.
    pub body: Bytes,
}

/// Why an HTTP call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// A URL of another scheme than `http` or `https`.
    #[error("the URL begins with neither http:// nor https://")]
    Scheme,
    /// No stream to the server.
    #[error("no connection: {0}")]
    Network(#[from] DialError),
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// No HTTP, or broken off.
    #[error("the answer is no valid HTTP, or was broken off")]
    Protocol,
    /// A body beyond the harness's limit.
    #[error("the answer's body is larger than 16 MiB")]
    TooLarge,
}

/// Makes a call on a connection of its own. It has to run inside a [`tokio::task::LocalSet`].
///
/// # Errors
/// Whatever kept the whole answer from coming within `timeout`.
pub async fn fetch(
    world: &World,
    call: HttpCall,
    timeout: Duration,
) -> Result<HttpReply, HttpError> {
    if !matches!(call.url.scheme(), "http" | "https") {
        return Err(HttpError::Scheme);
    }
    let deadline = world.clock.now() + timeout;
    by(&*world.clock, deadline, exchange(world, call)).await.unwrap_or(Err(HttpError::Timeout))
}

async fn exchange(world: &World, call: HttpCall) -> Result<HttpReply, HttpError> {
    let stream = world.dial.dial(Origin::of(&call.url)).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|_| HttpError::Protocol)?;
    let task = spawn_local(connection);
    let answer = answer(&mut sender, request(&call)?).await;
    task.abort();
    answer
}

fn request(call: &HttpCall) -> Result<Request<Full<Bytes>>, HttpError> {
    let path = &call.url[url::Position::BeforePath..url::Position::AfterQuery];
    let authority = &call.url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(path)
        .header(HOST, authority)
        .header(CONNECTION, "close")
        .header(CONTENT_LENGTH, call.body.len());
    if let Some(content_type) = &call.content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    request.body(Full::new(call.body.clone())).map_err(|_| HttpError::Protocol)
}

async fn answer(
    sender: &mut hyper::client::conn::http1::SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<HttpReply, HttpError> {
    let response = sender.send_request(request).await.map_err(|_| HttpError::Protocol)?;
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = Limited::new(response.into_body(), MAX_BODY).collect().await;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() { HttpError::TooLarge } else { HttpError::Protocol }
    })?;
    Ok(HttpReply { status, content_type, body: body.to_bytes() })
}
