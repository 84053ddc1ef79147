//! The defects that a server was told to have, around its state.

use std::time::Duration;

use serde_json::{Value, json};

use crate::protocol::{PayloadKey, UploadRequest};
use crate::server::EpochMillis;
use crate::server::concierge::Act;
use crate::server::state::{Effect, Input, State};
use crate::server::store::MemoryStore;
use crate::server::upload::File;

use super::Defect;
use super::hook::{Hook, Knock, Scene, Verdict};
use super::notes::Notes;
use super::turn::{Cause, Told, Turn, What};

/// The defects of one server, each with its memory.
#[derive(Debug)]
pub(in crate::server) struct Defects(pub(super) Vec<(&'static Defect, Notes)>);

/// What is to be done, in order.
#[derive(Debug)]
pub(in crate::server) enum Due {
    Tell(Told),
    Schedule { after: Duration, act: Act },
}

impl Defects {
    /// `None` for a faithful server.
    pub(in crate::server) fn new(defects: &[&'static Defect]) -> Option<Box<Self>> {
        let active: Vec<_> = defects.iter().map(|defect| (*defect, Notes::default())).collect();
        (!active.is_empty()).then(|| Box::new(Self(active)))
    }

    /// Lets the state take in what happened, and says what to do about it.
    pub(in crate::server) fn take_in(
        &mut self,
        state: &mut State<MemoryStore>,
        now: EpochMillis,
        event_key: PayloadKey,
        input: Input<'_>,
    ) -> Vec<Due> {
        let mut turn = Turn::of(&input, now);
        let answered = if turn.cause == Cause::Request {
            self.ask(&Scene { state, event_key }, &mut turn)
        } else {
            None
        };
        let (mut told, scheduled) = match answered {
            Some(told) => (told, Vec::new()),
            None => apply(state, event_key, &turn, input),
        };
        self.tell(&Scene { state, event_key }, &turn, &mut told);
        told.into_iter().map(Due::Tell).chain(scheduled).collect()
    }

    fn ask(&mut self, scene: &Scene<'_>, turn: &mut Turn) -> Option<Vec<Told>> {
        for (defect, notes) in &mut self.0 {
            for hook in defect.hooks {
                if let Hook::Ask(ask) = hook
                    && let Some(told) = ask(notes, scene, turn)
                {
                    return Some(told);
                }
            }
        }
        None
    }

    fn tell(&mut self, scene: &Scene<'_>, turn: &Turn, told: &mut Vec<Told>) {
        for (defect, notes) in &mut self.0 {
            for hook in defect.hooks {
                run(*hook, notes, scene, turn, told);
            }
        }
    }

    /// What is done about somebody who wants to connect; `None` leaves it to the faithful server.
    pub(in crate::server) fn answer_door(&mut self, knock: &Knock<'_>) -> Option<Verdict> {
        for (defect, notes) in &mut self.0 {
            for hook in defect.hooks {
                if let Hook::Door(door) = hook
                    && let Some(verdict) = door(notes, knock)
                {
                    return Some(verdict);
                }
            }
        }
        None
    }

    /// Changes the grant of an upload URL.
    pub(in crate::server) fn change_grant(&self, request: &UploadRequest, grant: &mut Value) {
        for hook in self.0.iter().flat_map(|(defect, _)| defect.hooks) {
            if let Hook::Grant(change) = hook {
                change(request, grant);
            }
        }
    }

    /// Changes a file that is put, and tells the status to answer with where it is not 200.
    pub(in crate::server) fn change_file(&self, file: &mut File) -> Option<u16> {
        let mut status = None;
        for hook in self.0.iter().flat_map(|(defect, _)| defect.hooks) {
            match hook {
                Hook::Store(change) => change(file),
                Hook::PutStatus(other) => status = Some(*other),
                _ => {}
            }
        }
        status
    }
}

fn run(hook: Hook, notes: &mut Notes, scene: &Scene<'_>, turn: &Turn, told: &mut Vec<Told>) {
    match hook {
        Hook::Tell(tell) => tell(notes, scene, turn, told),
        Hook::Reply(reply) if turn.cause == Cause::Request => {
            for one in told.iter_mut().filter(|one| one.is_ok()) {
                if let Some(body) = one.inside_mut() {
                    reply(notes, turn, body);
                }
            }
        }
        Hook::Event(event) => {
            for one in told.iter_mut() {
                let Some(kind) = one.event().cloned() else { continue };
                if let Some(payload) = one.inside_mut() {
                    event(notes, &kind, payload);
                }
            }
        }
        _ => {}
    }
}

/// What the state does about a turn, as frames; and what it schedules.
fn apply(
    state: &mut State<MemoryStore>,
    event_key: PayloadKey,
    turn: &Turn,
    input: Input<'_>,
) -> (Vec<Told>, Vec<Due>) {
    let text;
    let input = match input {
        Input::Text { socket, .. } if turn.is_changed() || turn.acts_as.is_some() => {
            text = turn.request.to_string();
            Input::Text { socket: turn.acts_as.unwrap_or(socket), text: &text }
        }
        other => other,
    };
    let (mut told, mut scheduled) = (Vec::new(), Vec::new());
    for effect in state.apply(turn.now, input) {
        match effect {
            Effect::Reply { channel, status, body, to } => {
                // A request that was rewritten is answered as it was asked.
                let to = if turn.cause == Cause::Request { turn.socket.unwrap_or(to) } else { to };
                let channel = match turn.channel() {
                    Some(channel) if turn.is_changed() => channel.to_owned(),
                    _ => channel.to_string(),
                };
                let frame = json!({ "channel": channel, "status": status, "body": body });
                told.push(Told::now(vec![to], What::Reply { frame }));
            }
            Effect::Event { to, kind, payload } => {
                let mut frame = json!({ "channel": kind.channel() });
                frame[event_key.as_str()] = payload;
                told.push(Told::now(to, What::Event { kind, frame }));
            }
            Effect::Schedule { after, act } => scheduled.push(Due::Schedule { after, act }),
        }
    }
    (told, scheduled)
}
