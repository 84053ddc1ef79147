//! What became of each waiver of a run.

use crate::conformance::Waiver;

use super::event::Interval;
use super::plan::RunPlan;
use super::record::{WaiverResult, WaiverStatus};
use super::standing::Circumstances;

/// Every waiver of the plan, held to what each scenario counted.
pub(super) fn waivers(
    scenarios: &[(&str, &Interval)],
    plan: &RunPlan,
    given: Circumstances<'_>,
) -> Vec<WaiverResult> {
    let waivers = &plan.gate.waivers;
    let result = |(nth, waiver): (usize, &Waiver)| {
        let sums: Vec<_> = scenarios
            .iter()
            .filter(|(name, _)| waiver.scenario.as_deref().is_none_or(|only| only == *name))
            .map(|(_, sum)| *sum)
            .collect();
        let covered = sums.iter().filter_map(|sum| sum.waived.get(nth)).sum();
        let is_in_doubt = given.doubt(waiver.clause.clause(), false).is_some();
        let status = match covered {
            _ if waivers.is_past(waiver) => WaiverStatus::Past,
            1.. => WaiverStatus::Used,
            0 if is_in_doubt || !is_exercised(waiver, &sums) => WaiverStatus::NotExercised,
            0 if waiver.is_intermittent => WaiverStatus::Away,
            0 => WaiverStatus::Stale,
        };
        WaiverResult {
            waives: waiver.to_string(),
            reason: waiver.reason.clone(),
            ticket: waiver.ticket.clone(),
            until: waiver.until.to_string(),
            covered,
            status,
        }
    };
    waivers.all().iter().enumerate().map(result).collect()
}

/// Whether anything came that a waiver could have applied to.
fn is_exercised(waiver: &Waiver, sums: &[&Interval]) -> bool {
    let any = |of: &dyn Fn(&Interval) -> u64| sums.iter().any(|sum| of(sum) > 0);
    any(&|sum| sum.clauses.checked(waiver.clause))
        && waiver.route.as_ref().is_none_or(|route| any(&|sum| sum.places.answered(route)))
        && waiver.event.as_ref().is_none_or(|event| any(&|sum| sum.places.arrived(event)))
}
