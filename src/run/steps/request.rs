//! Steps that send a request and hold its answer to what is expected.

use std::rc::Rc;

use serde_json::Value;

use crate::device::{Device, Reply, RequestError};
use crate::protocol::{
    Call, ContentType, Ending, Frame, FrameKind, Json, Request, SessionId, digits,
};
use crate::run::flow::Flow;
use crate::run::matching::Wanted;
use crate::run::player::Player;
use crate::scenario::{Action, ActorIndex, Expect, Join, Metadata, Step, Template, TemplateError};

use super::{Miss, Outcome};

/// How many messages, and pages, a listing of all messages goes through at most.
const MOST_LISTED: usize = 10_000;

/// The key of the metadata that marks messages as this run's.
const MARK: &str = "deskbell_run";

/// What a step's answer must be, its templates evaluated.
pub(super) enum Expected {
    Ok,
    Error,
    ErrorOrClose,
    Any,
    Reply { status: i64, body: Option<Wanted> },
}

impl Flow {
    pub(super) async fn request(&self, step: &Step, turn: u64) -> Outcome {
        // Boxed, as every device holds the room of the largest of these.
        match &step.action {
            Action::Init => Box::pin(self.init(step, turn)).await,
            Action::Resume => Box::pin(self.resume(step, turn)).await,
            Action::Messages { all: true, limit, .. } => {
                Box::pin(self.all_messages(step, limit, turn)).await
            }
            Action::Send { .. } => {
                let request = self.request_of(step, turn)?;
                self.ask_and_note(step, request, turn).await
            }
            action => {
                let request = self.request_of(step, turn)?;
                let reply = self.ask(step, request, turn).await?;
                Ok(saved(step, action, &reply))
            }
        }
    }

    /// The request that a step makes, where it makes one alone.
    pub(super) fn request_of(&self, step: &Step, turn: u64) -> Result<Request, Miss> {
        match &step.action {
            Action::Init => return Ok(Request::init()),
            Action::Unread => return Ok(Request::unread()),
            _ => {}
        }
        let session = self.session_of(step, turn)?;
        Ok(match &step.action {
            Action::Session => Request::session(&session),
            Action::Resume => Request::resume(&session),
            Action::Send { content_type, content, metadata } => {
                self.send(step, &session, (content_type, content, metadata), turn)?
            }
            Action::Messages { page, limit, .. } => {
                let page = page.count(&mut self.scope(step, turn))?;
                let limit = limit.count(&mut self.scope(step, turn))?;
                Request::messages(&session, page, limit)
            }
            Action::Ping => Request::ping(&session),
            Action::Unsend(message) => {
                Request::unsend(&session, self.message(step, *message, turn)?)
            }
            Action::Seen(message) => Request::seen(&session, self.message(step, *message, turn)?),
            Action::End => Request::end(&session),
            _ => return Err(Miss::Skipped),
        })
    }

    pub(super) fn send(
        &self,
        step: &Step,
        session: &SessionId,
        (content_type, content, metadata): (&ContentType, &Template, &Metadata),
        turn: u64,
    ) -> Result<Request, Miss> {
        let content = content.text(&mut self.scope(step, turn))?;
        let metadata = match metadata {
            Metadata::None => None,
            Metadata::With(entries) => {
                let own = entries.iter().filter(|(key, _)| *key != MARK).map(|(key, value)| {
                    let value = value.eval(&mut self.scope(step, turn))?;
                    Ok((key.as_str(), value.into()))
                });
                let mark = (MARK, self.player(step.by).mark.as_str().into());
                let members: Result<Vec<_>, TemplateError> = own.chain([Ok(mark)]).collect();
                Some(Json::object(members?))
            }
        };
        let key = self.scenario.settings.metadata_key;
        let metadata = metadata.map(|metadata| (key, metadata));
        Ok(Request::send(session, content_type, &content, metadata))
    }

    async fn ask_and_note(&self, step: &Step, request: Request, turn: u64) -> Outcome {
        let reply = self.ask(step, request, turn).await?;
        if let Some(id) = digits(&reply.message()["id"]) {
            self.player(step.by).has_sent(id);
        }
        Ok(saved(step, &step.action, &reply))
    }

    async fn init(&self, step: &Step, turn: u64) -> Outcome {
        self.set_session(step.by, None);
        let reply = self.ask(step, Request::init(), turn).await?;
        if let Some(session) = reply.session_id().filter(|_| reply.is_ok()) {
            self.set_session(step.by, Some(session.clone()));
            self.join_others(step, &session).await?;
        }
        Ok(saved(step, &Action::Init, &reply))
    }

