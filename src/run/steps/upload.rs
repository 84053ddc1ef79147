//! The upload step: asks for an upload URL, and puts the bytes there.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use url::Url;

use crate::device::{HttpCall, HttpReply, fetch};
use crate::metrics::{ErrorKind, Layer, Metric};
use crate::protocol::{SchemaName, UPLOAD_PATH, UploadGrant, UploadRequest};
use crate::run::flow::Flow;
use crate::run::host::is_allowed;
use crate::scenario::Step;

use super::{Miss, Outcome};

impl Flow {
    /// Uploads a file named `(file, mime, kind)`; saves what granted it.
    pub(super) async fn upload(
        &self,
        step: &Step,
        (file, mime, kind): (&str, &str, &str),
        bytes: &Arc<[u8]>,
    ) -> Outcome {
        let Some(origin) = &self.worker.plan.upload_origin else { return Err(Miss::Skipped) };
        let (grant, value) = self.ask_for_upload(step, origin, (file, mime, kind)).await?;
        let url = self.permitted(step, &grant.upload_url)?;
        let body = Bytes::from_owner(Arc::clone(bytes));
        let put = HttpCall { method: Method::PUT, url, content_type: Some(mime.into()), body };
        let reply = self.fetch(step, put, Metric::UploadPut).await?;
        self.expect_status(step, "the upload was not accepted", "status 200", &reply, 200..=200)?;
        Ok(value)
    }

    async fn ask_for_upload(
        &self,
        step: &Step,
        origin: &Url,
        (file, mime, kind): (&str, &str, &str),
    ) -> Result<(UploadGrant, Value), Miss> {
        let filename = file.rsplit('/').next().unwrap_or(file).to_owned();
        let request = UploadRequest { filename, mime_type: mime.into(), kind: kind.into() };
        let mut url = origin.clone();
        url.set_path(&format!("{}{UPLOAD_PATH}", origin.path().trim_end_matches('/')));
        let body = Bytes::from(json!(request).to_string());
        let content_type = Some("application/json".into());
        let post = HttpCall { method: Method::POST, url, content_type, body };
        let reply = self.fetch(step, post, Metric::UploadUrl).await?;
        self.expect_status(step, "no upload URL was given", "a 2xx status", &reply, 200..=299)?;
        let answer = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        let player = self.player(step.by);
        if let Err(violations) =
            self.worker.plan.schemas.validate(SchemaName::UploadResponse, &answer)
        {
            self.tally.error(Layer::Schema, ErrorKind::new("invalid_upload_answer"));
            let first = violations.first();
            let pointer = first.map_or("", |violation| &violation.pointer);
            let message = format!("the upload URL's answer does not fit its schema at `{pointer}`");
            let expected = first.map_or("", |violation| &violation.expected);
            let actual = first.map_or("", |violation| &violation.actual);
            return Err(self.unmet(player, &message, expected, actual));
        }
        let value = answer["data"]["uploadUrlData"].clone();
        let unreadable = |_| self.unmet(player, "no upload URL was given", "one", "another shape");
        let grant = serde_json::from_value(value.clone()).map_err(unreadable)?;
        Ok((grant, value))
    }

    /// A URL that a server gave, where its host may be spoken to.
    fn permitted(&self, step: &Step, url: &str) -> Result<Url, Miss> {
        let refused = |what: &str| {
            let message = "the upload URL cannot be used";
            self.unmet(self.player(step.by), message, "an http:// URL of an allowed host", what)
        };
        let url = Url::parse(url).map_err(|_| refused("no URL"))?;
        let host = url.host_str().unwrap_or_default();
        if is_allowed(host, &self.worker.plan.allowed_hosts) {
            Ok(url)
        } else {
            Err(refused(&format!("the host {host}, which is not allowed (--allow {host})")))
        }
    }

    async fn fetch(&self, step: &Step, call: HttpCall, metric: Metric) -> Result<HttpReply, Miss> {
        let world = &self.worker.world;
        let began_at = world.clock.now();
        let timeout: Duration = self.scenario.settings.response_timeout;
        match fetch(world, call, timeout).await {
            Ok(reply) => {
                let latency = world.clock.now().saturating_sub(began_at);
                self.tally.with(|interval| interval.recorder.latency(metric, latency));
                Ok(reply)
            }
            Err(error) => {
                self.tally.error(Layer::Network, ErrorKind::new("upload_failed"));
                let message = "the upload call has no answer";
                Err(self.unmet(self.player(step.by), message, "an answer", &error.to_string()))
            }
        }
    }

    fn expect_status(
        &self,
        step: &Step,
        message: &str,
        expected: &str,
        reply: &HttpReply,
        accepted: std::ops::RangeInclusive<u16>,
    ) -> Result<(), Miss> {
        if accepted.contains(&reply.status) {
            return Ok(());
        }
        self.tally.error(Layer::Application, ErrorKind::status(reply.status.into()));
        let actual = format!("HTTP status {}", reply.status);
        Err(self.unmet(self.player(step.by), message, expected, &actual))
    }
}
