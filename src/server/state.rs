//! The whole service as a pure state machine: connections, who takes part in which session, and
//! what each request does.
//!
//! It reads no clock, opens no socket and knows no JSON text that goes out: effects are typed, and
//! become text at the edge. The same seed and inputs give the same effects.
//! Start from [`State::apply`].

mod acts;
mod conversation;
mod desk;
mod messages;
mod plans;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::protocol::{EventKind, Route, SessionId, TenantId};

use super::concierge::Act;
use super::request::{Fields, Refusal, Request};
use super::store::{Change, Session, Store};
use super::{Concierge, EpochMillis, Wire, wire};

/// The state of a server.
#[derive(Debug)]
pub(super) struct State<S> {
    store: S,
    wire: Wire,
    concierge: Concierge,
    rng: StdRng,
    connections: BTreeMap<SocketNo, Connection>,
    /// The back office's connections, each with the open sessions that it joined.
    desks: BTreeMap<SocketNo, Vec<SessionId>>,
    /// Which connections opened, resumed or joined each open session, in that order.
    participants: BTreeMap<SessionId, Vec<SocketNo>>,
}

/// A connection, for as long as the server runs. It never goes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SocketNo(pub(super) u64);

/// A connection as replies describe it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) no: u64,
    pub(super) id: Box<str>,
    pub(super) tenant: TenantId,
    pub(super) device_id: Box<str>,
    pub(super) connected_at: EpochMillis,
    /// The open sessions it takes part in.
    sessions: Vec<SessionId>,
}

/// Something that happens to the server.
#[derive(Debug)]
pub(super) enum Input<'a> {
    Connect {
        socket: SocketNo,
        tenant: TenantId,
        device_id: Box<str>,
    },
    /// The concierge comes to the back office.
    ConnectDesk {
        socket: SocketNo,
    },
    Text {
        socket: SocketNo,
        text: &'a str,
    },
    Binary {
        socket: SocketNo,
    },
    Disconnect {
        socket: SocketNo,
    },
    Act(Act),
}

/// Something the server does about it.
#[derive(Debug, PartialEq)]
pub(super) enum Effect {
    Reply { to: SocketNo, channel: Channel, status: u16, body: Value },
    Event { to: Vec<SocketNo>, kind: EventKind, payload: Value },
    Schedule { after: Duration, act: Act },
}

/// The `channel` of a response: the route that was called, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) route: Route,
    pub(super) query: Option<Box<str>>,
}

impl Channel {
    /// Answers what names no route.
    pub(super) fn error() -> Self {
        Self::named("error")
    }

    fn named(name: &str) -> Self {
        Self { route: Route::parse(name), query: None }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.query {
            Some(query) => write!(f, "{}?{query}", self.route),
            None => write!(f, "{}", self.route),
        }
    }
}

/// Who calls, and when.
#[derive(Clone, Copy)]
struct Caller {
    socket: SocketNo,
    tenant: TenantId,
    now: EpochMillis,
}

/// What a request is answered with, and what else it causes.
struct Answer {
    body: Value,
    effects: Vec<Effect>,
}

impl From<Value> for Answer {
    fn from(body: Value) -> Self {
        Self { body, effects: Vec::new() }
    }
}

impl<S: Store> State<S> {
    pub(super) fn new(store: S, wire: Wire, concierge: Concierge, seed: u64) -> Self {
        Self {
            store,
            wire,
            concierge,
            rng: StdRng::seed_from_u64(seed),
            connections: BTreeMap::new(),
            desks: BTreeMap::new(),
            participants: BTreeMap::new(),
        }
    }

    /// Takes in what happened at `now`, which never goes back, and says what to do, in order.
    pub(super) fn apply(&mut self, now: EpochMillis, input: Input<'_>) -> Vec<Effect> {
        match input {
            Input::Connect { socket, tenant, device_id } => {
                self.connect(now, socket, tenant, device_id)
            }
            Input::ConnectDesk { socket } => {
                self.desks.insert(socket, Vec::new());
                Vec::new()
            }
            Input::Text { socket, text } => self.text(now, socket, text),
            Input::Binary { socket } => {
                vec![reply(socket, Channel::error(), Err(Refusal::Binary))]
            }
            Input::Disconnect { socket } => {
                self.disconnect(socket);
                Vec::new()
            }
            Input::Act(act) => self.act(now, &act),
        }
    }

    /// The `connectionId` of a tenant's connection.
    pub(super) fn connection_id(&self, socket: SocketNo) -> Option<&str> {
        self.connections.get(&socket).map(|connection| &*connection.id)
    }

