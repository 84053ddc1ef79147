//! Whether each step has the session that it needs when its turn comes.

use crate::scenario::model::{Action, Actor, Expect, Join, Step, Until};
use crate::scenario::source::Span;

/// The steps of a scenario.
pub(super) struct Sections<'a> {
    pub(super) setup: &'a [Step],
    pub(super) flow: &'a [Step],
    pub(super) teardown: &'a [Step],
}

/// A step that can't work.
pub(super) struct Flaw {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: String,
}

/// Walks the steps as a flow instance would, and a second iteration where there is one. `places`
/// are those of the steps, by their numbers.
pub(super) fn check(
    sections: &Sections<'_>,
    actors: &[Actor],
    until: Until,
    places: &[Span],
) -> Vec<Flaw> {
    let tenants = actors.iter().map(|actor| actor.tenant + 1).max().unwrap_or(1);
    let joined = vec![false; actors.len()];
    let sessions = vec![Session::Never; tenants];
    let mut walk = Walk { actors, places, pass: Pass::First, sessions, joined, flaws: Vec::new() };
    walk.steps(sections.setup);
    walk.steps(sections.flow);
    if walk.flaws.is_empty() && until != Until::Iterations(1) {
        walk.pass = Pass::Iteration;
        walk.steps(sections.flow);
        walk.pass = Pass::First;
    }
    walk.in_teardown(sections.teardown);
    walk.flaws
}

/// What is known of a tenant's session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Session {
    Never,
    Open,
    /// By the step at this line.
    Ended(u32),
}

/// Which time the steps are walked. What is repeated is walked twice, and not more often inside
/// what is repeated itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    First,
    /// The second turn of a `repeat`.
    Turn,
    /// The second iteration of the flow.
    Iteration,
}

struct Walk<'a> {
    actors: &'a [Actor],
    places: &'a [Span],
    pass: Pass,
    sessions: Vec<Session>,
    joined: Vec<bool>,
    flaws: Vec<Flaw>,
}

impl Walk<'_> {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            let Action::Repeat { times, steps } = &step.action else {
                self.step(step, self.places[step.no.0]);
                continue;
            };
            let flaws = self.flaws.len();
            self.steps(steps);
            if *times > 1 && flaws == self.flaws.len() && self.pass == Pass::First {
                self.pass = Pass::Turn;
                self.steps(steps);
                self.pass = Pass::First;
            }
        }
    }

    /// Teardown comes when all went well and when nothing did, so only a session that no step ever
    /// opens is told.
    fn in_teardown(&mut self, steps: &[Step]) {
        for session in &mut self.sessions {
            if *session != Session::Never {
                *session = Session::Open;
            }
        }
        for step in steps {
            self.steps(std::slice::from_ref(step));
            let tenant = self.actors[step.by.0].tenant;
            if let Session::Ended(_) = self.sessions[tenant] {
                self.sessions[tenant] = Session::Open;
            }
        }
    }

    fn step(&mut self, step: &Step, span: Span) {
        let tenant = self.actors[step.by.0].tenant;
        if !succeeds(step) {
            return self.perhaps(step);
        }
        let actor = &self.actors[step.by.0];
        match (&step.action, self.sessions[tenant]) {
            (Action::Init, _) => {
                self.sessions[tenant] = Session::Open;
                self.joined[step.by.0] = true;
                return;
            }
            (
                Action::Upload { .. } | Action::Unread | Action::Think(_) | Action::Repeat { .. },
                _,
            ) => {}
            (_, Session::Never) => {
                let help = match actor.tenant {
                    0 => "put `- init` before it".to_owned(),
                    _ => format!("put `- init: {{ by: {} }}` before it", actor.name),
                };
                self.flaw(
                    tenant,
                    span,
                    format!("`{}` needs a session, and no step opened one", step.name),
                    help,
                );
            }
            (action, Session::Ended(line)) if needs_open(action) => {
                let (when, help) = match self.pass {
                    Pass::First => ("", "put `- init` between them, or give it `expect: error`"),
                    Pass::Turn => ("in the second turn, ", "put `end` after the `repeat`"),
                    Pass::Iteration => (
                        "in the second iteration, ",
                        "begin the flow with `init`, or put `end` into `teardown`",
                    ),
                };
                let name = step.name;
                let message =
                    format!("{when}`{name}` comes after the session's end at line {line}");
                self.flaw(tenant, span, message, help.to_owned());
            }
            (Action::Await(_), _) if actor.join == Join::Manual && !self.joined[step.by.0] => {
                let message = format!(
                    "`{}` takes no part in the session yet, and gets no events",
                    actor.name
                );
                let help = format!("put `- resume: {{ by: {} }}` before it", actor.name);
                self.joined[step.by.0] = true;
                self.flaws.push(Flaw { span, message, help });
            }
            _ => {}
        }
        match step.action {
            Action::End => self.sessions[tenant] = Session::Ended(step.line),
            Action::Resume => self.joined[step.by.0] = true,
            _ => {}
        }
    }

    /// A step that may be refused. Where it may as well succeed, nothing is told for want of it.
    fn perhaps(&mut self, step: &Step) {
        if !matches!(step.expect, Expect::Any) {
            return;
        }
        if let Action::Init | Action::Resume = step.action {
            self.joined[step.by.0] = true;
        }
        if let Action::Init = step.action {
            self.sessions[self.actors[step.by.0].tenant] = Session::Open;
        }
    }

    /// Tells a flaw once: after it, the session counts as open.
    fn flaw(&mut self, tenant: usize, span: Span, message: String, help: String) {
        self.flaws.push(Flaw { span, message, help });
        self.sessions[tenant] = Session::Open;
    }
}

/// Whether a step is meant to be answered with success.
fn succeeds(step: &Step) -> bool {
    match &step.expect {
        Expect::Ok => true,
        Expect::Reply { status, .. } => status.is_none_or(|status| status < 400),
        Expect::Error | Expect::Any => false,
    }
}

/// Whether a closed session refuses it. The document is silent on asking for one and listing it,
/// and events of before may still be awaited.
fn needs_open(action: &Action) -> bool {
    matches!(
        action,
        Action::Ping
            | Action::Resume
            | Action::Send { .. }
            | Action::Unsend(_)
            | Action::Seen(_)
            | Action::End
    )
}
