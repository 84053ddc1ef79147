//! What holds for a run, and who said so, as reports tell it: never a secret.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use crate::device::is_loopback;
use crate::load::{Leg, Spacing};
use crate::protocol::redact;
use crate::run::{InForce, Origin, RunPlan, ScenarioPlan};
use crate::scenario::{Load, LoadChange, Scenario, Settings, Stage, Until};

use super::endpoint::Aim;
use super::precedence::{Accounts, Asked, ConnectRate, Resolved, Sourced};
use super::run::RunArgs;
use super::shard::Chosen;

/// Everything that holds for a planned run.
pub(super) fn in_force(
    args: &RunArgs,
    aim: &Aim,
    (asked, shard): (&Asked, Option<Chosen>),
    plan: &RunPlan,
) -> Vec<InForce> {
    let mut list = of_endpoint(&aim.resolved, plan);
    list.extend(settings(&aim.resolved, &plan.scenarios));
    list.extend(thresholds(asked, &plan.scenarios));
    let waivers = asked.waivers.as_ref();
    list.extend(waivers.map(|file| one("waivers", json!(file.value), file.from)));
    list.extend(caps(&aim.resolved));
    list.extend(load(asked, &plan.scenarios, !is_loopback(plan.target.host())));
    let rate = match asked.connect_rate.value {
        ConnectRate::PerSecond(rate) => format!("{rate}/s"),
        ConnectRate::Unbounded => "max".into(),
    };
    list.push(one("connect_rate", json!(rate), asked.connect_rate.from));
    let given = |is_given: bool| if is_given { Origin::Flag } else { Origin::Default };
    list.push(one("seed", json!(plan.seed), given(args.seed.is_some())));
    list.extend(shard.map(|chosen| one("shard", json!(chosen.to_string()), chosen.origin())));
    let start_at = plan.start_at.map(|at| at.to_string());
    list.extend(start_at.map(|at| one("start_at", json!(at), Origin::Flag)));
    list.push(one("jobs", json!(plan.jobs), given(args.jobs.is_some())));
    list.push(one("workers", json!(plan.workers), given(args.workers.is_some())));
    let sources = args.source_ip.iter();
    list.extend(sources.map(|address| one("source_ip", json!(address), Origin::Flag)));
    list
}

fn one(key: impl Into<String>, value: Value, from: Origin) -> InForce {
    InForce { key: key.into(), value, from, scenario: None }
}

fn of_endpoint(resolved: &Resolved, plan: &RunPlan) -> Vec<InForce> {
    let from = |given: Option<Origin>| given.unwrap_or(Origin::Default);
    let target = resolved.target.as_ref().map(|given| given.from);
    let mut list = vec![one("target", json!(plan.target.to_string()), from(target))];
    list.extend(plan.upload_origin.as_ref().map(|origin| {
        let given = resolved.upload_origin.as_ref().map(|given| given.from);
        one("upload_origin", json!(without_secrets(origin.as_str())), from(given))
    }));
    list.extend(resolved.allow.iter().map(|host| one("allow", json!(host.value), host.from)));
    let (kind, given) = match &resolved.accounts {
        None => ("of the embedded server".into(), None),
        Some(Sourced { value, from }) => match value {
            Accounts::Token(_) => ("by one token".into(), Some(*from)),
            Accounts::File(path) => (format!("of {}", path.display()), Some(*from)),
            Accounts::Command(_) => ("by a token command".into(), Some(*from)),
        },
    };
    list.push(one("accounts", json!(format!("{} {kind}", plan.accounts.len())), from(given)));
    let tenants = &resolved.tenants;
    list.extend((!tenants.value.is_empty()).then(|| {
        let ids: Vec<_> = tenants.value.iter().map(|tenant| tenant.0).collect();
        one("tenants", json!(ids), tenants.from)
    }));
    let proxy = resolved.proxy.as_ref();
    list.extend(proxy.map(|proxy| one("proxy", json!(without_secrets(&proxy.value)), proxy.from)));
    let ca_cert = resolved.ca_cert.as_ref();
    list.extend(ca_cert.map(|file| one("ca_cert", json!(file.value), file.from)));
    list
}

/// A URL without name, password, query and fragment; nothing of what is none.
fn without_secrets(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return "[redacted]".into() };
    let has_user = !url.username().is_empty() || url.password().is_some();
    // Refused only by URLs without a host, which have none of either.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    let text = url.to_string();
    let text = if has_user { text.replacen("://", "://[redacted]@", 1) } else { text };
    redact(&text).trim_end_matches('/').to_owned()
}

/// Each setting by key; where scenarios play by different values, each of those.
fn settings(resolved: &Resolved, scenarios: &[ScenarioPlan]) -> Vec<InForce> {
    let of = |scenario: &Scenario, key: &str, value: Value| {
        let given = resolved.settings.iter().find(|one| one.value.key() == key);
        let is_own = scenario.own_settings.iter().any(|own| own == key);
        let otherwise = if is_own { Origin::Scenario } else { Origin::Default };
        one(format!("settings.{key}"), value, given.map_or(otherwise, |given| given.from))
    };
    let mut list = Vec::new();
    for (at, (key, _)) in Settings::default().by_key().into_iter().enumerate() {
        let each: Vec<_> = scenarios
            .iter()
            .filter_map(|plan| {
                let (_, value) = plan.scenario.settings.by_key().into_iter().nth(at)?;
                Some((plan.scenario.name.clone(), of(&plan.scenario, key, value)))
            })
            .collect();
        let Some((_, first)) = each.first() else { continue };
        if each.iter().all(|(_, other)| other == first) {
            list.push(first.clone());
        } else {
            list.extend(
                each.into_iter().map(|(name, one)| InForce { scenario: Some(name), ..one }),
            );
        }
    }
    list
}

