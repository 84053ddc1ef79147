//! Whether each step can work when its turn comes: it has the connection and the session that it
//! needs, and what it waits for can happen.

mod awaited;
mod needs;

use crate::scenario::model::{
    Action, Actor, Expect, Fault, Items, Join, Load, Pace, Settings, Step, Until,
};
use crate::scenario::source::Span;

use needs::{needs_connection, needs_open, needs_session, succeeds};

/// The steps of a scenario.
#[derive(Clone, Copy)]
pub(super) struct Sections<'a> {
    pub(super) setup: &'a [Step],
    pub(super) flow: &'a [Step],
    pub(super) teardown: &'a [Step],
}

impl<'a> Sections<'a> {
    /// Every step, those inside others included.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Step> + use<'a> {
        [self.setup, self.flow, self.teardown].into_iter().flatten().flat_map(Step::with_inner)
    }
}

/// Who plays, and how.
#[derive(Clone, Copy)]
pub(super) struct Cast<'a> {
    pub(super) actors: &'a [Actor],
    pub(super) settings: &'a Settings,
    pub(super) load: &'a Load,
}

/// A step that can't work.
pub(super) struct Flaw {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: String,
}

/// Walks the steps as a flow instance would, and a second iteration where there is one. `places`
/// are those of the steps, by their numbers.
pub(super) fn check(sections: &Sections<'_>, cast: Cast<'_>, places: &[Span]) -> Vec<Flaw> {
    let tenants = cast.actors.iter().map(|actor| actor.tenant + 1).max().unwrap_or(1);
    let mut walk = Walk {
        cast,
        places,
        pass: Pass::First,
        now: Now {
            sessions: vec![Session::Never; tenants],
            joined: vec![false; cast.actors.len()],
            cut: vec![None; cast.actors.len()],
        },
        seen: awaited::Seen::new(sections, cast.actors.len(), tenants),
        flaws: Vec::new(),
    };
    walk.steps(sections.setup);
    walk.steps(sections.flow);
    if walk.flaws.is_empty() && cast.load.until != Until::Iterations(1) {
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
    /// The second turn of a `repeat` or `for_each`.
    Turn,
    /// The second iteration of the flow.
    Iteration,
}

impl Pass {
    /// The beginning of a message on what goes wrong in this pass only.
    fn when(self) -> &'static str {
        match self {
            Self::First => "",
            Self::Turn => "in the second turn, ",
            Self::Iteration => "in the second iteration, ",
        }
    }
}

/// How things stand between two steps.
#[derive(Clone)]
struct Now {
    /// By tenant.
    sessions: Vec<Session>,
    /// Whether an actor takes part in the session.
    joined: Vec<bool>,
    /// The line of the step that left an actor without a connection.
    cut: Vec<Option<u32>>,
}

impl Now {
    /// How things stand when another branch, which began as `before`, is done as well.
    fn merge(&mut self, other: &Self, before: &Self) {
        changed(&mut self.sessions, &other.sessions, &before.sessions);
        changed(&mut self.joined, &other.joined, &before.joined);
        changed(&mut self.cut, &other.cut, &before.cut);
    }
}

/// Takes over what another branch changed and this one did not.
fn changed<T: Copy + PartialEq>(mine: &mut [T], theirs: &[T], before: &[T]) {
    for ((mine, theirs), before) in mine.iter_mut().zip(theirs).zip(before) {
        if mine == before {
            *mine = *theirs;
        }
    }
}

struct Walk<'a> {
    cast: Cast<'a>,
    places: &'a [Span],
    pass: Pass,
    now: Now,
    seen: awaited::Seen,
    flaws: Vec<Flaw>,
}

