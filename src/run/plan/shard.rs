//! What of a plan is whose, where several machines share it, and which plans cannot be shared.

use std::num::NonZeroU32;

use crate::load::{Deal, Shard};

use super::{RunPlan, ScenarioPlan};

/// What all shards of a plan have in common, beside its scenarios.
#[derive(Clone, Copy, Debug)]
pub struct Common {
    /// How many accounts there are; `None`: as many as are wanted.
    pub accounts: Option<usize>,
    /// How many scenarios without a load run side by side, in each of them.
    pub jobs: usize,
    /// The most devices at once, over all of them.
    pub most_devices: Option<u32>,
}

/// Why a share of a plan cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// There are more shards than flow instances.
    #[error(
        "shard {} of {} is left without a flow instance: the plan has {flows} in all, and at most as \
         many shards have something to do; ask for fewer shards, or for more devices",
        shard.index, shard.count
    )]
    Nothing {
        /// Whose share.
        shard: Shard,
        /// Flow instances of the plan.
        flows: u32,
    },
    /// Flows that want their tenants alone, while other shards may use the same accounts.
    #[error(
        "scenario `{scenario}` is exclusive, and shards do not see which accounts others use: the plan \
         has {tenants} tenants in all, and there are {accounts} accounts to share; give {tenants}, or \
         run it without --shard"
    )]
    Exclusive {
        /// The first such scenario.
        scenario: String,
        /// Tenants of all flow instances of the plan.
        tenants: usize,
        /// Accounts that there are.
        accounts: usize,
    },
    /// More devices at once than may be, as no shard waits for another.
    #[error(
        "{count} shards, none of which waits for another, may have {devices} devices at once, and \
         caps.devices allows {most}; ask for fewer shards or devices, or raise the cap"
    )]
    Crowded {
        /// How many shards.
        count: u32,
        /// Devices at once, over all of them.
        devices: u64,
        /// The most that may be.
        most: u32,
    },
}

/// Sees that a share of a plan can be run beside the others. The whole of it always can.
///
/// # Errors
/// The first reason that it cannot.
pub fn check_shard(
    shard: Shard,
    scenarios: &[ScenarioPlan],
    common: Common,
) -> Result<(), ShardError> {
    if !shard.is_part() {
        return Ok(());
    }
    let flows = scenarios.iter().map(|plan| plan.instances).sum();
    if !shard.has_any_of(flows) {
        return Err(ShardError::Nothing { shard, flows });
    }
    let tenants = scenarios.iter().map(ScenarioPlan::tenants).sum();
    if let Some(accounts) = common.accounts.filter(|accounts| *accounts < tenants)
        && let Some(alone) = scenarios.iter().find(|plan| plan.wants_alone(accounts))
    {
        let scenario = alone.scenario.name.clone();
        return Err(ShardError::Exclusive { scenario, tenants, accounts });
    }
    let count = shard.count;
    let shards = (1..=count.min(flows)).map(|index| Shard { index, count });
    let devices = || shards.map(|shard| at_once(shard, scenarios, common.jobs)).sum();
    match common.most_devices.map(|most| (most, devices())) {
        Some((most, devices)) if devices > u64::from(most) => {
            Err(ShardError::Crowded { count, devices, most })
        }
        _ => Ok(()),
    }
}

/// The most devices that a shard has at once: of a scenario alone, or of those side by side.
fn at_once(shard: Shard, scenarios: &[ScenarioPlan], jobs: usize) -> u64 {
    let devices = |is_alone: bool| {
        let some = scenarios.iter().filter(move |plan| plan.is_alone == is_alone);
        some.map(|plan| u64::from(plan.devices_in(shard)))
    };
    let mut beside: Vec<_> = devices(false).collect();
    beside.sort_unstable_by(|one, other| other.cmp(one));
    beside.iter().take(jobs).sum::<u64>().max(devices(true).max().unwrap_or_default())
}

impl ScenarioPlan {
    /// Which of its flow instances a shard has.
    pub fn deal(&self, shard: Shard) -> Deal {
        shard.deal(self.first_flow)
    }

    /// How many of its flow instances a shard has.
    pub fn instances_in(&self, shard: Shard) -> u32 {
        self.deal(shard).count(self.instances)
    }

    /// Devices of those.
    pub fn devices_in(&self, shard: Shard) -> u32 {
        self.instances_in(shard).saturating_mul(self.devices_each())
    }

    /// Whether its flows want their tenants to themselves, and are played with so many accounts.
    fn wants_alone(&self, accounts: usize) -> bool {
        self.scenario.exclusive && self.scenario.tenants <= accounts
    }
}

impl RunPlan {
    /// The number that ends the first so many devices of its shard: theirs are below it, and those of
    /// all its others are not. Where there are no more than so many, it ends all.
    pub fn end_of_first(&self, wanted: NonZeroU32) -> u32 {
        let mut devices = self.scenarios.iter().flat_map(|plan| {
            let instances = plan.deal(self.shard).among(plan.instances);
            instances.flat_map(move |instance| {
                (0..plan.devices_each()).map(move |nth| plan.device(instance, nth))
            })
        });
        devices.nth(wanted.get() as usize - 1).map_or(u32::MAX, |last| last + 1)
    }
}

#[cfg(test)]
mod tests;
