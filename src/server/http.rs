//! The HTTP side of one port: the upgrades at `/uat` and `/desk`, and the calls of an upload.

mod files;
mod refused;

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, CONTENT_TYPE, DATE, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::protocol::{TenantId, UPLOAD_PATH};

use super::closing::Closing;
use super::defect::{Knock, Verdict};
use super::gateway::Denied;
use super::hub::Hub;
use super::token::verify_desk;
use super::upload::{File, Uploads};
use super::{Bounds, Config, verify};

use refused::Refused;

/// Where sockets are opened, as in the document's base URL.
const SOCKET_PATH: &str = "/uat";
/// Where the back office's sockets are opened.
const DESK_PATH: &str = "/desk";
/// How long a client may take over a request's head.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// The largest head of a request.
const HEAD_BYTES: usize = 32 * 1024;
/// Uploads taken in at once, which bounds what half-read bodies hold.
const UPLOADS_AT_ONCE: usize = 16;
const DEVICE_ID_BYTES: usize = 256;

/// What the HTTP side of all connections shares.
#[derive(Debug)]
pub(super) struct Front {
    hub: Arc<Hub>,
    secret: SecretString,
    upload_origin: Option<String>,
    scheme: &'static str,
    bounds: Bounds,
    uploads: Mutex<Uploads>,
    slots: Semaphore,
}

/// A client whose upgrade was granted.
pub(super) struct Admitted {
    pub(super) io: TokioIo<Upgraded>,
    pub(super) who: Who,
}

/// Who connects.
#[derive(Debug)]
pub(super) enum Who {
    /// A tenant's device.
    Tenant { tenant: TenantId, device_id: Box<str> },
    /// The concierge, in the back office.
    Desk,
}

type Reply = Response<Full<Bytes>>;
/// Where an upgrade is left for when the connection's HTTP has ended.
type Granted = Mutex<Option<(OnUpgrade, Who)>>;

impl Front {
    /// With these files, by their paths.
    pub(super) fn new(
        hub: Arc<Hub>,
        config: &Config,
        scheme: &'static str,
        files: Vec<(Arc<str>, File)>,
    ) -> Self {
        let mut uploads = Uploads::new(config.secret.clone(), config.bounds, config.seed);
        for (path, file) in files {
            uploads.put(path, file);
        }
        Self {
            hub,
            secret: config.secret.clone(),
            upload_origin: config.upload_origin.clone(),
            scheme,
            bounds: config.bounds,
            uploads: Mutex::new(uploads),
            slots: Semaphore::new(UPLOADS_AT_ONCE),
        }
    }

