//! The probe's scenario where there is one tenant only.

use crate::scenario::{Actor, Scenario};

/// The scenario without the actors of any tenant but the first, and without what they do.
pub fn for_one_tenant(mut scenario: Scenario) -> Scenario {
    let keeps = |actor: &Actor| actor.tenant == 0;
    let kept = scenario.actors.iter().take_while(|actor| keeps(actor)).count();
    scenario.actors.truncate(kept);
    scenario.tenants = 1;
    for steps in [&mut scenario.setup, &mut scenario.flow, &mut scenario.teardown] {
        steps.retain(|step| step.by.0 < kept);
    }
    scenario
}
