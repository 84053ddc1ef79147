//! Scripted concierges: their hosts have to be allowed, and their tokens are secrets.

use secrecy::ExposeSecret;

use crate::device::is_allowed;
use crate::run::{RunPlan, ScenarioPlan};

use super::refusal::Refusal;

/// Sees that every concierge's host is loopback or allowed; a scenario allows none itself.
pub(super) fn check_hosts(plans: &[ScenarioPlan], allowed: &[String]) -> Result<(), Refusal> {
    let mut mistakes = Vec::new();
    for plan in plans {
        for (actor, desk) in plan.scenario.actors.iter().zip(&*plan.desks) {
            let host = desk.as_ref().map(|desk| desk.target.host());
            if let Some(host) = host.filter(|host| !is_allowed(host, allowed)) {
                let (scenario, actor) = (&plan.scenario.name, &actor.name);
                mistakes.push(format!(
                    "error: scenario `{scenario}`, actor `{actor}`: the host {host} is neither \
                     loopback nor allowed: give --allow {host} if it may be spoken to"
                ));
            }
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(Refusal::usage(mistakes.join("\n"))) }
}

/// Adds the concierges' tokens, and the queries of their URLs, to the secrets in use.
pub(super) fn note_secrets(plan: &RunPlan) {
    let actors = plan.scenarios.iter().flat_map(|plan| &plan.scenario.actors);
    for desk in actors.filter_map(|actor| actor.desk.as_ref()) {
        plan.secrets.add(desk.token.expose_secret());
        if let Some((_, query)) = desk.url.expose_secret().split_once('?') {
            plan.secrets.add(query);
        }
    }
}