impl Walk<'_> {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match &step.action {
                Action::Repeat { pace, steps } => self.turns(steps, *pace != Pace::Times(1)),
                Action::ForEach { items, steps, .. } => {
                    let is_one = matches!(items, Items::List(items) if items.len() < 2);
                    self.turns(steps, !is_one);
                }
                Action::Parallel(branches) => self.branches(branches),
                Action::Barrier(_) => self.barrier(step),
                Action::Think(_) => {}
                _ => self.step(step, self.places[step.no.0]),
            }
        }
    }

    fn turns(&mut self, steps: &[Step], are_several: bool) {
        let flaws = self.flaws.len();
        self.steps(steps);
        if are_several && flaws == self.flaws.len() && self.pass == Pass::First {
            self.pass = Pass::Turn;
            self.steps(steps);
            self.pass = Pass::First;
        }
    }

    /// Branches begin as things stand; what one sends, another can await.
    fn branches(&mut self, branches: &[Vec<Step>]) {
        for step in branches.iter().flatten().flat_map(Step::with_inner) {
            self.seen.note(step, self.cast.actors);
        }
        let before = self.now.clone();
        let mut after: Option<Now> = None;
        for branch in branches {
            self.now.clone_from(&before);
            self.steps(branch);
            match &mut after {
                Some(after) => after.merge(&self.now, &before),
                None => after = Some(self.now.clone()),
            }
        }
        self.now = after.unwrap_or(before);
    }

    fn barrier(&mut self, step: &Step) {
        if self.cast.load.is_open() && self.pass == Pass::First {
            let message = "at a `rate` no instance waits for the others".to_owned();
            let help = "take the `barrier` out, or the load's `rate`".to_owned();
            self.flaws.push(Flaw { span: self.places[step.no.0], message, help });
        }
    }

    /// Teardown comes when all went well and when nothing did, so only a session that no step ever
    /// opens is told.
    fn in_teardown(&mut self, steps: &[Step]) {
        self.now.cut.fill(None);
        for session in &mut self.now.sessions {
            if *session != Session::Never {
                *session = Session::Open;
            }
        }
        for step in steps {
            self.steps(std::slice::from_ref(step));
            let tenant = self.cast.actors[step.by.0].tenant;
            if let Session::Ended(_) = self.now.sessions[tenant] {
                self.now.sessions[tenant] = Session::Open;
            }
        }
    }

    fn step(&mut self, step: &Step, span: Span) {
        self.seen.note(step, self.cast.actors);
        if self.is_cut(step, span) {
            return;
        }
        let request = match &step.action {
            Action::Mutate { call, .. } => call,
            _ => step,
        };
        if self.cast.actors[step.by.0].desk.is_some() {
            return self.after(step);
        }
        if !succeeds(step) {
            return self.perhaps(step);
        }
        if needs_session(&request.action) && request.session.is_none() {
            self.in_session(request, span);
        }
        if let Action::Await(wanted) = &step.action
            && let Some(flaw) = self.seen.impossible(wanted, step.by, self.cast, span)
        {
            self.flaws.push(flaw);
        }
        self.after(step);
    }

    /// Tells a session that is missing or over, and a session's events where they don't come.
    fn in_session(&mut self, step: &Step, span: Span) {
        let actor = &self.cast.actors[step.by.0];
        match (&step.action, self.now.sessions[actor.tenant]) {
            (_, Session::Never) => {
                let help = match actor.tenant {
                    0 => "put `- init` before it".to_owned(),
                    _ => format!("put `- init: {{ by: {} }}` before it", written(&actor.name)),
                };
                let message = format!("`{}` needs a session, and no step opened one", step.name);
                self.flaw(actor.tenant, span, message, help);
            }
            (action, Session::Ended(line)) if needs_open(action) => {
                let help = match self.pass {
                    Pass::First => "put `- init` between them, or give it `expect: error`",
                    Pass::Turn => "put `end` after the `repeat`",
                    Pass::Iteration => "begin the flow with `init`, or put `end` into `teardown`",
                };
                let (when, name) = (self.pass.when(), step.name);
                let message =
                    format!("{when}`{name}` comes after the session's end at line {line}");
                self.flaw(actor.tenant, span, message, help.to_owned());
            }
            (Action::Await(_), _) if actor.join == Join::Manual && !self.now.joined[step.by.0] => {
                let message = format!(
                    "`{}` takes no part in the session yet, and gets no events",
                    actor.name
                );
                let help = format!("put `- resume: {{ by: {} }}` before it", written(&actor.name));
                self.now.joined[step.by.0] = true;
                self.flaws.push(Flaw { span, message, help });
            }
            _ => {}
        }
    }

    /// What a step that succeeds changes.
    fn after(&mut self, step: &Step) {
        let by = step.by.0;
        let session = &mut self.now.sessions[self.cast.actors[by].tenant];
        match (&step.action, &step.session) {
            (Action::Init, _) => {
                *session = Session::Open;
                self.now.joined[by] = true;
            }
            (Action::Resume, given) => {
                if given.is_some() {
                    *session = Session::Open;
                }
                self.now.joined[by] = true;
                self.now.cut[by] = None;
            }
            (Action::End, None) => *session = Session::Ended(step.line),
            (Action::Connect { .. }, _) => {
                self.now.cut[by] = None;
                self.now.joined[by] = false;
            }
            (Action::Disconnect(_), _) => {
                self.now.cut[by] = Some(step.line);
                self.now.joined[by] = false;
            }
            (Action::Fault(Fault::CutMidFrame(_)), _) => {
                self.now.cut[by] = Some(step.line);
                self.now.joined[by] = false;
            }
            (Action::Fault(Fault::SendBeforeAck(text)), _) => {
                self.now.cut[by] = None;
                self.now.joined[by] = text.is_none();
            }
            _ => {}
        }
    }

    /// Tells a step that needs the connection that a step before it ended. Once: after it, the
    /// connection counts as there.
    fn is_cut(&mut self, step: &Step, span: Span) -> bool {
        let by = step.by.0;
        let (Some(line), true) = (self.now.cut[by], needs_connection(&step.action)) else {
            return false;
        };
        let (when, actor) = (self.pass.when(), &self.cast.actors[by].name);
        let message = format!("{when}`{actor}` has no connection since line {line}");
        let by_actor = written(actor);
        let connect = format!("`- connect: {{ by: {by_actor} }}` before it");
        let help = match self.cast.actors[by].desk {
            None => format!("put `- resume: {{ by: {by_actor} }}` or {connect}"),
            Some(_) => format!("put {connect}"),
        };
        self.flaws.push(Flaw { span, message, help });
        self.now.cut[by] = None;
        true
    }

    /// A step that may be refused. Where it may as well succeed, nothing is told for want of it.
    fn perhaps(&mut self, step: &Step) {
        if !matches!(step.expect, Expect::Any) {
            return;
        }
        match step.action {
            Action::Init => {
                self.now.joined[step.by.0] = true;
                self.now.sessions[self.cast.actors[step.by.0].tenant] = Session::Open;
            }
            Action::Resume => {
                self.now.joined[step.by.0] = true;
                self.now.cut[step.by.0] = None;
            }
            Action::Connect { .. } => self.now.cut[step.by.0] = None,
            _ => {}
        }
    }

    /// Tells a flaw once: after it, the session counts as open.
    fn flaw(&mut self, tenant: usize, span: Span, message: String, help: String) {
        self.flaws.push(Flaw { span, message, help });
        self.now.sessions[tenant] = Session::Open;
    }
}

/// An actor's name as a value in YAML, where a bracket needs quotes.
fn written(actor: &str) -> String {
    if actor.contains('[') { format!("\"{actor}\"") } else { actor.to_owned() }
}
