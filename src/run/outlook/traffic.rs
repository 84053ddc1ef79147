//! What steps send and what comes back of it, as far as the file tells.

use std::time::Duration;

use crate::scenario::{Action, Habit, Items, Join, Pace, Pause, Scenario, Step};

/// What some steps come to. Replies of a concierge and repeated attempts are not known beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Traffic {
    /// Frames that are sent.
    pub(super) requests: u64,
    /// Chat messages among them, which the desk sees.
    pub(super) sends: u64,
    /// Events that come of them, over all devices.
    pub(super) events: u64,
    /// How long the steps pause, on average.
    pub(super) pause: Duration,
    /// The longest text that is sent, in bytes.
    pub(super) largest: u64,
    /// Whether there may be more, as something depends on answers.
    pub(super) is_least: bool,
}

impl Traffic {
    /// What steps come to, one after the other.
    pub(super) fn of(steps: &[Step], scenario: &Scenario) -> Self {
        steps.iter().map(|step| Self::of_step(step, scenario)).fold(Self::default(), Self::then)
    }

    fn of_step(step: &Step, scenario: &Scenario) -> Self {
        match &step.action {
            Action::Think(pause) => Self { pause: mean(*pause), ..Self::default() },
            Action::Repeat { pace: Pace::Times(times), steps } => {
                Self::of(steps, scenario).times(u64::from(*times))
            }
            Action::Repeat { pace: Pace::Planned { per_s, time }, steps } => {
                let turns = turns(*per_s, *time);
                let all = Self::of(steps, scenario).times(turns);
                Self { pause: all.pause.max(*time), ..all }
            }
            Action::ForEach { items: Items::List(items), steps, .. } => {
                Self::of(steps, scenario).times(items.len() as u64)
            }
            Action::ForEach { items: Items::Of(_), steps, .. } => {
                Self { is_least: true, ..Self::of(steps, scenario) }
            }
            Action::Parallel(branches) => branches
                .iter()
                .map(|branch| Self::of(branch, scenario))
                .fold(Self::default(), Self::beside),
            Action::Await(_) | Action::Barrier(_) | Action::Fault(_) => Self::default(),
            Action::Connect { .. } | Action::Disconnect(_) => Self::default(),
            _ => Self { is_least: step.eventually.is_some(), ..Self::of_request(step, scenario) },
        }
    }

    fn of_request(step: &Step, scenario: &Scenario) -> Self {
        let one = Self { requests: 1, ..Self::default() };
        match &step.action {
            Action::Init => Self { requests: 1 + 2 * joining(step, scenario), ..one },
            Action::Resume => Self { requests: 2, ..one },
            Action::Messages { all: true, .. } | Action::Mutate { .. } => {
                Self { is_least: true, ..one }
            }
            Action::Upload(_) => Self::default(),
            Action::Send { content, .. } => {
                let text = content.as_constant().and_then(|text| text.as_str());
                let largest = text.map_or(0, |text| text.len() as u64);
                Self { sends: 1, events: audience(step, scenario, true), largest, ..one }
            }
            Action::Unsend(_) | Action::End => {
                Self { events: audience(step, scenario, false), ..one }
            }
            Action::Call { body, .. } => {
                let body = body.as_constant().map_or(0, |body| body.to_string().len());
                Self { largest: body as u64, ..one }
            }
            _ => one,
        }
    }

    /// These, and then the others.
    pub(super) fn then(self, later: Self) -> Self {
        let pause = self.pause.saturating_add(later.pause);
        Self { pause, ..self.beside(later) }
    }

    /// These, and the others at the same time.
    fn beside(self, other: Self) -> Self {
        Self {
            requests: self.requests.saturating_add(other.requests),
            sends: self.sends.saturating_add(other.sends),
            events: self.events.saturating_add(other.events),
            pause: self.pause.max(other.pause),
            largest: self.largest.max(other.largest),
            is_least: self.is_least || other.is_least,
        }
    }

    /// These, so often.
    pub(super) fn times(self, times: u64) -> Self {
        Self {
            requests: self.requests.saturating_mul(times),
            sends: self.sends.saturating_mul(times),
            events: self.events.saturating_mul(times),
            pause: self.pause.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX)),
            ..self
        }
    }
}

/// Actors that resume a new session by themselves.
fn joining(step: &Step, scenario: &Scenario) -> u64 {
    let tenant = scenario.actors[step.by.0].tenant;
    let joins = |nth: usize| nth != step.by.0 && scenario.actors[nth].join == Join::Auto;
    let others = (0..scenario.actors.len()).filter(|nth| scenario.actors[*nth].tenant == tenant);
    others.filter(|nth| joins(*nth)).count() as u64
}

/// Devices of the sender's tenant, all of which get an event.
fn audience(step: &Step, scenario: &Scenario, is_message: bool) -> u64 {
    let tenant = scenario.actors[step.by.0].tenant;
    let devices = scenario.actors.iter().filter(|actor| actor.tenant == tenant).count() as u64;
    let is_without_own = is_message && scenario.settings.own_echo == Habit::Never;
    devices - u64::from(is_without_own)
}

fn mean(pause: Pause) -> Duration {
    match pause {
        Pause::Fixed(time) | Pause::Normal(time, _) | Pause::Exponential(time) => time,
        Pause::Between(least, most) => least + most.saturating_sub(least) / 2,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and no rate is negative"
)]
fn turns(per_s: f64, time: Duration) -> u64 {
    (per_s * time.as_secs_f64()).round() as u64
}
