//! The interpreter: makes a flow's steps one by one, and tells what became of each.
//!
//! A step that fails is told, and the flow goes on; what depends on it is skipped.

mod again;
mod connect;
mod fault;
mod held;
mod mutate;
mod raw;
mod request;
mod scope;
mod unmade;
mod upload;
mod wait;

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;

use crate::device::Device;
use crate::protocol::{MessageId, SessionId, cut_words, digits};
use crate::scenario::{Action, Items, MessageRef, Pace, Step, TemplateError};

use super::event::Unmet;
use super::flow::Flow;
use super::player::Player;
use scope::StepScope;
use unmade::Unmade;

/// How much of a server's words is told of an unmet expectation, in bytes.
const LONGEST_SENTENCE: usize = 400;

/// Why a step did not do what was expected.
pub(super) enum Miss {
    /// Its expectation was not met.
    Unmet(Unmet),
    /// A template in it has no value.
    NoValue(TemplateError),
    /// Something it depends on is missing.
    Skipped,
    /// Its request was cut off with a connection that comes back: an error that is counted, and no
    /// unmet expectation.
    CutOff,
}

/// A step's outcome: what it saves, or why it did not do what was expected.
pub(super) type Outcome = Result<Value, Miss>;

impl From<TemplateError> for Miss {
    /// What a skipped or failed step would have saved is missing; anything else is a mistake that
    /// shows only now.
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::NotSaved(_) | TemplateError::NoSession => Self::Skipped,
            other => Self::NoValue(other),
        }
    }
}

impl Flow {
    /// Makes steps in order; `turn` is that of the innermost repeat.
    pub(super) async fn steps(&self, steps: &[Step], turn: u64) {
        let mut unmade = Unmade::of(&self.tally, steps);
        for step in steps {
            if !self.makes(step) {
                self.tally.skipped(step.no);
                unmade.pass();
                continue;
            }
            let outcome = self.make(step, turn).await;
            let value = self.tell(step, outcome);
            if let Some(slot) = step.save {
                self.save(slot, value);
            }
            unmade.pass();
        }
    }

