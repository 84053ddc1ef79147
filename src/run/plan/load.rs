//! From scenarios, and the load that is asked for in place of theirs, to plans of each.

use std::num::NonZeroU32;
use std::sync::Arc;

use crate::device::TargetError;
use crate::load::{Arrivals, Leg, Population};
use crate::run::desk::Desk;
use crate::scenario::{Actor, LONGEST_DURATION, Load, LoadChange, Scenario, Stage, Until};

use super::{Course, ScenarioPlan};

/// What command line and profile ask for in place of a scenario's own `load:`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadOverride {
    /// Field by field; devices, an end, a rate and stages drop the scenario's stages.
    pub change: LoadChange,
    /// Away from loopback: one instance and one iteration unless asked for otherwise.
    pub is_gentle: bool,
    /// The most devices of a scenario: a file's own load is cut down to it, and to ask for more is a
    /// mistake.
    pub most_devices: Option<u32>,
}

/// Why a scenario cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Devices that do not fill whole flow instances.
    #[error(
        "scenario `{scenario}`: a flow takes {each} devices, so {devices} devices leave {} over; \
         ask for {} or {}", devices % each, devices - devices % each, devices - devices % each + each
    )]
    Remainder {
        /// The scenario.
        scenario: String,
        /// Devices asked for.
        devices: u32,
        /// Devices of one flow instance.
        each: u32,
    },
    /// More devices than may be.
    #[error(
        "scenario `{scenario}`: {devices} devices are asked for, and caps.devices allows {most}; \
         ask for fewer, or raise the cap"
    )]
    Capped {
        /// The scenario.
        scenario: String,
        /// Devices asked for, or of one flow instance.
        devices: u32,
        /// The most that may be.
        most: u32,
    },
    /// An actor's `url` that no device can connect to.
    #[error("scenario `{scenario}`, actor `{actor}`: {why}")]
    Desk {
        /// The scenario.
        scenario: String,
        /// The actor.
        actor: String,
        /// What is wrong with its `url`.
        why: TargetError,
    },
    /// Planned starts that go on and on.
    #[error(
        "scenario `{scenario}`: at this rate it takes more than {} h to start that many flows; ask \
         for a higher rate, or for fewer iterations", LONGEST_DURATION.as_secs() / 3_600
    )]
    TooLong {
        /// The scenario.
        scenario: String,
    },
    /// More planned starts than can be numbered.
    #[error(
        "scenario `{scenario}`: {starts} flows are to be started, and a run has at most {}; ask for \
         a lower rate, or a shorter time",
        Arrivals::MOST
    )]
    Starts {
        /// The scenario.
        scenario: String,
        /// How many are asked for.
        starts: u64,
    },
    /// More devices than can be numbered.
    #[error("more than {} devices in all", u32::MAX)]
    TooMany,
}