fn thresholds(asked: &Asked, scenarios: &[ScenarioPlan]) -> Vec<InForce> {
    let whole = asked.thresholds.iter();
    let whole = whole.map(|given| one("thresholds", json!(given.value), given.from));
    let own = scenarios.iter().flat_map(|plan| {
        plan.scenario.thresholds.iter().map(|threshold| InForce {
            scenario: Some(plan.scenario.name.clone()),
            ..one("thresholds", json!(threshold), Origin::Scenario)
        })
    });
    whole.chain(own).collect()
}

fn caps(resolved: &Resolved) -> Vec<InForce> {
    let Sourced { value: caps, from } = resolved.caps;
    let rate = |rate: f64| json!(format!("{rate}/s"));
    let given = [
        ("caps.devices", caps.devices.map(|devices| json!(devices))),
        ("caps.rate", caps.sends_per_s.map(rate)),
        ("caps.connect_rate", caps.connects_per_s.map(rate)),
    ];
    given.into_iter().filter_map(|(key, value)| Some(one(key, value?, from))).collect()
}

/// What was asked for, and what is left of the load of each scenario; away from loopback nothing is.
fn load(asked: &Asked, scenarios: &[ScenarioPlan], is_remote: bool) -> Vec<InForce> {
    let key = |name: &str| format!("load.{name}");
    let given = asked.load_from.iter();
    let mut list: Vec<_> =
        given.map(|(name, from)| one(key(name), field(&asked.load, name), *from)).collect();
    let own = scenarios.iter().filter(|plan| plan.scenario.load.given && !is_remote);
    for plan in own {
        let load = left_of(&plan.scenario.load, &asked.load);
        let fields = FIELDS.iter().map(|name| (name, field(&load, name)));
        let fields = fields.filter(|(_, value)| !matches!(value, Value::Null));
        list.extend(fields.map(|(name, value)| InForce {
            scenario: Some(plan.scenario.name.clone()),
            ..one(key(name), value, Origin::Scenario)
        }));
    }
    if list.is_empty() {
        list.push(one("load", json!("one flow, once"), Origin::Default));
    }
    list
}

const FIELDS: [&str; 8] =
    ["devices", "iterations", "duration", "rate", "arrival", "ramp_up", "stages", "abort_on"];

/// The fields of a scenario's load that nothing took the place of.
fn left_of(load: &Load, asked: &LoadChange) -> LoadChange {
    let is_staged = !load.stages.is_empty();
    LoadChange {
        devices: load.devices.filter(|_| asked.devices.is_none()),
        until: (asked.until.is_none() && asked.stages.is_empty() && !is_staged)
            .then_some(load.until),
        rate: load.rate.filter(|_| asked.rate.is_none()),
        arrival: (asked.arrival.is_none() && load.is_open()).then_some(load.arrival),
        ramp_up: (asked.ramp_up.is_none() && !load.ramp_up.is_zero()).then_some(load.ramp_up),
        stages: if asked.drops_stages() { Vec::new() } else { load.stages.clone() },
        abort_on: load.abort_on.clone().filter(|_| asked.abort_on.is_none()),
    }
}

fn field(load: &LoadChange, name: &str) -> Value {
    let stage = |stage: &Stage| match stage {
        Stage::Rate(Leg { from, to, time }) if from == to => {
            json!({ "rate": format!("{from}/s"), "for": text(*time) })
        }
        Stage::Rate(Leg { from, to, time }) => {
            json!({ "rate": format!("{from}/s..{to}/s"), "for": text(*time) })
        }
        Stage::Devices(Leg { from, to, time }) if from == to => {
            json!({ "devices": from, "for": text(*time) })
        }
        Stage::Devices(Leg { from, to, time }) => {
            json!({ "devices": format!("{from}..{to}"), "for": text(*time) })
        }
    };
    match (name, load.until) {
        ("devices", _) => json!(load.devices),
        ("stages", _) if load.stages.is_empty() => Value::Null,
        ("iterations", Some(Until::Iterations(times))) => json!(times),
        ("duration", Some(Until::Elapsed(time))) => json!(text(time)),
        ("rate", _) => json!(load.rate.map(|rate| format!("{rate}/s"))),
        ("arrival", _) => json!(load.arrival.map(Spacing::as_str)),
        ("ramp_up", _) => json!(load.ramp_up.map(text)),
        ("abort_on", _) => json!(load.abort_on),
        ("stages", _) => load.stages.iter().map(stage).collect(),
        _ => Value::Null,
    }
}

fn text(time: Duration) -> String {
    format!("{time:?}")
}
