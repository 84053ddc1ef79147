//! Everything that is decided before the first connection.

mod load;
mod shard;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;
use uuid::Uuid;

use crate::device::{AccessToken, Network, Target};
use crate::load::{Arrivals, Population, Ramp, Shard};
use crate::metrics::Threshold;
use crate::protocol::{AccountNo, Caller, Clean, SchemaSet, Secrets, TokenKind};
use crate::scenario::{Action, Scenario, Until};

use super::account::Account;
use super::desk::Desk;
use super::gate::Gate;
use super::in_force::InForce;
use super::safety::Safety;
use super::watch::Watch;

pub use load::{LoadOverride, PlanError, plan_scenarios};
pub use shard::{Common, ShardError, check_shard};

/// A run, decided.
#[derive(Clone)]
pub struct RunPlan {
    /// Unique name of the run.
    pub run_id: String,
    /// Feeds every random choice.
    pub seed: u64,
    /// The socket origin.
    pub target: Target,
    /// The target as reports name it.
    pub target_label: String,
    /// Where upload URLs are asked for; `None` skips uploads.
    pub upload_origin: Option<Url>,
    /// Whether the server runs in this process, and shares the cores.
    pub is_embedded: bool,
    /// Hosts beside loopback that may be spoken to.
    pub allowed_hosts: Vec<String>,
    /// Whose tokens there are; never empty.
    pub accounts: Vec<Account>,
    /// A token that has expired; without one, steps that need one are skipped.
    pub expired_token: Option<AccessToken>,
    /// Which share of it is run here. All else is of the whole plan, so that what a shard does follows
    /// from the plan and its index alone.
    pub shard: Shard,
    /// The instant that it is to begin at, together with other shards; `None`: at once.
    pub start_at: Option<Timestamp>,
    /// What is run, in order.
    pub scenarios: Vec<ScenarioPlan>,
    /// At most so many connects a second, over all shards; `None` sets no bound.
    pub connect_rate: Option<f64>,
    /// How many scenarios without a load run side by side.
    pub jobs: usize,
    /// How many threads simulate devices.
    pub workers: usize,
    /// What a command line that repeats the run has to say beside scenario, target, load and seed.
    pub repeat_with: Vec<String>,
    /// What frames are held to.
    pub schemas: Arc<SchemaSet>,
    /// What makes the run fail.
    pub gate: Gate,
    /// What the figures of the whole run must be.
    pub thresholds: Vec<Threshold>,
    /// What holds for the run, and who said so.
    pub in_force: Vec<InForce>,
    /// How streams are opened.
    pub network: Network,
    /// What the ids of devices begin with.
    pub device_prefix: String,
    /// What keeps the run from doing harm.
    pub safety: Safety,
    /// The secrets in use; more may come to be known as the run goes on.
    pub secrets: Secrets,
    /// Whether personal data is left as it is.
    pub shows_personal_data: bool,
    /// Whether connects come in no lockstep, each a little later than planned, by the seed.
    pub jitters: bool,
    /// Whether a flow instance ends the sessions that it opened and left open.
    pub ends_sessions: bool,
    /// Who is told of the run while it goes on.
    pub watch: Watch,
    /// What was to be said of the accounts before the run, a sentence each; the record keeps it.
    pub account_warnings: Vec<String>,
}

/// One scenario of a run: its numbers are of the whole plan, whichever share is run here.
#[derive(Clone)]
pub struct ScenarioPlan {
    /// What is done.
    pub scenario: Arc<Scenario>,
    /// By how many flow instances.
    pub instances: u32,
    /// The number of its first flow instance over the whole run.
    pub first_flow: u32,
    /// The number of its first device over the whole run.
    pub first_device: u32,
    /// The number of its first tenant, were each tenant of each instance another one. Scenarios that
    /// run side by side so share no account while there are enough.
    pub first_tenant: usize,
    /// Where each actor plays the concierge; none for a tenant's device.
    pub desks: Arc<[Option<Desk>]>,
    /// When instances begin their flow, and when they are done.
    pub course: Course,
    /// Over how long the instances start.
    pub ramp_up: Duration,
    /// Ends the run early, as failed.
    pub abort_on: Option<Threshold>,
    /// How many devices the file asks for, where a bound leaves fewer.
    pub cut_from: Option<u32>,
    /// Whether it runs alone, since a load is asked of it.
    pub is_alone: bool,
}

/// When the instances of a scenario begin their flow, and when they are done.
#[derive(Clone, Debug, PartialEq)]
pub enum Course {
    /// An instance begins again when it is done (closed model).
    Closed(Until),
    /// Flows begin at planned instants, by whichever instance is idle (open model).
    Open(Arrivals),
    /// Instances play while they are wanted (closed model, in stages).
    Staged(Population),
}

impl Course {
    /// When an instance is wanted first, since the beginning of its scenario.
    pub(super) fn first_turn(&self, instance: u32) -> Duration {
        match self {
            Self::Staged(population) => population.next_turn(instance, Duration::ZERO),
            Self::Closed(_) | Self::Open(_) => None,
        }
        .unwrap_or_default()
    }
}

impl ScenarioPlan {
    /// Devices of one flow instance.
    pub fn devices_each(&self) -> u32 {
        // A scenario with more actors than fit a u32 is not planned.
        u32::try_from(self.scenario.actors.len()).unwrap_or(u32::MAX)
    }

    /// Devices of all flow instances.
    pub fn devices(&self) -> u32 {
        self.instances.saturating_mul(self.devices_each())
    }

    /// The number over the whole run of the `nth` device of an instance, both from 0.
    pub fn device(&self, instance: u32, nth: u32) -> u32 {
        self.first_device + instance * self.devices_each() + nth
    }

