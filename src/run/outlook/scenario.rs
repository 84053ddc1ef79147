//! What one scenario of a run will do.

use std::time::Duration;

use jiff::fmt::friendly::SpanPrinter;
use serde::Serialize;

use crate::load::Spacing;
use crate::run::plan::{Course, ScenarioPlan};
use crate::scenario::{Action, Auth, Step, Until};

use super::Given;
use super::traffic::Traffic;

/// What one scenario will do, as far as its file tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioOutlook {
    /// Its name.
    pub name: String,
    /// Simulated devices over all shards, one connection each.
    pub devices: u32,
    /// Flow instances that share them.
    pub instances: u32,
    /// Devices of this shard.
    pub devices_here: u32,
    /// Flow instances that share those.
    pub instances_here: u32,
    /// When the instances play, in words.
    pub model: String,
    /// Whether it runs alone, since a load is asked of it.
    pub is_alone: bool,
    /// What a cap has left of its own load, in words.
    pub cut_down: Option<String>,
    /// Accounts that one flow needs.
    pub accounts_needed: usize,
    /// Why it will not run.
    pub skipped: Option<String>,
    /// Why some of its steps will not be made.
    pub steps_skipped: Vec<String>,
    /// Messages that one flow sends to the service; events of those, over all devices.
    pub messages_per_flow: u64,
    /// Chat messages among them.
    pub sends_per_flow: u64,
    /// Events that they fan out to.
    pub events_per_flow: u64,
    /// Messages sent a second, pings included; `None`: as fast as answers come.
    pub messages_per_s: Option<f64>,
    /// Events a second.
    pub events_per_s: Option<f64>,
    /// Messages sent over the whole run, pings aside; `None`: as many as answers allow.
    pub messages: Option<u64>,
    /// Chat messages among them.
    pub sends: Option<u64>,
    /// Events over the whole run.
    pub events: Option<u64>,
    /// How long it goes on, in seconds, without the time that answers take.
    pub length_s: f64,
    /// Whether any of this may be more, as something depends on answers.
    pub is_least: bool,
    /// Why some planned starts will be dropped, in words.
    pub shortfall: Option<String>,
    /// How long one flow pauses by itself, in seconds, on average.
    #[serde(skip)]
    pub pause_s: f64,
    #[serde(skip)]
    pub(super) largest: u64,
    /// Uploads of this shard that may be under way at once.
    #[serde(skip)]
    pub(super) uploads: u32,
}

impl ScenarioOutlook {
    pub(super) fn of(plan: &ScenarioPlan, given: &Given<'_>) -> Self {
        let scenario = &plan.scenario;
        let instances_here = plan.instances_in(given.shard);
        let flow = Traffic::of(&scenario.flow, scenario);
        let once =
            Traffic::of(&scenario.setup, scenario).then(Traffic::of(&scenario.teardown, scenario));
        let flows = flows(plan, flow.pause);
        let whole = flows.map(|flows| flow.times(flows).then(once.times(plan.instances.into())));
        let per_s = flows_per_s(plan, flow.pause);
        let pings_per_s = f64::from(plan.devices()) / scenario.settings.ping_every.as_secs_f64();
        let cap = given.most_sends_per_s;
        let sent_per_s = per_s.map(|per_s| per_s * count(flow.requests));
        let sent_per_s = [sent_per_s, cap].into_iter().flatten().reduce(f64::min);
        let share =
            |part: u64| sent_per_s.map(|per_s| per_s * count(part) / count(flow.requests.max(1)));
        Self {
            name: scenario.name.clone(),
            devices: plan.devices(),
            instances: plan.instances,
            devices_here: plan.devices_in(given.shard),
            instances_here,
            model: model(plan),
            is_alone: plan.is_alone,
            cut_down: plan.cut_down(),
            accounts_needed: scenario.tenants,
            skipped: skipped(plan, given),
            steps_skipped: steps_skipped(plan, given),
            messages_per_flow: flow.requests,
            sends_per_flow: flow.sends,
            events_per_flow: flow.events,
            messages_per_s: sent_per_s.map(|per_s| per_s + pings_per_s),
            events_per_s: share(flow.events),
            messages: whole.map(|whole| whole.requests),
            sends: whole.map(|whole| whole.sends),
            events: whole.map(|whole| whole.events),
            length_s: length(plan, flow.pause, once.pause, given).as_secs_f64(),
            is_least: flow.is_least || once.is_least,
            shortfall: plan.shortfall(),
            pause_s: flow.pause.as_secs_f64(),
            largest: flow.largest.max(once.largest),
            uploads: if plan.uploads() && given.has_upload_origin { instances_here } else { 0 },
        }
    }
}

