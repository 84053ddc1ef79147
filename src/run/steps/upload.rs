//! The upload step: asks for an upload URL, puts the bytes there, and reads them back.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use url::Url;

use crate::device::{HttpCall, HttpReply, Observer, fetch, is_allowed};
use crate::metrics::Metric;
use crate::protocol::{
    Fetched, Happening, Observation, SchemaName, UPLOAD_PATH, UploadExchange, UploadGrant,
    UploadRequest,
};
use crate::run::blame::Blame;
use crate::run::flow::Flow;
use crate::scenario::{Step, Upload};

use super::{Miss, Outcome};

impl Flow {
    /// Uploads a file; saves what granted it. The exchange is observed as far as it came, once its
    /// first call has an answer.
    pub(super) async fn upload(&self, step: &Step, upload: &Upload, turn: u64) -> Outcome {
        let Some(origin) = &self.worker.plan.upload_origin else { return Err(Miss::Skipped) };
        let filename = upload.name.text(&mut self.scope(step, turn))?;
        let (mime_type, kind) = (upload.mime.clone(), upload.kind.clone());
        let request = UploadRequest { filename, mime_type, kind };
        let reply = self.ask_for_upload(step, origin, &request).await?;
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        for key in ["uploadURL", "resourceUrl"] {
            if let Some(url) = answer["data"]["uploadUrlData"][key].as_str() {
                self.worker.plan.secrets.add_upload_url(url);
            }
        }
        let mut exchange =
            UploadExchange { request, status: reply.status, answer, put: None, fetched: None };
        let outcome = self.put_and_fetch(step, &upload.bytes, &mut exchange).await;
        let player = self.player(step.by);
        self.witness.observe(&Observation {
            device: player.no,
            connection: player.connection(),
            at: self.worker.world.clock.now(),
            what: Happening::Uploaded(&exchange),
        });
        outcome
    }

    async fn ask_for_upload(
        &self,
        step: &Step,
        origin: &Url,
        request: &UploadRequest,
    ) -> Result<HttpReply, Miss> {
        let mut url = origin.clone();
        url.set_path(&format!("{}{UPLOAD_PATH}", origin.path().trim_end_matches('/')));
        let body = Bytes::from(json!(request).to_string());
        let content_type = Some("application/json".into());
        let post = HttpCall { method: Method::POST, url, content_type, body };
        self.fetch(step, post, Some(Metric::UploadUrl)).await
    }

    async fn put_and_fetch(
        &self,
        step: &Step,
        bytes: &Arc<[u8]>,
        exchange: &mut UploadExchange,
    ) -> Outcome {
        let status = exchange.status;
        self.expect_status(step, "no upload URL was given", "a 2xx status", status, 200..=299)?;
        self.hold_to_upload_schema(step, &exchange.answer)?;
        let value = exchange.answer["data"]["uploadUrlData"].clone();
        let unreadable =
            |_| self.unmet(self.player(step.by), "no upload URL was given", "one", "another shape");
        let grant: UploadGrant = serde_json::from_value(value.clone()).map_err(unreadable)?;
        let url = self.permitted(step, &grant.upload_url)?;
        let content_type = Some(exchange.request.mime_type.clone());
        let body = Bytes::from_owner(Arc::clone(bytes));
        let put = HttpCall { method: Method::PUT, url, content_type, body };
        let status = self.fetch(step, put, Some(Metric::UploadPut)).await?.status;
        exchange.put = Some(status);
        self.expect_status(step, "the upload was not accepted", "status 200", status, 200..=200)?;
        exchange.fetched = self.read_back(step, &grant.resource_url, bytes).await;
        Ok(value)
    }

    /// What a `resourceUrl` serves, where its host may be spoken to and answers.
    async fn read_back(&self, step: &Step, url: &str, bytes: &[u8]) -> Option<Fetched> {
        let url = self.permitted(step, url).ok()?;
        let get = HttpCall { method: Method::GET, url, content_type: None, body: Bytes::new() };
        let reply = self.fetch(step, get, None).await.ok()?;
        Some(Fetched {
            status: reply.status,
            content_type: reply.content_type,
            length: reply.body.len(),
            is_same: *reply.body == *bytes,
        })
    }

    fn hold_to_upload_schema(&self, step: &Step, answer: &Value) -> Result<(), Miss> {
        let schemas = &self.worker.plan.schemas;
        let Err(violations) = schemas.validate(SchemaName::UploadResponse, &answer.into()) else {
            return Ok(());
        };
        self.tally.blame(Blame::UPLOAD_MISFIT, self.worker.world.clock.now());
        let first = violations.first();
        let pointer = first.map_or("", |violation| &violation.pointer);
        let message = format!("the upload URL's answer does not fit its schema at `{pointer}`");
        let expected = first.map_or("", |violation| &violation.expected);
        let actual = first.map_or("", |violation| &violation.actual);
        Err(self.unmet(self.player(step.by), &message, expected, actual))
    }

    /// A URL that a server gave, where its host may be spoken to.
    fn permitted(&self, step: &Step, url: &str) -> Result<Url, Miss> {
        let refused = |what: &str| {
            let message = "the upload URL cannot be used";
            self.unmet(
                self.player(step.by),
                message,
                "an http:// or https:// URL of an allowed host",
                what,
            )
        };
        let url = Url::parse(url).map_err(|_| refused("no URL"))?;
        let host = url.host_str().unwrap_or_default();
        if is_allowed(host, &self.worker.plan.allowed_hosts) {
            Ok(url)
        } else {
            Err(refused(&format!("the host {host}, which is not allowed (--allow {host})")))
        }
    }

    async fn fetch(
        &self,
        step: &Step,
        call: HttpCall,
        metric: Option<Metric>,
    ) -> Result<HttpReply, Miss> {
        let world = &self.worker.world;
        let began_at = world.clock.now();
        let timeout: Duration = self.scenario.settings.response_timeout;
        match fetch(world, call, timeout).await {
            Ok(reply) => {
                let latency = world.clock.now().saturating_sub(began_at);
                if let Some(metric) = metric {
                    self.tally.with(|interval| interval.recorder.latency(metric, latency));
                }
                Ok(reply)
            }
            Err(error) => {
                self.tally.blame(Blame::of_upload(&error), world.clock.now());
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
        status: u16,
        accepted: std::ops::RangeInclusive<u16>,
    ) -> Result<(), Miss> {
        if accepted.contains(&status) {
            return Ok(());
        }
        self.tally.blame(Blame::of_upload_status(status), self.worker.world.clock.now());
        let actual = format!("HTTP status {status}");
        Err(self.unmet(self.player(step.by), message, expected, &actual))
    }
}