/// Plans scenarios in the order given.
///
/// # Errors
/// Every scenario whose load does not fit its actors.
pub fn plan_scenarios(
    scenarios: Vec<Scenario>,
    asked: &LoadOverride,
) -> Result<Vec<ScenarioPlan>, Vec<PlanError>> {
    let mut plans = Vec::new();
    let mut errors = Vec::new();
    let mut first = First::default();
    for scenario in scenarios {
        match plan_one(scenario, asked, first) {
            Ok(plan) => match first.after(&plan) {
                Some(next) => {
                    first = next;
                    plans.push(plan);
                }
                None => errors.push(PlanError::TooMany),
            },
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(plans) } else { Err(errors) }
}

/// The numbers that a scenario begins with.
#[derive(Clone, Copy, Default)]
struct First {
    flow: u32,
    device: u32,
    tenant: usize,
}

impl First {
    /// Those of the next one; `None` where there are too many.
    fn after(self, plan: &ScenarioPlan) -> Option<Self> {
        Some(Self {
            flow: self.flow.checked_add(plan.instances)?,
            device: self.device.checked_add(plan.devices())?,
            tenant: self.tenant + plan.tenants(),
        })
    }
}

fn plan_one(
    scenario: Scenario,
    LoadOverride { change: asked, is_gentle, most_devices }: &LoadOverride,
    first: First,
) -> Result<ScenarioPlan, PlanError> {
    let each = u32::try_from(scenario.actors.len()).map_err(|_| PlanError::TooMany)?;
    let own = (!*is_gentle).then_some(&scenario.load);
    let is_asked = asked.drops_stages();
    let own_stages = own.map_or(&[][..], |load| &load.stages);
    let stages = if is_asked { &asked.stages } else { own_stages };
    let most = most_devices.map_or(u32::MAX, |most| most / each);
    let full = population(stages, each);
    let population = full.clone().map(|population| population.at_most(most));
    let devices = match &full {
        Some(population) => population.most().saturating_mul(each),
        None => {
            let own = own.and_then(|load| load.devices);
            asked.devices.or(own).map_or(each, NonZeroU32::get)
        }
    };
    if !devices.is_multiple_of(each) {
        return Err(PlanError::Remainder { scenario: scenario.name, devices, each });
    }
    if let Some(cap) = most_devices.filter(|cap| *cap < devices)
        && (asked.devices.is_some() || most == 0)
    {
        return Err(PlanError::Capped { scenario: scenario.name, devices, most: cap });
    }
    let instances = (devices / each).min(most);
    let load = Load {
        given: false,
        devices: None,
        ramp_up: asked.ramp_up.or(own.map(|load| load.ramp_up)).unwrap_or_default(),
        until: asked.until.or(own.map(|load| load.until)).unwrap_or(Until::Iterations(1)),
        rate: asked.rate.or(own.and_then(|load| load.rate)),
        arrival: asked.arrival.or(own.map(|load| load.arrival)).unwrap_or_default(),
        stages: stages.to_vec(),
        abort_on: None,
    };
    let course = match (population, load.arrivals(instances)) {
        (Some(population), _) => Course::Staged(population),
        (None, Some(arrivals)) => Course::Open(numbered(arrivals, &scenario.name)?),
        (None, None) => Course::Closed(load.until),
    };
    Ok(ScenarioPlan {
        desks: desks(&scenario)?,
        instances,
        first_flow: first.flow,
        first_device: first.device,
        first_tenant: first.tenant,
        course,
        ramp_up: load.ramp_up,
        abort_on: asked.abort_on.clone().or_else(|| scenario.load.abort_on.clone()),
        cut_from: (instances < devices / each).then_some(devices),
        is_alone: is_asked || own.is_some_and(|load| load.given),
        scenario: Arc::new(scenario),
    })
}

fn desks(scenario: &Scenario) -> Result<Arc<[Option<Desk>]>, PlanError> {
    let desk = |actor: &Actor| {
        let of = |why| PlanError::Desk {
            scenario: scenario.name.clone(),
            actor: actor.name.clone(),
            why,
        };
        actor.desk.as_ref().map(Desk::of).transpose().map_err(of)
    };
    scenario.actors.iter().map(desk).collect()
}

/// Starts that a run can number, and that end.
fn numbered(arrivals: Arrivals, scenario: &str) -> Result<Arrivals, PlanError> {
    let (scenario, starts) = (scenario.to_owned(), arrivals.count());
    if arrivals.end() > LONGEST_DURATION {
        Err(PlanError::TooLong { scenario })
    } else if starts > Arrivals::MOST {
        Err(PlanError::Starts { scenario, starts })
    } else {
        Ok(arrivals)
    }
}

/// Stages of devices, as instances; none where the stages are of another kind.
fn population(stages: &[Stage], each: u32) -> Option<Population> {
    let stage = |stage: &Stage| match stage {
        Stage::Devices(Leg { from, to, time }) => {
            Some(Leg { from: from.div_ceil(each), to: to.div_ceil(each), time: *time })
        }
        Stage::Rate(_) => None,
    };
    let stages: Vec<_> = stages.iter().filter_map(stage).collect();
    (!stages.is_empty()).then(|| Population::staged(stages))
}
