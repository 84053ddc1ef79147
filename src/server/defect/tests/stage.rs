//! A server with defects whose clock is moved by hand.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::protocol::{PayloadKey, TenantId};
use crate::server::concierge::Act;
use crate::server::defect::Defect;
use crate::server::defect::active::{Defects, Due};
use crate::server::defect::change::number;
use crate::server::defect::notes::Notes;
use crate::server::defect::turn::Told;
use crate::server::state::{Input, SocketNo, State};
use crate::server::store::MemoryStore;
use crate::server::{Concierge, EpochMillis, Wire};

const START: EpochMillis = EpochMillis(1_727_938_788_101);

/// A server with a clock of its own, and all that it told.
pub(super) struct Stage {
    state: State<MemoryStore>,
    defects: Defects,
    now: EpochMillis,
    agenda: BTreeMap<(EpochMillis, u64), Act>,
    planned: u64,
    pub(super) told: Vec<Told>,
    /// What the last answer to a client held.
    last: Value,
    /// The last message of the concierge, which marking as seen is about.
    pub(super) concierges: u64,
}

impl Stage {
    pub(super) fn new(defects: &[&'static Defect]) -> Self {
        let (wire, concierge) = (Wire::default(), Concierge::default());
        Self {
            state: State::new(MemoryStore::default(), wire, concierge, 7),
            defects: Defects(defects.iter().map(|one| (*one, Notes::default())).collect()),
            now: START,
            agenda: BTreeMap::new(),
            planned: 0,
            told: Vec::new(),
            last: Value::Null,
            concierges: 0,
        }
    }

    pub(super) fn take_in(&mut self, input: Input<'_>) {
        for due in self.defects.take_in(&mut self.state, self.now, PayloadKey::Payload, input) {
            match due {
                Due::Schedule { after, act } => {
                    self.planned += 1;
                    self.agenda.insert((self.now.after(after), self.planned), act);
                }
                Due::Tell(told) => {
                    if told.is_reply() {
                        self.last = told.inside().clone();
                    }
                    let message = &told.inside()["chatMessage"];
                    if told.is_message() && message["senderEntityType"] == "BACKEND_USER" {
                        self.concierges = number(&message["id"]);
                    }
                    self.told.push(told);
                }
            }
        }
    }

    pub(super) fn pass(&mut self, span: Duration) {
        let until = self.now.after(span);
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= until) {
            self.now = entry.key().0;
            let act = entry.remove();
            self.take_in(Input::Act(act));
        }
        self.now = until;
    }

    pub(super) fn connect(&mut self, socket: SocketNo, tenant: u64, device: &str) {
        let tenant = TenantId(tenant);
        self.take_in(Input::Connect { socket, tenant, device_id: device.into() });
    }

    pub(super) fn text(&mut self, socket: SocketNo, text: &str) {
        self.take_in(Input::Text { socket, text });
    }

    pub(super) fn call(&mut self, socket: SocketNo, route: &str, body: Value) -> Value {
        let mut data = json!({ "route": format!("client/{route}") });
        data["body"] = body;
        self.text(socket, &json!({ "action": "api", "data": data }).to_string());
        self.last.clone()
    }

    pub(super) fn open(&mut self, socket: SocketNo) -> Value {
        let body = self.call(socket, "init-chat-with-concierge", json!({ "newSession": true }));
        body["chatSessionId"].clone()
    }

    pub(super) fn send(
        &mut self,
        socket: SocketNo,
        session: &Value,
        text: &str,
        kind: &str,
    ) -> u64 {
        let metadata = json!({
            "Topic of it": { "deep": [1, null] }, "big": 123_456_789, "half": 0.1, "none": null,
            "a long text": "longer than eight", "yes": true,
        });
        let body = json!({
            "chatSessionId": session, "contentType": kind, "messageContent": text, "metdata": metadata,
        });
        let answer = self.call(socket, "send-message", body);
        number(&answer["chatMessage"]["id"])
    }
}
