//! The calls of an upload: ask for a URL, put the file, get it (document: 5b).

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName};
use hyper::http::uri::Authority;
use hyper::{Request, StatusCode};
use serde_json::json;

use crate::protocol::UploadRequest;
use crate::server::store::Change;
use crate::server::upload::{File, Uploads};

use super::refused::Refused;
use super::{Front, Reply, json_reply, set};

/// How long a client may take over a body.
const BODY_WITHIN: Duration = Duration::from_secs(60);
/// The largest body of the call for an upload URL.
const CALL_BYTES: usize = 16 * 1024;

impl Front {
    /// `POST /file-new/get-upload-url`. It asks for no token: the document names none.
    pub(super) async fn grant(&self, request: Request<Incoming>) -> Result<Reply, Refused> {
        let media_type = header(&request, CONTENT_TYPE).split(';').next().unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case("application/json") {
            return Err(Refused::NotJson);
        }
        let origin = self.origin(&request)?;
        let body = read(request, CALL_BYTES).await?;
        let call: UploadRequest = serde_json::from_slice(&body).map_err(|_| Refused::BadCall)?;
        let grant = self.uploads().grant(&call, &origin, self.hub.now())?;
        let mut grant = json!(grant);
        self.hub.change_grant(&call, &mut grant);
        let body = json!({
            "data": { "uploadUrlData": grant },
            "message": "Upload Url generated successfully!",
        });
        Ok(json_reply(StatusCode::OK, &body))
    }

    /// `PUT` of a file to its upload URL. Nothing is read before the signature is checked.
    pub(super) async fn put(&self, request: Request<Incoming>) -> Result<Reply, Refused> {
        let path = request.uri().path().to_owned();
        let content_type = header(&request, CONTENT_TYPE).to_owned();
        let query = request.uri().query().unwrap_or_default();
        self.uploads().check_signature(&path, query, &content_type, self.hub.now())?;
        let length = header(&request, CONTENT_LENGTH).parse().unwrap_or(0_usize);
        if length > self.bounds.upload_bytes {
            return Err(Refused::TooLarge);
        }
        let _slot = self.slots.acquire().await;
        let content = read(request, self.bounds.upload_bytes).await?;
        let mut file = File { content_type: content_type.into(), content };
        let status = self.hub.change_file(&mut file);
        self.keep(path.into(), file);
        self.hub.all_on_disk().await;
        let mut reply = Reply::default();
        if let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) {
            *reply.status_mut() = status;
        }
        Ok(reply)
    }

    /// `GET` of a file that was put. Anybody may.
    pub(super) async fn get(&self, path: &str) -> Result<Reply, Refused> {
        let file = self.uploads().file(path).ok_or(Refused::NotFound)?;
        self.hub.all_on_disk().await;
        let mut reply = Reply::new(Full::new(file.content));
        set(&mut reply, CONTENT_TYPE, &file.content_type);
        Ok(reply)
    }

    fn keep(&self, path: Arc<str>, file: File) {
        let mut uploads = self.uploads();
        let gone = uploads.put(Arc::clone(&path), file.clone());
        // Still under the lock, so that two files are written in the order in which they were put.
        let put = Change::FilePut { path, file };
        let gone = gone.into_iter().map(|path| Change::FileGone { path });
        self.hub.write(|| std::iter::once(put).chain(gone).collect());
    }

    fn origin(&self, request: &Request<Incoming>) -> Result<String, Refused> {
        match &self.upload_origin {
            Some(origin) => Ok(origin.clone()),
            None => {
                let host: Authority = header(request, HOST).parse().map_err(|_| Refused::Host)?;
                Ok(format!("{}://{host}", self.scheme))
            }
        }
    }

    fn uploads(&self) -> MutexGuard<'_, Uploads> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A header's text; empty where it is absent or no text.
fn header(request: &Request<Incoming>, name: HeaderName) -> &str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn read(request: Request<Incoming>, limit: usize) -> Result<Bytes, Refused> {
    let body = Limited::new(request.into_body(), limit).collect();
    match tokio::time::timeout(BODY_WITHIN, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refused::TooLarge),
        Ok(Err(_)) | Err(_) => Err(Refused::Body),
    }
}
