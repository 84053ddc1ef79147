//! Steps.

use crate::scenario::check::MOST_MISTAKES;
use crate::scenario::grammar::STEP;
use crate::scenario::model::{Action, ActorIndex, Step, StepNo};
use crate::scenario::node::{Entry, Node, NodeValue};
use crate::scenario::source::Span;

use super::Resolver;
use super::limits::duration;
use super::wire::ending;

/// Steps of a file, after each step of several actors became several.
const MOST_STEPS: usize = 100_000;

impl Resolver<'_> {
    /// Resolves a list of steps in order.
    pub(super) fn steps(&mut self, list: &Node) -> Vec<Step> {
        let mut steps = Vec::with_capacity(list.elements().len());
        list.elements().iter().for_each(|node| self.step(node, &mut steps));
        steps
    }

    /// One step; several where it is made by several actors.
    fn step(&mut self, node: &Node, steps: &mut Vec<Step>) {
        if self.mistakes.len() > MOST_MISTAKES {
            return;
        }
        let nothing = Node { span: node.span, value: NodeValue::Null };
        let (name, span, value) = match (node.text(), node.entries()) {
            (Some(name), _) => (name, node.span, &nothing),
            (None, [Entry { key, value }, ..]) => (key.name.as_str(), key.span, value),
            (None, []) => ("", node.span, node),
        };
        let Some(rule) = STEP.key(name) else {
            self.forget(value);
            return;
        };
        let no = StepNo(self.places.len());
        self.places.push(span);
        let by = self.by(value);
        let line = self.source.line(node.span.start);
        let before = self.mistakes.len();
        let action = self.action(rule.name, value, span, line);
        let session = value.get("session").map(|node| self.template(node));
        let expect = self.expectation(value);
        if let Some(action) = &action {
            let by = ActorIndex(by.start);
            self.check_maker(by, (action, &expect), (rule.name, span), value);
        }
        let eventually = duration(value.get("eventually"));
        let save = self.save(rule, value);
        let (Some(action), true) = (action, before == self.mistakes.len()) else {
            self.unsure = true;
            return;
        };
        self.made += by.len();
        if self.made > MOST_STEPS {
            let message =
                format!("a scenario has at most {MOST_STEPS} steps, counted for each actor");
            self.complain(span, message, "name one actor, or use `repeat`");
            return;
        }
        let (name, session) = (rule.name, session.flatten());
        let step = Step {
            no,
            line,
            name,
            by: ActorIndex(by.start),
            action,
            save,
            expect,
            session,
            eventually,
        };
        let last = by.end - 1;
        steps.extend((by.start..last).map(|actor| made_by(step.clone(), ActorIndex(actor))));
        steps.push(made_by(step, ActorIndex(last)));
    }

    pub(super) fn action(
        &mut self,
        name: &str,
        value: &Node,
        span: Span,
        line: u32,
    ) -> Option<Action> {
        Some(match name {
            "init" => Action::Init,
            "session" => Action::Session,
            "resume" => Action::Resume,
            "ping" => Action::Ping,
            "unread" => Action::Unread,
            "end" => Action::End,
            "disconnect" => Action::Disconnect(ending(value)),
            "unsend" => Action::Unsend(self.message(value)?),
            "seen" => Action::Seen(self.message(value)?),
            "await" => Action::Await(self.awaited(value)?),
            "messages" => return self.messages(value),
            "send" => return self.send(value),
            "upload" => return self.upload(value),
            "think" => return self.think(value),
            "repeat" => return self.repeat(value),
            "for_each" => return self.for_each(value),
            "parallel" => return self.parallel(value, span),
            "barrier" => return self.barrier(value),
            "connect" => return self.connect(value),
            "call" => return self.call(value),
            "frame" => return self.frame(value),
            "mutate" => return self.mutate(value, line),
            "fault" => return self.fault(value),
            _ => return None,
        })
    }
}

/// The same step, made by this actor.
fn made_by(mut step: Step, by: ActorIndex) -> Step {
    step.by = by;
    if let Action::Mutate { call, .. } = &mut step.action {
        call.by = by;
    }
    step
}
