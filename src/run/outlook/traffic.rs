//! What steps send and what comes back of it, as far as the file tells.

use std::time::Duration;

use crate::scenario::{Action, Fault, Habit, Items, Join, Pace, Pause, Scenario, Step};

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
            Action::Fault(fault) => Self::of_fault(step, fault, scenario),
            Action::Await(_) | Action::Barrier(_) => Self::default(),
            Action::Connect { .. } | Action::Disconnect(_) => Self::default(),
            _ => {
                let one = Self::of_request(step, scenario);
                Self { is_least: one.is_least || step.eventually.is_some(), ..one }
            }
        }
    }

    fn of_fault(step: &Step, fault: &Fault, scenario: &Scenario) -> Self {
        let send = Self {
            requests: 1,
            sends: 1,
            events: audience(step, scenario, true),
            ..Self::default()
        };
        match fault {
            Fault::SlowReader(time) => Self { pause: *time, ..Self::default() },
            Fault::CutMidFrame(_) => Self::default(),
            Fault::SendBeforeAck(None) => Self { requests: 1, ..Self::default() },
            Fault::SendBeforeAck(Some(_)) => send,
            Fault::DoubleSend(_) => send.times(2),
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::scenario::{ParseContext, SourceFile, parse};

    use super::*;

    /// What a flow of two actors comes to: requests, sends, events, seconds of pauses.
    #[track_caller]
    fn check(flow: &str, expected: (u64, u64, u64, u64), is_least: bool) {
        let context = ParseContext {
            env: &|_| None,
            read_file: &|_| Err(std::io::ErrorKind::NotFound.into()),
            list_folder: &|_| Ok(None),
        };
        let text = format!("name: x\nactors: {{ a: {{}}, b: {{}} }}\nflow: [init, {flow}]\n");
        let source = SourceFile::new("x.yaml", &text);
        let scenario = parse(source, Some(Path::new("")), &context).expect(&text);
        let traffic = Traffic::of(&scenario.flow, &scenario);
        let Traffic { requests, sends, events, pause, .. } = traffic;
        // Less what the init and the other actor's joining take.
        assert_eq!((requests - 3, sends, events, pause.as_secs()), expected, "{flow}");
        assert_eq!(traffic.is_least, is_least, "{flow}");
    }

    #[test]
    fn every_device_of_a_tenant_gets_what_one_sends() {
        check("{ send: hello }", (1, 1, 2, 0), false);
        check("ping, unread", (2, 0, 0, 0), false);
        check("{ send: { text: a, as: m } }, { unsend: m }, end", (3, 1, 6, 0), false);
    }

    #[test]
    fn what_is_repeated_counts_each_time() {
        check("{ repeat: { times: 3, steps: [{ send: a }, { think: 2s }] } }", (3, 3, 6, 6), false);
        check("{ repeat: { rate: 2/s, for: 5s, steps: [ping] } }", (10, 0, 0, 5), false);
        check("{ fault: { kind: double-send } }", (2, 2, 4, 0), false);
        check("{ fault: { kind: slow-reader, for: 2s } }", (0, 0, 0, 2), false);
        check(
            "{ for_each: { in: [a, b], as: x, steps: [{ send: \"${x}\" }] } }",
            (2, 2, 4, 0),
            false,
        );
    }

    #[test]
    fn branches_pause_at_the_same_time() {
        check(
            "{ parallel: [[{ think: 2s }, ping], [{ think: 1s..3s }, ping]] }",
            (2, 0, 0, 2),
            false,
        );
        check("{ think: 2s }, { think: { exponential: 1s } }", (0, 0, 0, 3), false);
    }

    #[test]
    fn what_depends_on_answers_is_told_as_the_least() {
        check("{ messages: { limit: 5, all: true } }", (1, 0, 0, 0), true);
    }
}
