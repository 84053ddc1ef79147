//! `--trace`: every frame of the first devices of the shard, a JSON line each, without secrets and,
//! unless asked for otherwise, without personal data.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::protocol::{Clean, Ending, Happening, NotOpened, Observation, Secrets, Sent, cut};
use crate::run::{RunPlan, Tracer};

use super::line_file::LineFile;

/// How much of a frame's text is written, in bytes.
const LONGEST_TEXT: usize = 128 * 1024;

/// The file while a run goes on.
pub(super) struct TraceFile {
    lines: LineFile,
    veil: Veil,
}

impl TraceFile {
    /// Makes the file; `failed` is told what keeps a line from being written.
    pub(super) fn create(
        path: &Path,
        plan: &RunPlan,
        failed: impl FnOnce(&io::Error) + Send + 'static,
    ) -> io::Result<Self> {
        Ok(Self { lines: LineFile::create(path, None, failed)?, veil: Veil::of(plan) })
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The first that kept a line from being written.
    pub(super) fn finish(&self) -> io::Result<()> {
        self.lines.finish()
    }
}

impl Tracer for TraceFile {
    fn trace(&self, scenario: &str, seen: &Observation<'_>) {
        if let Some(line) = line(scenario, seen, Timestamp::now(), &self.veil) {
            self.lines.append(line);
        }
    }
}

/// Takes out of frames what is not for everybody. Clones share what is known of the run's own
/// messages.
#[derive(Clone)]
pub(super) struct Veil {
    secrets: Secrets,
    clean: Arc<Mutex<Clean>>,
}

impl Veil {
    /// The veil of a plan.
    pub(super) fn of(plan: &RunPlan) -> Self {
        Self { secrets: plan.secrets.clone(), clean: Arc::new(Mutex::new(plan.clean())) }
    }

    /// What came from the server.
    pub(super) fn received(&self, text: &str) -> String {
        self.lock().whole_frame(text)
    }

    /// What we sent ourselves.
    pub(super) fn sent(&self, text: &str) -> String {
        self.secrets.redact(text).into_owned()
    }