    /// Serves HTTP on one connection; gives it back once it is upgraded.
    pub(super) async fn admit<Io>(
        self: &Arc<Self>,
        io: Io,
        mut closing: Closing,
    ) -> Option<Admitted>
    where
        Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let granted = Arc::new(Granted::new(None));
        let service = service_fn(|request| {
            let (front, granted) = (Arc::clone(self), Arc::clone(&granted));
            async move { Ok::<_, Infallible>(front.answer(request, &granted).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .max_buf_size(HEAD_BYTES)
            // It would show the system's clock, not the server's.
            .auto_date_header(false)
            .serve_connection(TokioIo::new(io), service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        let served = tokio::select! {
            served = &mut connection => served,
            () = closing.begun() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        served.ok()?;
        let granted = granted.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (upgrade, who) = granted?;
        let io = TokioIo::new(upgrade.await.ok()?);
        Some(Admitted { io, who })
    }

    async fn answer(&self, request: Request<Incoming>, granted: &Granted) -> Reply {
        let is_upgrade = matches!(request.uri().path(), SOCKET_PATH | DESK_PATH);
        let answer = match (request.method(), request.uri().path()) {
            (&Method::GET, SOCKET_PATH | DESK_PATH) => self.upgrade(request, granted).await,
            (_, SOCKET_PATH | DESK_PATH) => Err(Refused::Method("GET")),
            (&Method::POST, UPLOAD_PATH) => self.grant(request).await,
            (_, UPLOAD_PATH) => Err(Refused::Method("POST")),
            (&Method::PUT, _) => self.put(request).await,
            (&Method::GET | &Method::HEAD, path) => self.get(path).await,
            _ => Err(Refused::NotFound),
        };
        let mut reply = answer.unwrap_or_else(|refused| refused.reply());
        if let Some(date) = self.hub.date().filter(|_| is_upgrade) {
            set(&mut reply, DATE, &date);
        }
        reply
    }

    async fn upgrade(
        &self,
        mut request: Request<Incoming>,
        granted: &Granted,
    ) -> Result<Reply, Refused> {
        let admitted = match self.knock(&request) {
            Ok(admitted) => self.hub.connect().await.map(|()| admitted).map_err(Refused::from),
            Err(refused) => Err(refused),
        };
        let (accept, who) = admitted.inspect_err(|_| self.hub.note_refused())?;
        let upgrade = hyper::upgrade::on(&mut request);
        *granted.lock().unwrap_or_else(PoisonError::into_inner) = Some((upgrade, who));
        let mut reply = Reply::default();
        *reply.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        set(&mut reply, CONNECTION, "Upgrade");
        set(&mut reply, UPGRADE, "websocket");
        set(&mut reply, SEC_WEBSOCKET_ACCEPT, &accept);
        Ok(reply)
    }

    /// The gateway's say on an upgrade, where there is one, and the server's.
    fn knock(&self, request: &Request<Incoming>) -> Result<(String, Who), Refused> {
        let url = request.uri().path_and_query().map_or(0, |url| url.as_str().len());
        self.hub.knock(url)?;
        self.check_upgrade(request).map_err(|refused| {
            let denied = match refused {
                Refused::NoToken => self.hub.deny(Denied::NoToken),
                Refused::Token(_) => self.hub.deny(Denied::ByAuthorizer),
                _ => None,
            };
            denied.map_or(refused, Refused::Gateway)
        })
    }

    /// The opening handshake (RFC 6455 section 4.2.1), then the token, then the device.
    fn check_upgrade(&self, request: &Request<Incoming>) -> Result<(String, Who), Refused> {
        let is_upgrade = names(request, CONNECTION, "upgrade")
            && names(request, UPGRADE, "websocket")
            && names(request, SEC_WEBSOCKET_VERSION, "13");
        if !is_upgrade {
            return Err(Refused::NoUpgrade);
        }
        let key = request.headers().get(SEC_WEBSOCKET_KEY).ok_or(Refused::NoKey)?;
        let query = request.uri().query().unwrap_or_default();
        let field = |name| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value)
        };
        let accept = derive_accept_key(key.as_bytes());
        let (token, device_id) = (field("Auth"), field("deviceId"));
        if request.uri().path() == DESK_PATH {
            verify_desk(&self.secret, &token.ok_or(Refused::NoToken)?, self.hub.now())?;
            return Ok((accept, Who::Desk));
        }
        let verified = token.as_ref().map(|token| verify(&self.secret, token, self.hub.now()));
        let knock = Knock { token: token.as_deref(), verified, device_id: device_id.as_deref() };
        match self.hub.answer_door(&knock) {
            Some(Verdict::LetIn(tenant)) => {
                let device_id = device_id.unwrap_or_default().into();
                return Ok((accept, Who::Tenant { tenant, device_id }));
            }
            Some(Verdict::Refuse(status)) => return Err(Refused::Defect(status)),
            None => {}
        }
        let tenant = verified.ok_or(Refused::NoToken)??;
        let device_id = device_id.ok_or(Refused::DeviceId)?;
        if !(1..=DEVICE_ID_BYTES).contains(&device_id.len()) {
            return Err(Refused::DeviceId);
        }
        Ok((accept, Who::Tenant { tenant, device_id: device_id.into() }))
    }
}

/// Whether one of a header's comma-separated values is this one, in any case.
fn names(request: &Request<Incoming>, header: HeaderName, value: &str) -> bool {
    let values = request.headers().get_all(header);
    let mut texts = values.iter().filter_map(|values| values.to_str().ok());
    texts.any(|text| text.split(',').any(|one| one.trim().eq_ignore_ascii_case(value)))
}

fn json_reply(status: StatusCode, body: &Value) -> Reply {
    json_text_reply(status, body.to_string())
}

fn json_text_reply(status: StatusCode, body: String) -> Reply {
    let mut reply = Reply::new(Full::from(body));
    *reply.status_mut() = status;
    set(&mut reply, CONTENT_TYPE, "application/json");
    reply
}

fn set(reply: &mut Reply, header: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(header, value);
    }
}
