//! Whether what an `await` waits for can have happened.

use crate::scenario::model::{
    Action, Actor, ActorIndex, Await, AwaitedEvent, Expect, Fault, Habit, Sender, Step,
};
use crate::scenario::source::Span;

use super::{Cast, Flaw, Sections, written};

/// What steps up to here may have caused.
pub(super) struct Seen {
    /// Whether an actor sent a message.
    sent: Vec<bool>,
    /// Whether something of a tenant's session may have been unsent: by a step, or by the concierge
    /// whose message was awaited.
    unsent: Vec<bool>,
    /// The line of an actor's first send, wherever it is.
    first_send: Vec<Option<u32>>,
    /// Whether steps make requests of their own, of which nothing is known.
    is_raw: bool,
}

impl Seen {
    pub(super) fn new(sections: &Sections<'_>, actors: usize, tenants: usize) -> Self {
        let mut first_send = vec![None; actors];
        let mut is_raw = false;
        for step in sections.all() {
            match &step.action {
                action if is_send(action) && may_succeed(step) => {
                    first_send[step.by.0].get_or_insert(step.line);
                }
                Action::Call { .. } | Action::Frame(_) => is_raw = true,
                _ => {}
            }
        }
        Self { sent: vec![false; actors], unsent: vec![false; tenants], first_send, is_raw }
    }

    /// Notes what a step causes.
    pub(super) fn note(&mut self, step: &Step, actors: &[Actor]) {
        let tenant = actors[step.by.0].tenant;
        match &step.action {
            action if is_send(action) && may_succeed(step) => self.sent[step.by.0] = true,
            Action::Unsend(_) if may_succeed(step) => self.unsent[tenant] = true,
            Action::Await(wanted) if wanted.from == Some(Sender::Concierge) => {
                self.unsent[tenant] = true;
            }
            _ => {}
        }
    }

    /// Why nothing that is waited for can come.
    pub(super) fn impossible(
        &self,
        wanted: &Await,
        by: ActorIndex,
        cast: Cast<'_>,
        span: Span,
    ) -> Option<Flaw> {
        if wanted.none {
            return None;
        }
        let (message, help) = match (wanted.event, wanted.from) {
            (AwaitedEvent::Message, Some(Sender::Actor(from))) => self.from(from, by, cast)?,
            (AwaitedEvent::Delete, _) if !self.unsent[cast.actors[by.0].tenant] && !self.is_raw => {
                let help = "put an `unsend` before it, or write `none: true`";
                ("no step before this one takes a message back".to_owned(), help.to_owned())
            }
            _ => return None,
        };
        Some(Flaw { span, message, help })
    }

    fn from(&self, from: ActorIndex, by: ActorIndex, cast: Cast<'_>) -> Option<(String, String)> {
        let (sender, receiver) = (&cast.actors[from.0], &cast.actors[by.0]);
        if sender.tenant != receiver.tenant {
            let message = format!(
                "messages of `{}` never come to `{}`, which belongs to another tenant",
                sender.name, receiver.name
            );
            let help = "give both the same `tenant`, or write `none: true`";
            return Some((message, help.to_owned()));
        }
        if from == by && cast.settings.own_echo == Habit::Never {
            let message = format!("`{}` gets no message of its own", sender.name);
            let help = "`own_echo` is `never` in `settings`; await it by another actor";
            return Some((message, help.to_owned()));
        }
        if self.sent[from.0] || self.is_raw {
            return None;
        }
        Some(match self.first_send[from.0] {
            Some(line) => {
                let message = format!("`{}` sends nothing before this step", sender.name);
                (message, format!("put it after the `send` at line {line}"))
            }
            None => {
                let message = format!("`{}` sends no message in this scenario", sender.name);
                (message, format!("give a `send` before it `by: {}`", written(&sender.name)))
            }
        })
    }
}

fn may_succeed(step: &Step) -> bool {
    match &step.expect {
        Expect::Ok | Expect::Any => true,
        Expect::Reply { status, .. } => status.is_none_or(|status| status < 400),
        Expect::Error | Expect::ErrorOrClose => false,
    }
}

/// Whether a step sends a message, in an orderly way or not.
fn is_send(action: &Action) -> bool {
    match action {
        Action::Send { .. } | Action::Fault(Fault::DoubleSend(_)) => true,
        Action::Fault(Fault::SendBeforeAck(text)) => text.is_some(),
        _ => false,
    }
}