    /// Makes the steps that another one holds.
    fn inner<'a>(&'a self, steps: &'a [Step], turn: u64) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(self.steps(steps, turn))
    }

    /// Whether a step is made: where a flow is given up, only what ends its sessions.
    fn makes(&self, step: &Step) -> bool {
        !self.is_given_up.get() || matches!(step.action, Action::End)
    }

    fn tell(&self, step: &Step, outcome: Outcome) -> Option<Value> {
        self.last.note(step, &outcome);
        match outcome {
            Ok(value) => {
                self.tally.passed(step.no);
                Some(value)
            }
            Err(Miss::Unmet(unmet)) => {
                self.failed(step, unmet);
                None
            }
            Err(Miss::NoValue(error)) => {
                let player = self.player(step.by);
                let actual = error.to_string();
                self.failed(step, unmet(player, "no value", "a value", &actual));
                None
            }
            Err(Miss::Skipped | Miss::CutOff) => {
                self.tally.skipped(step.no);
                None
            }
        }
    }

    /// A step that names a session by itself is told with what was seen in all of them.
    fn failed(&self, step: &Step, unmet: Unmet) {
        let session = if step.session.is_none() { self.session(step.by) } else { None };
        let (at, device) = (self.worker.world.clock.now(), unmet.device);
        let seen = || self.witness.ring.borrow().conversation(at, device, session.as_ref());
        self.tally.failed(step.no, unmet, seen);
    }

    async fn make(&self, step: &Step, turn: u64) -> Outcome {
        match &step.action {
            Action::Think(pause) => self.think(*pause).await,
            Action::Repeat { pace: Pace::Times(times), steps } => {
                for turn in (0..u64::from(*times)).take_while(|_| !self.is_given_up.get()) {
                    self.inner(steps, turn).await;
                    // Steps that are skipped wait for nothing.
                    tokio::task::consume_budget().await;
                }
                Ok(Value::Null)
            }
            Action::Repeat { pace: Pace::Planned { per_s, time }, steps } => {
                self.paced(steps, *per_s, *time).await
            }
            Action::ForEach { items, slot, steps } => {
                let items = self.items(step, items, turn)?;
                for item in items.into_iter().take_while(|_| !self.is_given_up.get()) {
                    self.save(*slot, Some(item));
                    self.inner(steps, turn).await;
                }
                Ok(Value::Null)
            }
            Action::Parallel(branches) => {
                join_all(branches.iter().map(|branch| self.inner(branch, turn))).await;
                Ok(Value::Null)
            }
            Action::Barrier(barrier) => {
                self.barrier(*barrier).await;
                Ok(Value::Null)
            }
            Action::Connect { auth, device_id } => {
                Box::pin(self.connect_step(step, *auth, device_id, turn)).await
            }
            Action::Disconnect(how) => self.disconnect(step, *how).await,
            Action::Call { route, body, schema, metric } => {
                Box::pin(self.call(step, (route, body), (schema.as_deref(), *metric), turn)).await
            }
            Action::Frame(frame) => Box::pin(self.frame(step, frame, turn)).await,
            Action::Mutate { call, fields, kinds } => {
                Box::pin(self.mutate(step, call, (fields.as_deref(), kinds), turn)).await
            }
            Action::Fault(fault) => Box::pin(self.fault(step, fault, turn)).await,
            Action::Await(wanted) => self.wait(step, wanted, turn).await,
            // Boxed, as every device holds the room of the largest step.
            Action::Upload(upload) => Box::pin(self.upload(step, upload, turn)).await,
            _ => self.request(step, turn).await,
        }
    }

    /// Makes steps turn by turn, each turn at its planned instant or as soon after as it can.
    async fn paced(&self, steps: &[Step], per_s: f64, time: Duration) -> Outcome {
        let began_at = self.worker.world.clock.now();
        let held_before = self.held.get();
        let turns = (per_s * time.as_secs_f64()).round() as u64;
        for turn in 0..turns {
            let held = self.held.get().saturating_sub(held_before);
            let planned_at = began_at + Duration::from_secs_f64(turn as f64 / per_s) + held;
            let idle_at = self.worker.world.clock.now();
            if !self.wait_within(planned_at, began_at + time + held).await {
                break;
            }
            // That the turn before took so long is for the latency to show, and no lateness of ours.
            let late = self.worker.world.clock.now().saturating_sub(planned_at.max(idle_at));
            self.tally.with(|interval| interval.recorder.late_by(late));
            self.planned_at.set(Some(planned_at));
            self.inner(steps, turn).await;
        }
        Ok(Value::Null)
    }

    fn items(&self, step: &Step, items: &Items, turn: u64) -> Result<Vec<Value>, Miss> {
        let mut scope = self.scope(step, turn);
        Ok(match items {
            Items::List(items) => {
                items.iter().map(|item| item.eval(&mut scope)).collect::<Result<_, _>>()?
            }
            Items::Of(template) => match template.eval(&mut scope)? {
                Value::Array(items) => items,
                other => {
                    drop(scope);
                    let (player, actual) = (self.player(step.by), kind(&other));
                    return Err(self.unmet(player, "nothing to go through", "a list", actual));
                }
            },
        })
    }

    fn scope(&self, step: &Step, turn: u64) -> StepScope<'_> {
        StepScope::new(self, step.by, turn)
    }

    /// The device that makes a step, once it is back where it is away. The first step that finds its
    /// connection ended for good is not met, and those after it are skipped.
    async fn device(&self, step: &Step) -> Result<(&Player, Rc<Device>), Miss> {
        let player = self.player(step.by);
        self.back(player).await;
        let device = player.device().ok_or(Miss::Skipped)?;
        match device.ending() {
            None => Ok((player, device)),
            Some(_) if player.is_told_gone.replace(true) => Err(Miss::Skipped),
            Some(ending) => {
                let message = "the connection has ended";
                Err(self.unmet(player, message, "an open connection", &ending.to_string()))
            }
        }
    }

    /// The session that a step speaks of; without one, the step is skipped.
    fn session_of(&self, step: &Step, turn: u64) -> Result<SessionId, Miss> {
        match &step.session {
            Some(template) => Ok(SessionId::new(template.text(&mut self.scope(step, turn))?)),
            None => self.session(step.by).ok_or(Miss::Skipped),
        }
    }

    /// The message that a step speaks of; without one, the step is skipped.
    fn message(&self, step: &Step, message: MessageRef, turn: u64) -> Result<MessageId, Miss> {
        let message = match message {
            MessageRef::Saved(slot) => self.saved(slot),
            MessageRef::Last => self.witness.last_of_concierge(&self.session_of(step, turn)?),
        };
        let id = message.and_then(|message| digits(&message["id"]));
        id.map(MessageId).ok_or(Miss::Skipped)
    }

    fn unmet(&self, player: &Player, message: &str, expected: &str, actual: &str) -> Miss {
        Miss::Unmet(unmet(player, message, expected, actual))
    }
}

/// What a value is, without a word of what it says.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn unmet(player: &Player, message: &str, expected: &str, actual: &str) -> Unmet {
    let cut = |text| cut_words(text, LONGEST_SENTENCE).to_owned();
    let (message, expected, actual) = (cut(message), cut(expected), cut(actual));
    Unmet { shard: None, device: player.no, message, expected, actual }
}