/// Flows over all instances, at most; `None` where it depends on how fast answers come.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and no time is negative"
)]
fn flows(plan: &ScenarioPlan, pause: Duration) -> Option<u64> {
    let in_time = |time: Duration| {
        let rounds = (!pause.is_zero()).then(|| time.as_secs_f64() / pause.as_secs_f64())?;
        Some(rounds.ceil() as u64 * u64::from(plan.instances))
    };
    match &plan.course {
        Course::Closed(Until::Iterations(times)) => {
            Some(u64::from(*times) * u64::from(plan.instances))
        }
        Course::Closed(Until::Elapsed(time)) => in_time(*time),
        Course::Open(arrivals) => Some(arrivals.count()),
        Course::Staged(population) => {
            (!pause.is_zero()).then(|| (population.played_s() / pause.as_secs_f64()).ceil() as u64)
        }
    }
}

/// Flows begun a second, at most; `None` where it depends on how fast answers come.
fn flows_per_s(plan: &ScenarioPlan, pause: Duration) -> Option<f64> {
    match &plan.course {
        Course::Open(arrivals) => Some(arrivals.fastest()),
        Course::Closed(_) | Course::Staged(_) => {
            (!pause.is_zero()).then(|| f64::from(plan.instances) / pause.as_secs_f64())
        }
    }
}

/// How long it goes on at least, once its devices begin to connect.
fn length(plan: &ScenarioPlan, pause: Duration, once: Duration, given: &Given<'_>) -> Duration {
    let connecting = plan.ramp(given.connects_per_s).start(plan.instances.saturating_sub(1));
    connecting.saturating_add(once).saturating_add(match &plan.course {
        Course::Closed(Until::Iterations(times)) => pause.saturating_mul(*times),
        Course::Closed(Until::Elapsed(time)) => *time,
        Course::Open(arrivals) => arrivals.end().saturating_add(pause),
        Course::Staged(population) => population.end(),
    })
}

fn model(plan: &ScenarioPlan) -> String {
    match &plan.course {
        Course::Closed(Until::Iterations(1)) => "once".into(),
        Course::Closed(Until::Iterations(times)) => format!("{times} times each"),
        Course::Closed(Until::Elapsed(time)) => format!("again and again for {}", told(*time)),
        Course::Open(arrivals) => {
            let (count, fastest, end) = (arrivals.count(), arrivals.fastest(), arrivals.end());
            let about = match arrivals.spacing() {
                Spacing::Uniform => "",
                Spacing::Poisson => "about ",
            };
            format!("{about}{count} flows begun within {}, up to {fastest}/s", told(end))
        }
        Course::Staged(population) => {
            let (end, each) = (told(population.end()), plan.devices_each());
            let counts = population.legs().flat_map(|leg| [leg.from, leg.to]);
            let counts = counts.map(|instances| instances.saturating_mul(each));
            let least = counts.clone().min().unwrap_or(0);
            let most = counts.max().unwrap_or(0);
            format!("in stages of {least} to {most} devices over {end}")
        }
    }
}

/// As a scenario would write it: `20m`.
fn told(time: Duration) -> String {
    SpanPrinter::new().unsigned_duration_to_string(&time)
}

fn skipped(plan: &ScenarioPlan, given: &Given<'_>) -> Option<String> {
    let (needed, accounts) = (plan.scenario.tenants, given.accounts?);
    (accounts < needed).then(|| format!("it needs {needed} accounts, and there is {accounts}"))
}

fn steps_skipped(plan: &ScenarioPlan, given: &Given<'_>) -> Vec<String> {
    let count = |fits: &dyn Fn(&Step) -> bool| plan.scenario.steps().filter(|s| fits(s)).count();
    let connects_as = |wanted: Auth| {
        count(&|step| matches!(step.action, Action::Connect { auth, .. } if auth == wanted))
    };
    let lacking = [
        (given.accounts.is_some_and(|n| n < 2), connects_as(Auth::OtherTenant), "a second account"),
        (!given.has_expired_token, connects_as(Auth::Expired), "an expired token"),
        (
            !given.has_upload_origin,
            count(&|step| matches!(step.action, Action::Upload(_))),
            "--upload-origin",
        ),
    ];
    let lacking = lacking.into_iter().filter(|(is_lacking, steps, _)| *is_lacking && *steps > 0);
    let told = lacking.map(|(_, steps, what)| match steps {
        1 => format!("1 step for want of {what}"),
        _ => format!("{steps} steps for want of {what}"),
    });
    told.collect()
}

#[expect(clippy::cast_precision_loss, reason = "no run counts up to 2^53")]
pub(super) fn count(count: u64) -> f64 {
    count as f64
}
