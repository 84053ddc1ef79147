//! What a run will do, told before it does anything: devices, accounts, messages, quotas, cost.
//!
//! What the service gets is told of the whole plan; what this machine carries, of the shard that it
//! plays. It reads a plan and connects to nothing. What depends on how fast answers come is not made up.
//! Start from [`Outlook::of`].

mod quota;
mod scenario;
mod shortfall;
mod traffic;

use jiff::Timestamp;
use serde::Serialize;

use crate::load::Shard;

use super::plan::ScenarioPlan;

use quota::{Used, quotas};
use scenario::count;

pub use quota::{Nearness, Quota};
pub use scenario::ScenarioOutlook;

/// Bytes around a chat message's text in its frame, roughly.
const ENVELOPE: u64 = 512;

/// Bytes that API Gateway counts as one message.
const BILLED_BYTES: u64 = 32 * 1024;

/// Below so many messages, and connection minutes, a run is a trifle; below the second, small.
const TRIFLE: f64 = 100_000.0;
const SMALL: f64 = 10_000_000.0;

/// What a run is given beside its scenarios.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// The target as reports name it.
    pub target: &'a str,
    /// Which share of the scenarios is run here.
    pub shard: Shard,
    /// When it begins; `None`: at once.
    pub start_at: Option<Timestamp>,
    /// How many accounts there are; `None`: as many as are wanted.
    pub accounts: Option<usize>,
    /// Whether there is a token that has expired.
    pub has_expired_token: bool,
    /// Whether there is an origin that upload URLs are asked of.
    pub has_upload_origin: bool,
    /// Connects a second, over all shards; `None` sets no bound.
    pub connects_per_s: Option<f64>,
    /// Messages sent a second, over all shards; `None` sets no bound.
    pub most_sends_per_s: Option<f64>,
    /// Scenarios without a load that run side by side.
    pub jobs: usize,
    /// Sockets in this process for each device: two where the server is embedded.
    pub sockets_each: u64,
    /// Open files beside sockets.
    pub spare_files: u64,
}

/// What a run will do, as far as its plan tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outlook {
    /// Against what.
    pub target: String,
    /// Which share of it is run here.
    pub shard: Shard,
    /// When it begins, RFC 3339 in UTC; `None`: at once.
    pub start_at: Option<String>,
    /// Each scenario by itself.
    pub scenarios: Vec<ScenarioOutlook>,
    /// How many of them without a load run side by side.
    pub jobs: usize,
    /// Simulated devices, over all scenarios and shards.
    pub devices: u64,
    /// Those of this shard.
    pub devices_here: u64,
    /// Of those at most so many at once.
    pub devices_at_once: u64,
    /// Sockets that takes in this process, with those of uploads and of an embedded server.
    pub sockets: u64,
    /// Open files, sockets included.
    pub open_files: u64,
    /// Accounts without which something is skipped.
    pub accounts_needed: usize,
    /// Accounts that there are; `None`: as many as are wanted.
    pub accounts: Option<usize>,
    /// Connects a second at most, over all shards; `None`: no bound.
    pub connects_per_s: Option<f64>,
    /// The part of that which this shard has.
    pub connects_per_s_here: Option<f64>,
    /// How long the connecting of this shard takes in all, in seconds.
    pub connecting_s: f64,
    /// How long the run takes, in seconds, without the time that answers take.
    pub length_s: f64,
    /// Messages sent a second at most; `None`: as fast as answers come.
    pub messages_per_s: Option<f64>,
    /// Events a second that these fan out to.
    pub events_per_s: Option<f64>,
    /// Messages sent, pings aside; `None`: as many as answers allow.
    pub messages: Option<u64>,
    /// Chat messages among them, which people at the desk see.
    pub desk_messages: Option<u64>,
    /// Events received.
    pub events: Option<u64>,
    /// Whether any of this may be more, as something depends on answers.
    pub is_least: bool,
    /// What API Gateway allows, and what the run takes of it.
    pub quotas: Vec<Quota>,
    /// What API Gateway counts for its bill.
    pub cost: Cost,
}

/// What API Gateway counts for its bill, without a price.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Messages in and out, each 32 KiB begun; `None`: as many as answers allow.
    pub messages: Option<u64>,
    /// Minutes of all connections together.
    pub connection_minutes: f64,
    /// In a word: `trifling`, `small`, `large`, or `unknown`.
    pub class: &'static str,
}