    /// What it has kept for good since this was last asked.
    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        self.store.take_changes()
    }

    fn connect(
        &mut self,
        now: EpochMillis,
        socket: SocketNo,
        tenant: TenantId,
        device_id: Box<str>,
    ) -> Vec<Effect> {
        // Shaped like API Gateway's: fifteen characters and an equals sign.
        let id = Alphanumeric.sample_string(&mut self.rng, 15) + "=";
        let body = json!({ "connectionId": id, "deviceId": &*device_id });
        let connection = Connection {
            no: self.store.next_connection(),
            id: id.into(),
            tenant,
            device_id,
            connected_at: now,
            sessions: Vec::new(),
        };
        self.connections.insert(socket, connection);
        if self.wire.ack {
            vec![reply(socket, Channel::named("connection"), Ok(body))]
        } else {
            Vec::new()
        }
    }

    fn disconnect(&mut self, socket: SocketNo) {
        let tenants = self.connections.remove(&socket).map(|connection| connection.sessions);
        for session in tenants.or_else(|| self.desks.remove(&socket)).unwrap_or_default() {
            if let Some(participants) = self.participants.get_mut(&session) {
                participants.retain(|participant| *participant != socket);
            }
        }
    }

    fn text(&mut self, now: EpochMillis, socket: SocketNo, text: &str) -> Vec<Effect> {
        let tenant = self.connections.get(&socket).map(|connection| connection.tenant);
        if tenant.is_none() && !self.desks.contains_key(&socket) {
            return Vec::new();
        }
        let (channel, answer) = match Request::parse(text) {
            Ok(Request { channel, fields }) => {
                let answer = match tenant {
                    Some(tenant) => self.answer(Caller { socket, tenant, now }, &channel, &fields),
                    None => self.answer_desk(now, socket, &channel, &fields),
                };
                (channel, answer)
            }
            Err(no_request) => (no_request.channel, Err(no_request.why)),
        };
        match answer {
            Ok(Answer { body, effects }) => {
                let mut all = vec![reply(socket, channel, Ok(body))];
                all.extend(effects);
                all
            }
            Err(refusal) => vec![reply(socket, channel, Err(refusal))],
        }
    }

    fn answer(
        &mut self,
        caller: Caller,
        channel: &Channel,
        fields: &Fields,
    ) -> Result<Answer, Refusal> {
        match channel.route {
            Route::Init if fields.new_session()? => Ok(self.open(caller)),
            Route::Init => self.resume(caller, fields),
            Route::Session => self.session(caller, fields),
            Route::Messages => self.list(caller, channel.query.as_deref(), fields),
            Route::Ping => self.ping(caller, fields),
            Route::Send => self.send(caller, fields),
            Route::Unsend => self.unsend(caller, fields),
            Route::Seen => self.see(caller, fields),
            Route::Unread => Ok(self.count_unread(caller)),
            Route::End => self.end(caller, fields),
            Route::Other(_) => Err(Refusal::UnknownRoute),
        }
    }

    /// The caller's own session. Another tenant's is unknown to it.
    fn find_session(&self, caller: Caller, fields: &Fields) -> Result<Session, Refusal> {
        self.store
            .session(fields.session_id()?)
            .filter(|session| session.tenant == caller.tenant)
            .ok_or(Refusal::UnknownSession)
    }

    fn find_open_session(&self, caller: Caller, fields: &Fields) -> Result<Session, Refusal> {
        let session = self.find_session(caller, fields)?;
        if session.is_closed { Err(Refusal::SessionClosed) } else { Ok(session) }
    }

    /// From now on the caller gets the session's events.
    fn take_part(&mut self, caller: Caller, session: &SessionId) {
        let participants = self.participants.entry(session.clone()).or_default();
        if participants.contains(&caller.socket) {
            return;
        }
        participants.push(caller.socket);
        if let Some(connection) = self.connections.get_mut(&caller.socket) {
            connection.sessions.push(session.clone());
        }
    }

    /// Nobody gets the session's events any more.
    fn dissolve(&mut self, session: &SessionId) {
        for socket in self.participants.remove(session).unwrap_or_default() {
            let joined = match self.connections.get_mut(&socket) {
                Some(connection) => Some(&mut connection.sessions),
                None => self.desks.get_mut(&socket),
            };
            if let Some(sessions) = joined {
                sessions.retain(|other| other != session);
            }
        }
    }

    /// Who is told of what `cause` did in a session; the concierge is no connection.
    fn audience(&self, session: &SessionId, cause: Option<SocketNo>) -> Vec<SocketNo> {
        let Some(participants) = self.participants.get(session) else { return Vec::new() };
        let left_out = cause.filter(|_| !self.wire.own_echo);
        participants.iter().copied().filter(|socket| Some(*socket) != left_out).collect()
    }

    /// Announces a session as it is now.
    fn update(&self, session: &Session, cause: Option<SocketNo>) -> Effect {
        Effect::Event {
            to: self.audience(&session.id, cause),
            kind: EventKind::Update(session.id.clone()),
            payload: wire::object([("chatSession", wire::session_in_event(session))]),
        }
    }

    fn new_session_id(&mut self) -> SessionId {
        let id = uuid::Builder::from_random_bytes(self.rng.random()).into_uuid();
        SessionId::new(id.to_string())
    }
}

fn reply(to: SocketNo, channel: Channel, answer: Result<Value, Refusal>) -> Effect {
    match answer {
        Ok(body) => Effect::Reply { to, channel, status: 200, body },
        Err(refusal) => {
            let body = json!({ "message": refusal.to_string() });
            Effect::Reply { to, channel, status: refusal.status(), body }
        }
    }
}
