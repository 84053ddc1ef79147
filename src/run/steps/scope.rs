//! What templates see of a flow.

use std::cell::Ref;

use serde_json::Value;

use crate::protocol::SessionId;
use crate::run::flow::Flow;
use crate::scenario::{ActorIndex, Scope, Slot};

/// A flow as one actor's step sees it.
pub(super) struct StepScope<'a> {
    flow: &'a Flow,
    actor: ActorIndex,
    turn: u64,
    session: Option<SessionId>,
    saved: Ref<'a, Vec<Option<Value>>>,
}

impl<'a> StepScope<'a> {
    pub(super) fn new(flow: &'a Flow, actor: ActorIndex, turn: u64) -> Self {
        Self { flow, actor, turn, session: flow.session(actor), saved: flow.all_saved() }
    }
}

impl Scope for StepScope<'_> {
    fn device_id(&self) -> &str {
        &self.flow.player(self.actor).device_id
    }

    fn device_index(&self) -> u64 {
        self.flow.player(self.actor).no.0.into()
    }

    fn actor(&self) -> &str {
        &self.flow.scenario.actors[self.actor.0].name
    }

    fn session_id(&self) -> Option<&str> {
        self.session.as_ref().map(SessionId::as_str)
    }

    fn iteration(&self) -> u64 {
        self.flow.iteration.get()
    }

    fn turn(&self) -> u64 {
        self.turn
    }

    fn data(&self, column: usize) -> Option<&str> {
        self.flow.data(column)
    }

    fn saved(&self, slot: Slot) -> Option<&Value> {
        self.saved.get(slot.0)?.as_ref()
    }

    fn random_u64(&mut self) -> u64 {
        self.flow.random()
    }
}