impl Outlook {
    /// What these scenarios will do.
    pub fn of(plans: &[ScenarioPlan], given: &Given<'_>) -> Self {
        let all: Vec<_> = plans.iter().map(|plan| ScenarioOutlook::of(plan, given)).collect();
        let played: Vec<_> = all.iter().filter(|one| one.skipped.is_none()).collect();
        let at_once = at_once(&played, given.jobs, |one| Some(f64::from(one.devices_here)));
        let devices_at_once = at_once.map_or(0, whole);
        let uploads = self::at_once(&played, given.jobs, |one| Some(f64::from(one.uploads)));
        let sockets = (devices_at_once + uploads.map_or(0, whole)) * given.sockets_each;
        let bound = given.most_sends_per_s;
        let at_rate =
            |of: fn(&ScenarioOutlook) -> Option<f64>| self::at_once(&played, given.jobs, of);
        let sum = |of: fn(&ScenarioOutlook) -> Option<u64>| {
            played.iter().try_fold(0u64, |sum, one| Some(sum.saturating_add(of(one)?)))
        };
        let messages_per_s = at_rate(|one| one.messages_per_s);
        let messages_per_s = [messages_per_s, bound].into_iter().flatten().reduce(f64::min);
        let devices = played.iter().map(|one| u64::from(one.devices)).sum();
        let devices_here = played.iter().map(|one| u64::from(one.devices_here)).sum();
        let connects_per_s_here = given.connects_per_s.map(|rate| given.shard.part_of(rate));
        let (messages, events) = (sum(|one| one.messages), sum(|one| one.events));
        let largest = played.iter().map(|one| one.largest + ENVELOPE).max().unwrap_or(ENVELOPE);
        let events_per_s = at_rate(|one| one.events_per_s);
        let length_s = length(&played, given.jobs);
        let ping_every_s = plans
            .iter()
            .map(|plan| plan.scenario.settings.ping_every.as_secs_f64())
            .fold(0.0, f64::max);
        let used = Used {
            // Without a bound, all of them may come within a second.
            connects_per_s: Some(given.connects_per_s.unwrap_or(f64::MAX).min(count(devices))),
            requests_per_s: messages_per_s
                .zip(events_per_s)
                .map(|(messages, events)| 2.0 * messages + events),
            ping_every_s,
            length_s: Some(played.iter().map(|one| one.length_s).fold(0.0, f64::max)),
            message_bytes: count(largest),
        };
        Self {
            target: given.target.to_owned(),
            shard: given.shard,
            start_at: given.start_at.map(|at| at.to_string()),
            jobs: given.jobs,
            devices,
            devices_here,
            devices_at_once,
            sockets,
            open_files: sockets + given.spare_files,
            accounts_needed: all.iter().map(|one| one.accounts_needed).max().unwrap_or(1),
            accounts: given.accounts,
            connects_per_s: given.connects_per_s,
            connects_per_s_here,
            connecting_s: connects_per_s_here.map_or(0.0, |rate| count(devices_here) / rate),
            length_s,
            messages_per_s,
            events_per_s,
            messages,
            desk_messages: sum(|one| one.sends),
            events,
            is_least: played.iter().any(|one| one.is_least),
            quotas: quotas(&used),
            cost: cost(&played, messages.zip(events), largest),
            scenarios: all,
        }
    }
}

/// The most of something at once: of a scenario alone, or of those side by side.
fn at_once(
    played: &[&ScenarioOutlook],
    jobs: usize,
    of: impl Fn(&ScenarioOutlook) -> Option<f64>,
) -> Option<f64> {
    let (mut alone, mut beside) = (0.0, Vec::new());
    for one in played {
        match of(one)? {
            much if one.is_alone => alone = much.max(alone),
            much => beside.push(much),
        }
    }
    beside.sort_by(|a: &f64, b| b.total_cmp(a));
    Some(beside.iter().take(jobs).sum::<f64>().max(alone))
}

/// Scenarios with a load come one after another, the others side by side.
fn length(played: &[&ScenarioOutlook], jobs: usize) -> f64 {
    let lengths = |is_alone: bool| {
        played.iter().filter(move |one| one.is_alone == is_alone).map(|one| one.length_s)
    };
    let shared = lengths(false).sum::<f64>() / count(jobs.max(1) as u64);
    lengths(true).sum::<f64>() + shared.max(lengths(false).fold(0.0, f64::max))
}

fn cost(played: &[&ScenarioOutlook], traffic: Option<(u64, u64)>, largest: u64) -> Cost {
    // Every request has an answer, and is counted as large as the largest one.
    let messages = traffic.map(|(messages, events)| {
        messages.saturating_mul(2).saturating_add(events) * largest.div_ceil(BILLED_BYTES)
    });
    let minutes = |one: &&ScenarioOutlook| f64::from(one.devices) * one.length_s / 60.0;
    let connection_minutes = played.iter().map(minutes).sum::<f64>();
    let class = match messages.map(|messages| count(messages).max(connection_minutes)) {
        None => "unknown",
        Some(much) if much < TRIFLE => "trifling",
        Some(much) if much < SMALL => "small",
        Some(_) => "large",
    };
    Cost { messages, connection_minutes, class }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sums of devices are whole and not negative"
)]
fn whole(sum: f64) -> u64 {
    sum as u64
}
