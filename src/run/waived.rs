//! What became of each waiver of a run.

use super::event::Interval;
use super::record::{WaiverResult, WaiverStatus};
use super::standing::Circumstances;
use super::sums::Sums;
use super::terms::WaiverTerms;

/// Every waiver, held to what each scenario counted. Of a share it is not told that there is nothing to
/// waive any more: another share may have met it.
pub(super) fn waivers(sums: &Sums, given: Circumstances<'_>, is_part: bool) -> Vec<WaiverResult> {
    let result = |(nth, waiver): (usize, &WaiverTerms)| {
        let scenarios = sums.terms.scenarios.iter().zip(&sums.scenarios);
        let sums: Vec<_> = scenarios
            .filter(|(terms, _)| waiver.scenario.as_ref().is_none_or(|only| *only == terms.name))
            .map(|(_, told)| &told.sum)
            .collect();
        let covered = sums.iter().filter_map(|sum| sum.waived.get(nth)).sum();
        let is_in_doubt = given.doubt(waiver.clause.clause(), false).is_some();
        let status = match covered {
            _ if waiver.is_past => WaiverStatus::Past,
            1.. => WaiverStatus::Used,
            0 if is_in_doubt || !is_exercised(waiver, &sums) => WaiverStatus::NotExercised,
            0 if waiver.is_intermittent || is_part => WaiverStatus::Away,
            0 => WaiverStatus::Stale,
        };
        WaiverResult {
            waives: waiver.waives.clone(),
            reason: waiver.reason.clone(),
            ticket: waiver.ticket.clone(),
            until: waiver.until.clone(),
            covered,
            status,
        }
    };
    sums.terms.waivers.iter().enumerate().map(result).collect()
}

/// Whether anything came that a waiver could have applied to.
fn is_exercised(waiver: &WaiverTerms, sums: &[&Interval]) -> bool {
    let any = |of: &dyn Fn(&Interval) -> u64| sums.iter().any(|sum| of(sum) > 0);
    any(&|sum| sum.clauses.checked(waiver.clause))
        && waiver.route().is_none_or(|route| any(&|sum| sum.places.answered(&route)))
        && waiver.event.as_ref().is_none_or(|event| any(&|sum| sum.places.arrived(event)))
}
