//! Performs one line of a script, and compares one effect with what is expected.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};

use crate::protocol::TenantId;
use crate::server::concierge::Act;
use crate::server::state::{Effect, Input, SocketNo, State};
use crate::server::store::MemoryStore;
use crate::server::{Concierge, EpochMillis, Wire};

/// A state, its clients, and what has happened and is not yet expected.
#[derive(Debug)]
pub(super) struct Stage {
    state: State<MemoryStore>,
    now: EpochMillis,
    devices: Vec<String>,
    sessions: Vec<String>,
    agenda: BTreeMap<(EpochMillis, usize), Act>,
    planned: usize,
    effects: VecDeque<Effect>,
}

impl Stage {
    pub(super) fn new(wire: Wire, concierge: Concierge, now: EpochMillis) -> Self {
        Self {
            state: State::new(MemoryStore::default(), wire, concierge, 7),
            now,
            devices: Vec::new(),
            sessions: Vec::new(),
            agenda: BTreeMap::new(),
            planned: 0,
            effects: VecDeque::new(),
        }
    }

    /// Whether every effect was expected.
    pub(super) fn is_done(&self) -> bool {
        self.effects.is_empty()
    }

    pub(super) fn perform(&mut self, line: &str) {
        let line = self.fill(line);
        let (first, rest) = line.split_once(' ').unwrap();
        match first {
            "+" => {
                let (device, tenant) = rest.split_once(' ').unwrap();
                self.devices.push(device.to_owned());
                let tenant = TenantId(tenant.parse().unwrap());
                let socket = self.socket(device);
                self.apply(Input::Connect { socket, tenant, device_id: device.into() });
            }
            "-" => self.apply(Input::Disconnect { socket: self.socket(rest) }),
            "." => self.pass(Duration::from_millis(rest.parse().unwrap())),
            "=" => self.restart(),
            device => {
                let socket = self.socket(device);
                let (kind, rest) = rest.split_once(' ').unwrap();
                let text = if kind == ">" {
                    let (route, body) = rest.split_once(' ').unwrap();
                    let body: Value = serde_json::from_str(body).unwrap();
                    let data = json!({ "route": format!("client/{route}"), "body": body });
                    json!({ "action": "api", "data": data }).to_string()
                } else {
                    rest.to_owned()
                };
                self.apply(Input::Text { socket, text: &text });
            }
        }
    }

    /// Begins again with what the store holds; connections and plans are gone.
    fn restart(&mut self) {
        let store = MemoryStore::restore(self.state.store.contents());
        self.state = State::new(store, self.state.wire, self.state.concierge, 8);
        self.agenda.clear();
        let plans = self.state.plan_again();
        self.take(plans);
    }

    fn pass(&mut self, span: Duration) {
        let until = self.now.after(span);
        while let Some(entry) = self.agenda.first_entry() {
            if entry.key().0 > until {
                break;
            }
            self.now = entry.key().0;
            let act = entry.remove();
            self.apply(Input::Act(act));
        }
        self.now = until;
    }

    fn apply(&mut self, input: Input<'_>) {
        let effects = self.state.apply(self.now, input);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Schedule { after, act } = effect {
                self.planned += 1;
                let at = (self.now.after(after), self.planned);
                self.agenda.insert(at, act);
                continue;
            }
            if let Effect::Reply { body, .. } = &effect
                && let Some(id) = body["chatSessionId"].as_str()
                && !self.sessions.iter().any(|known| known == id)
            {
                self.sessions.push(id.to_owned());
            }
            self.effects.push_back(effect);
        }
    }

    #[track_caller]
    pub(super) fn expect(&mut self, expected: &str) {
        let expected = self.fill(expected);
        let effect = self.effects.pop_front();
        let effect = effect.unwrap_or_else(|| panic!("nothing happened, not {expected:?}"));
        let (to, rest) = expected.split_once(' ').unwrap();
        let (head, body, shown) = match &effect {
            Effect::Reply { to, channel, status, body } => {
                (format!("{} {channel} {status}", self.name(*to)), body, rest)
            }
            Effect::Event { to, kind, payload } => {
                let names: Vec<&str> = to.iter().map(|socket| self.name(*socket)).collect();
                (format!("{} {}", names.join(","), kind.channel()), payload, rest)
            }
            Effect::Schedule { .. } => unreachable!("kept in the agenda"),
        };
        let at = shown.find(" {").unwrap_or(shown.len());
        assert_eq!(format!("{to} {}", &shown[..at]), head, "{effect:#?}");
        let subset = if at < shown.len() { &shown[at + 1..] } else { "{}" };
        let subset: Value = serde_json::from_str(subset).unwrap();
        assert!(holds(body, &subset), "{subset:#} is not in {effect:#?}");
    }

    fn socket(&self, device: &str) -> SocketNo {
        SocketNo(self.devices.iter().position(|known| known == device).unwrap() as u64)
    }

    fn name(&self, socket: SocketNo) -> &str {
        &self.devices[socket.0 as usize]
    }

    fn fill(&self, line: &str) -> String {
        self.sessions
            .iter()
            .enumerate()
            .fold(line.to_owned(), |line, (at, id)| line.replace(&format!("${}", at + 1), id))
    }
}

/// Objects match as subsets, all else exactly.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| holds(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(a, b)| holds(a, b))
        }
        (whole, part) => whole == part,
    }
}
