//! How each clause stands after a run: from what was counted, and under which circumstances.

use crate::conformance::{CATALOGUE, Clause, ClauseId, Exercise, Need, readings_of};

use super::counts::ClauseCounts;
use super::event::Interval;
use super::record::{ClauseResult, ClauseStatus};
use super::terms::Terms;

/// What every clause of a run is judged under.
#[derive(Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub(super) terms: &'a Terms,
    /// Whether the generator kept up.
    pub(super) is_punctual: bool,
    /// Whether the clock of this machine was set meanwhile.
    pub(super) is_clock_set: bool,
    /// Whether somebody else uses the accounts meanwhile.
    pub(super) is_shared: bool,
}

/// Every clause by what was counted, in the catalogue's order.
pub(super) fn clauses(sum: &Interval, given: Circumstances<'_>) -> Vec<ClauseResult> {
    CATALOGUE.iter().map(|clause| standing(clause, sum, given)).collect()
}

fn standing(clause: &Clause, sum: &Interval, given: Circumstances<'_>) -> ClauseResult {
    let id = clause.id;
    let [checked, violated, waived] =
        [ClauseCounts::checked, ClauseCounts::violated, ClauseCounts::waived]
            .map(|count| count(&sum.clauses, id));
    let (status, note) = if checked == 0 && violated == 0 {
        (ClauseStatus::NotExercised, Some(given.absence(clause, sum).to_owned()))
    } else if let Some(doubt) = given.doubt(clause, violated > waived) {
        (ClauseStatus::Inconclusive, Some(doubt.to_owned()))
    } else if violated > waived {
        (ClauseStatus::Violated, None)
    } else if waived > 0 {
        (ClauseStatus::Waived, given.reason(clause, sum))
    } else {
        (ClauseStatus::Passed, None)
    };
    let readings = readings_of(id).map(|silence| silence.id.into()).collect();
    let (level, title) = (clause.level, clause.title.into());
    ClauseResult { id, level, title, checked, violated, waived, status, note, readings }
}

impl Circumstances<'_> {
    /// Why nothing can be concluded of a clause.
    pub(super) fn doubt(self, clause: &Clause, is_violated: bool) -> Option<&'static str> {
        // An event of a session that another account of the run opened is a stranger's for sure.
        let is_sure = is_violated && clause.id == ClauseId::Event6;
        if self.is_shared && clause.id.rests_on_own_account() && !is_sure {
            return Some("account shared");
        }
        if self.is_clock_set && clause.id.rests_on_wall_clock() {
            return Some("the clock of this machine was set meanwhile, and this rests on it");
        }
        let is_late = !self.is_punctual && clause.id.rests_on_deadline();
        is_late.then_some("the generator could not keep up, and this rests on a time limit")
    }

    /// Why a clause was not exercised.
    fn absence(self, clause: &Clause, sum: &Interval) -> &'static str {
        match (clause.need, clause.exercise) {
            (Need::Concierge, _) if sum.concierges == 0 => "no concierge came",
            (Need::SecondTenant, _) if self.terms.accounts < 2 => "one account only",
            (Need::SecondTenant, _) if !self.terms.has_second_tenant => "one tenant only",
            (Need::Uploads, _) if !self.terms.has_upload_origin => "no upload origin",
            (_, Exercise::Active) => "the flow that provokes it was not run",
            (_, Exercise::Passive) => "nothing in the run called for it",
        }
    }

    /// Why a clause's violations are lived with.
    fn reason(self, clause: &Clause, sum: &Interval) -> Option<String> {
        let waivers = self.terms.waivers.iter().zip(&sum.waived);
        let mut used = waivers.filter(|(one, covered)| one.clause == clause.id && **covered > 0);
        used.next().map(|(waiver, _)| waiver.reason.clone())
    }
}