    /// Lets the actors of the same tenant that join by themselves resume a new session.
    async fn join_others(&self, step: &Step, session: &SessionId) -> Result<(), Miss> {
        let tenant = self.scenario.actors[step.by.0].tenant;
        for (nth, actor) in self.scenario.actors.iter().enumerate() {
            if nth != step.by.0 && actor.tenant == tenant && actor.join == Join::Auto {
                let joining = Step { by: ActorIndex(nth), expect: Expect::Ok, ..step.clone() };
                self.continue_session(&joining, session, 0).await?;
            }
        }
        Ok(())
    }

    async fn resume(&self, step: &Step, turn: u64) -> Outcome {
        let session = self.session_of(step, turn)?;
        self.reconnect(step).await?;
        self.continue_session(step, &session, turn).await
    }

    /// Both steps of continuing a session: is it open, and if so, init with it.
    async fn continue_session(&self, step: &Step, session: &SessionId, turn: u64) -> Outcome {
        let found = self.ask(step, Request::session(session), turn).await?;
        if found.body()["chatSession"]["isSessionClosed"] == true {
            let player = self.player(step.by);
            return match step.expect {
                Expect::Error | Expect::ErrorOrClose | Expect::Any => {
                    Ok(saved(step, &step.action, &found))
                }
                _ => Err(self.unmet(player, "the session is closed", "an open session", "closed")),
            };
        }
        let reply = self.ask(step, Request::resume(session), turn).await?;
        Ok(saved(step, &step.action, &reply))
    }

    async fn all_messages(&self, step: &Step, limit: &Template, turn: u64) -> Outcome {
        let session = self.session_of(step, turn)?;
        let limit = limit.count(&mut self.scope(step, turn))?;
        let mut messages = Vec::new();
        for page in 1..=MOST_LISTED as u64 {
            let request = Request::messages(&session, page, limit);
            let reply = self.ask(step, request, turn).await?;
            let listed = reply.body()["messages"].as_array().unwrap_or_default();
            let per_page = reply.body()["paginate"]["per_page"].as_u64().unwrap_or(limit);
            let is_last = listed.is_empty() || (listed.len() as u64) < per_page;
            messages.extend(listed.iter().map(Json::to_value));
            if is_last || messages.len() >= MOST_LISTED {
                break;
            }
        }
        Ok(Value::Array(messages))
    }

    /// Sends a request and holds its answer to what the step expects; with `eventually`, again and
    /// again until it is met.
    pub(super) async fn ask(
        &self,
        step: &Step,
        request: Request,
        turn: u64,
    ) -> Result<Rc<Frame>, Miss> {
        let retries = if self.comes_back() { self.scenario.settings.retries } else { 0 };
        match step.eventually {
            None if retries == 0 => self.ask_once(step, request, false, turn).await,
            // Boxed, as few steps need the room.
            None => Box::pin(self.ask_again(step, request, retries, turn)).await,
            Some(time) => Box::pin(self.ask_until_met(step, request, (time, retries), turn)).await,
        }
    }

    /// `was_cut_off` says whether the same request was cut off before, so that it may have taken
    /// effect: what can be done only once is then not asked to succeed.
    pub(super) async fn ask_once(
        &self,
        step: &Step,
        request: Request,
        was_cut_off: bool,
        turn: u64,
    ) -> Result<Rc<Frame>, Miss> {
        if step.session.is_none() && request.session_id().is_some() {
            self.back_in_session(step).await?;
        }
        let (player, device) = self.device(step).await?;
        let expected = self.expected(step, turn)?;
        let held = self.turn_to_send().await?;
        let planned_at = self.planned_at.take();
        if let Some(planned_at) = planned_at {
            device.plan(planned_at + held);
        }
        let may_be_done = was_cut_off && matches!(request.call(), Call::Unsend | Call::End);
        match device.request(request, expected.is_success() && !may_be_done).await {
            Ok(Reply { frame, .. }) if may_be_done && !frame.is_ok() => Err(Miss::Skipped),
            Ok(Reply { frame, .. }) => {
                self.hold(step, &expected, &frame)?;
                Ok(frame)
            }
            Err(error) => {
                let unanswered = self.unanswered(player, &device, &expected, &error);
                if matches!(unanswered, Err(Miss::CutOff)) {
                    // Made again, it still counts from the same instant.
                    self.planned_at.set(planned_at);
                }
                unanswered
            }
        }
    }