    /// Notes a message that we send, which stays readable where it comes back.
    pub(super) fn note(&self, sent: &Sent) {
        if let Some(content) = sent.request.body["messageContent"].as_str() {
            self.lock().sent(content);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Clean> {
        // What a panic elsewhere has left is as good as before.
        self.clean.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What happened, as a line; `None` for what is no frame and neither begins nor ends a connection.
fn line(scenario: &str, seen: &Observation<'_>, at: Timestamp, veil: &Veil) -> Option<String> {
    let mut line = json!({
        "at_us": u64::try_from(seen.at.as_micros()).unwrap_or(u64::MAX),
        "at": at.to_string(),
        "scenario": scenario,
        "device": seen.device,
        "connection": seen.connection,
    });
    let told = match &seen.what {
        Happening::Pong { after } => {
            json!({ "direction": "pong", "after_us": after.as_micros() as u64 })
        }
        Happening::Opened { caller, .. } => {
            json!({ "direction": "open", "device_id": caller.device_id, "account": caller.account })
        }
        Happening::NotOpened { caller, why, .. } => json!({
            "direction": "refused",
            "device_id": caller.device_id,
            "account": caller.account,
            "why": refusal(*why),
        }),
        Happening::Sent(sent) => outgoing(sent, veil),
        Happening::Received { text, bytes, answers, frame, .. } => json!({
            "direction": "in",
            "channel": frame.json["channel"].as_str().map(|name| veil.received(cut(name, 256))),
            "status": frame.status(),
            "answers": answers.map(|sent| sent.no),
            "bytes": bytes,
            "text": cut(&veil.received(text), LONGEST_TEXT),
        }),
        Happening::Uploaded(exchange) => json!({
            "direction": "upload",
            "filename": veil.sent(&exchange.request.filename),
            "mime_type": exchange.request.mime_type,
            "status": exchange.status,
            "put": exchange.put,
            "text": cut(&veil.received(&exchange.answer.to_string()), LONGEST_TEXT),
        }),
        Happening::Closed(ending) => {
            let code = match ending {
                Ending::ByServer(code) => *code,
                _ => None,
            };
            json!({ "direction": "close", "code": code, "why": ending.to_string() })
        }
        Happening::Paused { until } => {
            let time = until.saturating_sub(seen.at);
            json!({ "direction": "pause", "for_us": time.as_micros() as u64 })
        }
        Happening::Expired(_) | Happening::CutOff(_) | Happening::ReadUp => return None,
    };
    if let (Value::Object(line), Value::Object(told)) = (&mut line, told) {
        line.extend(told.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Some(line.to_string())
}

fn outgoing(sent: &Sent, veil: &Veil) -> Value {
    veil.note(sent);
    let encoded = || sent.request.encode();
    let text = sent.written.as_deref().map_or_else(encoded, str::to_owned);
    json!({
        "direction": "out",
        "route": veil.sent(&sent.request.route_with_query()),
        "request": sent.no,
        "bytes": sent.bytes,
        "text": cut(&veil.sent(&text), LONGEST_TEXT),
    })
}

fn refusal(why: NotOpened) -> String {
    match why {
        NotOpened::Status(status) => format!("HTTP status {status}"),
        NotOpened::Handshake => "no valid handshake".to_owned(),
        NotOpened::Timeout => "no answer in time".to_owned(),
        NotOpened::Network => "no stream to the server".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::time::Duration;

    use super::*;
    use crate::protocol::{
        ConnectionNo, DeviceNo, Form, Frame, Request, RequestNo, Role, SessionId,
    };

    const SECRET: &str = "opaque-access-token";

    #[track_caller]
    fn check(what: Happening<'_>, shows_personal_data: bool, expected: Option<Value>) {
        let secrets = Secrets::default();
        secrets.add(SECRET);
        let clean = Clean::new(secrets.clone(), shows_personal_data, "run-1");
        let veil = Veil { secrets, clean: Arc::new(Mutex::new(clean)) };
        let at = Duration::from_micros(7);
        let seen = Observation { device: DeviceNo(1), connection: ConnectionNo(2), at, what };
        let line = line("chat", &seen, Timestamp::UNIX_EPOCH, &veil);
        let expected = expected.map(|rest| {
            let mut whole = json!({
                "at_us": 7, "at": "1970-01-01T00:00:00Z", "scenario": "chat", "device": 1,
                "connection": 2,
            });
            whole.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            whole
        });
        assert_eq!(line.map(|line| serde_json::from_str::<Value>(&line).unwrap()), expected);
    }

    fn sent(written: Option<&str>) -> Rc<Sent> {
        let request = Request::ping(&SessionId::new("a"));
        Rc::new(Sent {
            no: RequestNo(4),
            request,
            form: Form::Request,
            written: written.map(Into::into),
            at: Duration::ZERO,
            planned_at: None,
            bytes: 9,
            is_allowed: true,
        })
    }

    #[track_caller]
    fn check_received(text: &str, shows_personal_data: bool, shown: &str) {
        let frame = Rc::new(Frame::from_text(text));
        let (bytes, role) = (text.len(), Role::Answer(RequestNo(4)));
        let sent = sent(None);
        let what = Happening::Received { frame: &frame, text, bytes, role, answers: Some(&sent) };
        let mut line = json!({ "direction": "in", "answers": 4, "bytes": bytes, "text": shown });
        if let Some(channel) = frame.json.get("channel") {
            line["channel"] = channel.to_value();
        }
        check(what, shows_personal_data, Some(line));
    }

    #[test]
    fn a_request_is_written_as_it_left() {
        let route = "client/ping-on-chat-session";
        let text = Request::ping(&SessionId::new("a")).encode();
        let line = |text: &str| json!({ "direction": "out", "route": route, "request": 4, "bytes": 9, "text": text });
        check(Happening::Sent(&sent(None)), false, Some(line(&text)));
        let raw = format!("raw {SECRET}");
        check(Happening::Sent(&sent(Some(&raw))), false, Some(line("raw [redacted]")));
    }

    #[test]
    fn what_others_wrote_is_masked_and_a_secret_that_is_echoed_goes() {
        let text = r#"{"channel":"c","body":{"messageContent":"from the desk"}}"#;
        let masked = r#"{"channel":"c","body":{"messageContent":"[masked]"}}"#;
        check_received(text, false, masked);
        check_received(text, true, text);
        let echo = format!("{{\"channel\":\"c\",\"body\":\"{SECRET}\"}}");
        check_received(&echo, true, r#"{"channel":"c","body":"[redacted]"}"#);
    }

    #[test]
    fn a_long_text_is_cut() {
        let text = "ก".repeat(LONGEST_TEXT);
        check_received(&text, false, &"ก".repeat(LONGEST_TEXT / 3));
    }

    #[test]
    fn an_end_is_told_with_its_code() {
        let ending = Ending::ByServer(Some(1001));
        let why = "the server closed with code 1001";
        let line = json!({ "direction": "close", "code": 1001, "why": why });
        check(Happening::Closed(&ending), false, Some(line));
        check(Happening::CutOff(&sent(None)), false, None);
    }
}
