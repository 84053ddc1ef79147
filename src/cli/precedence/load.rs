//! What a run is asked for beside its endpoint: load, thresholds, waivers.

use std::path::PathBuf;

use crate::metrics::Threshold;
use crate::run::Origin;
use crate::scenario::{LoadChange, Profile, Until};

use crate::cli::run::RunArgs;

use super::{Sourced, first, merged};

/// Connects a second, where none is asked for.
const RATE_ON_LOOPBACK: f64 = 500.0;
const RATE_ELSEWHERE: f64 = 50.0;

/// How fast devices connect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cli) enum ConnectRate {
    /// So many a second.
    PerSecond(f64),
    /// As fast as they can.
    Unbounded,
}

/// What is asked of a run, each value by the first who gives one.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Asked {
    /// Over the whole run, none twice on the same figure.
    pub(in crate::cli) thresholds: Vec<Sourced<Threshold>>,
    pub(in crate::cli) waivers: Option<Sourced<PathBuf>>,
    /// What takes the place of the load of scenarios.
    pub(in crate::cli) load: LoadChange,
    /// Who gave the fields of `load`, by the names that a scenario has for them.
    pub(in crate::cli) load_from: Vec<(&'static str, Origin)>,
    /// Never beyond the profile's cap.
    pub(in crate::cli) connect_rate: Sourced<ConnectRate>,
}

impl Asked {
    /// What flags and profile come to, against another machine or not.
    pub(in crate::cli) fn of(args: &RunArgs, profile: Option<&Profile>, is_remote: bool) -> Self {
        let thresholds = [
            (profile.map_or_else(Vec::new, |one| one.thresholds.clone()), Origin::Profile),
            (args.threshold.clone(), Origin::Flag),
        ];
        let (load, load_from) = load(args, profile.map(|profile| &profile.load));
        Self {
            thresholds: merged(thresholds, |known, one| known.measure() == one.measure()),
            waivers: first([
                (args.waivers.clone(), Origin::Flag),
                (profile.and_then(|profile| profile.waivers.clone()), Origin::Profile),
            ]),
            load,
            load_from,
            connect_rate: connect_rate(args, profile, is_remote),
        }
    }
}

impl ConnectRate {
    /// The most connects a second; `None` sets no bound.
    pub(in crate::cli) fn per_s(self) -> Option<f64> {
        match self {
            Self::PerSecond(rate) => Some(rate),
            Self::Unbounded => None,
        }
    }
}

/// Field by field; what the command line says of devices, an end or a rate drops the profile's stages
/// as it drops a scenario's.
fn load(args: &RunArgs, profile: Option<&LoadChange>) -> (LoadChange, Vec<(&'static str, Origin)>) {
    let mut from = Vec::new();
    let iterations = args.iterations.map(|times| Until::Iterations(times.get()));
    let until = iterations.or(args.duration.map(Until::Elapsed));
    let is_flagged = args.devices.is_some() || until.is_some() || args.rate.is_some();
    let profile = profile.cloned().unwrap_or_default();
    let stages = if is_flagged { Vec::new() } else { profile.stages };
    let until = pick(until, profile.until, &mut from, until_name);
    let change = LoadChange {
        devices: pick(args.devices, profile.devices, &mut from, |_| "devices"),
        until,
        rate: pick(args.rate, profile.rate, &mut from, |_| "rate"),
        arrival: pick(None, profile.arrival, &mut from, |_| "arrival"),
        ramp_up: pick(args.ramp_up, profile.ramp_up, &mut from, |_| "ramp_up"),
        abort_on: pick(None, profile.abort_on, &mut from, |_| "abort_on"),
        stages,
    };
    if !change.stages.is_empty() {
        from.push(("stages", Origin::Profile));
    }
    (change, from)
}

fn until_name(until: &Until) -> &'static str {
    match until {
        Until::Iterations(_) => "iterations",
        Until::Elapsed(_) => "duration",
    }
}

fn pick<T>(
    flag: Option<T>,
    profile: Option<T>,
    from: &mut Vec<(&'static str, Origin)>,
    name: impl Fn(&T) -> &'static str,
) -> Option<T> {
    let picked = first([(flag, Origin::Flag), (profile, Origin::Profile)])?;
    from.push((name(&picked.value), picked.from));
    Some(picked.value)
}

fn connect_rate(
    args: &RunArgs,
    profile: Option<&Profile>,
    is_remote: bool,
) -> Sourced<ConnectRate> {
    let default = if is_remote { RATE_ELSEWHERE } else { RATE_ON_LOOPBACK };
    let asked = first([(args.connect_rate, Origin::Flag)])
        .unwrap_or(Sourced::new(ConnectRate::PerSecond(default), Origin::Default));
    let cap = profile.and_then(|profile| profile.caps.connects_per_s);
    match cap.filter(|cap| asked.value.per_s().is_none_or(|rate| rate > *cap)) {
        Some(cap) => Sourced::new(ConnectRate::PerSecond(cap), Origin::Profile),
        None => asked,
    }
}