    /// A request without an answer is one that was not met, unless what is expected goes without:
    /// then a frame that holds nothing stands for it. One that was cut off by others, on a device that
    /// comes back, is neither.
    pub(super) fn unanswered(
        &self,
        player: &Player,
        device: &Device,
        expected: &Expected,
        error: &RequestError,
    ) -> Result<Rc<Frame>, Miss> {
        if expected.is_met_without(error) {
            return Ok(Rc::new(Frame::from_text("null")));
        }
        let is_cut_off = matches!(error, RequestError::CutOff(ending) if *ending != Ending::ByUs);
        if is_cut_off && self.comes_back() {
            return Err(Miss::CutOff);
        }
        let actual = match device.ending() {
            Some(ending) => format!("{error} ({ending})"),
            None => error.to_string(),
        };
        Err(self.unmet(player, "the request has no answer", &expected.in_words(), &actual))
    }

    pub(super) fn expected(&self, step: &Step, turn: u64) -> Result<Expected, Miss> {
        Ok(match &step.expect {
            Expect::Ok => Expected::Ok,
            Expect::Error => Expected::Error,
            Expect::ErrorOrClose => Expected::ErrorOrClose,
            Expect::Any => Expected::Any,
            Expect::Reply { status, body } => {
                let mut scope = self.scope(step, turn);
                let body = body.as_ref().map(|body| Wanted::of(body, &mut scope)).transpose()?;
                Expected::Reply { status: status.unwrap_or(200), body }
            }
        })
    }

    /// Holds an answer to what is expected of it, and saves what the expectation saves.
    pub(super) fn hold(&self, step: &Step, expected: &Expected, frame: &Frame) -> Result<(), Miss> {
        let player = self.player(step.by);
        let status = frame.status().unwrap_or_default();
        // Another endpoint's answers need not tell a status.
        let is_silent = player.desk.is_some() && frame.json.get("status").is_none();
        let is_met = match expected {
            Expected::Any => true,
            Expected::Ok => frame.is_ok() || is_silent && frame.kind != FrameKind::GatewayError,
            Expected::Error | Expected::ErrorOrClose => {
                status >= 400 || frame.kind == FrameKind::GatewayError
            }
            Expected::Reply { status: wanted, .. } => {
                status == *wanted || is_silent && *wanted == 200
            }
        };
        if !is_met {
            let actual = in_words(frame);
            return Err(self.unmet(player, "another answer", &expected.in_words(), &actual));
        }
        let Expected::Reply { body: Some(body), .. } = expected else { return Ok(()) };
        if let Some(found) = body.mismatch(frame.body()) {
            let (pointer, expected, actual) = self.differing(found, frame, "/body");
            let message = format!("the answer's body differs at {pointer}");
            return Err(self.unmet(player, &message, &expected, &actual));
        }
        let mut saved = Vec::new();
        body.saves(frame.body(), &mut saved);
        saved.into_iter().for_each(|(slot, value)| self.save(slot, Some(value)));
        Ok(())
    }
}

impl Expected {
    /// Whether the request is one that the document allows, going by what is expected of it.
    pub(super) fn is_success(&self) -> bool {
        matches!(self, Self::Ok | Self::Reply { status: 200, .. })
    }

    /// Whether it is met where no answer comes.
    fn is_met_without(&self, error: &RequestError) -> bool {
        match self {
            Self::Any => true,
            Self::ErrorOrClose => matches!(error, RequestError::CutOff(Ending::ByServer(_))),
            Self::Ok | Self::Error | Self::Reply { .. } => false,
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Ok => "status 200".into(),
            Self::Error => "an error, status 400 or above".into(),
            Self::ErrorOrClose => "an error, status 400 or above, or a close".into(),
            Self::Any => "any answer".into(),
            Self::Reply { status, .. } => format!("status {status}"),
        }
    }
}

fn in_words(frame: &Frame) -> String {
    if frame.kind == FrameKind::GatewayError {
        return format!("the gateway's error {}", frame.json["message"]);
    }
    let status = frame.status().map_or("no status".into(), |status| format!("status {status}"));
    match frame.body()["message"].as_str() {
        Some(message) => format!("{status}: {message}"),
        None => status,
    }
}

/// What `as:` saves of an answer; null without one.
fn saved(step: &Step, action: &Action, reply: &Frame) -> Value {
    match action {
        _ if step.save.is_none() => Value::Null,
        Action::Send { .. } | Action::Seen(_) => reply.message().to_value(),
        Action::Messages { .. } => reply.body()["messages"].to_value(),
        Action::Unread => digits(&reply.body()["unreadMsgCount"]).map_or(Value::Null, Value::from),
        _ => reply.body().to_value(),
    }
}