    /// The number over all instances of an iteration of one, both from 0: rows of data are dealt out by
    /// it.
    pub fn nth_iteration(&self, instance: u32, iteration: u64) -> u64 {
        iteration * u64::from(self.instances) + u64::from(instance)
    }

    /// What a bound has left of the devices that the file asks for, in words.
    pub fn cut_down(&self) -> Option<String> {
        let (name, asked, left) = (&self.scenario.name, self.cut_from?, self.devices());
        Some(format!("{name}: {left} devices in place of {asked}, as caps.devices asks"))
    }

    /// Tenants of all flow instances, were each another one.
    pub fn tenants(&self) -> usize {
        self.instances as usize * self.scenario.tenants
    }

    /// When its instances start.
    pub fn ramp(&self, connect_rate: Option<f64>) -> Ramp {
        Ramp {
            instances: self.instances,
            devices_each: self.devices_each(),
            over: self.ramp_up,
            connects_per_s: connect_rate,
        }
    }

    /// Whether any step uploads.
    pub fn uploads(&self) -> bool {
        self.scenario.steps().any(|step| matches!(step.action, Action::Upload(_)))
    }

    /// Whether any step awaits an event, so that events have to be kept.
    pub fn awaits(&self) -> bool {
        self.scenario.steps().any(|step| matches!(step.action, Action::Await(_)))
    }
}

impl RunPlan {
    /// A plan of nothing, by nobody, on one thread and without bounds: what is to be run is put in
    /// its place.
    pub fn against(target: Target) -> Self {
        Self {
            run_id: String::new(),
            seed: 0,
            target_label: target.to_string(),
            target,
            upload_origin: None,
            is_embedded: false,
            allowed_hosts: Vec::new(),
            accounts: Vec::new(),
            expired_token: None,
            shard: Shard::WHOLE,
            start_at: None,
            scenarios: Vec::new(),
            connect_rate: None,
            jobs: 1,
            workers: 1,
            repeat_with: Vec::new(),
            schemas: SchemaSet::builtin(),
            gate: Gate::default(),
            thresholds: Vec::new(),
            in_force: Vec::new(),
            network: Network::default(),
            device_prefix: "deskbell".into(),
            safety: Safety::default(),
            secrets: Secrets::default(),
            shows_personal_data: false,
            jitters: false,
            ends_sessions: true,
            watch: Watch::default(),
            account_warnings: Vec::new(),
        }
    }

    /// How many connects a second there may be, over all shards; `None` sets no bound.
    pub fn connects_per_s(&self) -> Option<f64> {
        self.safety.connects_per_s(self.connect_rate)
    }

    /// Whether others run beside it on other machines, whose clocks should agree with this one's.
    pub(super) fn is_concerted(&self) -> bool {
        self.shard.is_part() || self.start_at.is_some()
    }

    /// Makes the tokens of its accounts known as secrets in use.
    pub fn note_tokens(&self) {
        let tokens = self.accounts.iter().map(Account::token);
        tokens.chain(self.expired_token.clone()).for_each(|token| token.keep_in(&self.secrets));
    }

    /// What makes that which is told of the run fit to be kept.
    pub fn clean(&self) -> Clean {
        Clean::new(self.secrets.clone(), self.shows_personal_data, &self.run_id)
    }

    /// Which accounts the tenants of an instance use, as indices; more than one tenant may share
    /// one only over instances.
    pub fn accounts_of(&self, plan: &ScenarioPlan, instance: u32) -> Vec<usize> {
        let tenants = plan.scenario.tenants;
        let first = plan.first_tenant + instance as usize * tenants;
        (first..first + tenants).map(|nth| nth % self.accounts.len()).collect()
    }

    /// Who connects by an account, with this token, as this device.
    pub fn caller(&self, account: usize, token: TokenKind, device_id: Option<&str>) -> Caller {
        let tenant = self.accounts[account].tenant;
        // No more accounts are planned with than there are devices, which are counted in a u32.
        let account = AccountNo(u32::try_from(account).unwrap_or(u32::MAX));
        Caller { account, tenant, token, device_id: device_id.map(Into::into) }
    }

    /// Whether the accounts are of two tenants at least; one whose tenant was not told is taken for
    /// a tenant of its own.
    pub fn has_second_tenant(&self) -> bool {
        let first = self.accounts.first().and_then(|account| account.tenant);
        self.accounts.iter().skip(1).any(|other| first.is_none() || other.tenant != first)
    }

    /// Whether there are accounts enough for every tenant of one flow.
    pub fn has_accounts_for(&self, scenario: &Scenario) -> bool {
        self.accounts.len() >= scenario.tenants
    }

    /// A digest of what is run: equal plans have equal digests, whatever their seeds and shards.
    pub fn digest(&self) -> String {
        self.name_of_all().simple().to_string()
    }

    /// The seed of a plan that is given none and has shards: as it follows from the digest, all of them
    /// have the same. JSON readers keep it exactly.
    pub fn own_seed(&self) -> u64 {
        let (upper, lower) = self.name_of_all().as_u64_pair();
        (upper ^ lower) >> 11
    }

    fn name_of_all(&self) -> Uuid {
        let mut text = format!("{:?}\n", self.connect_rate);
        for plan in &self.scenarios {
            let (instances, course, ramp_up) = (plan.instances, &plan.course, plan.ramp_up);
            let name = &plan.scenario.name;
            let digest = plan.scenario.digest;
            let settings = &plan.scenario.settings;
            text.push_str(&format!(
                "{name} {digest} {instances} {course:?} {ramp_up:?} {settings:?}\n"
            ));
        }
        Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes())
    }
}
