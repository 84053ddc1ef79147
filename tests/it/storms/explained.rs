//! Which clauses a network's faults can have violated.

use deskbell::conformance::ClauseId;
use deskbell::run::RunRecord;

use super::faults::Misdeed;
use super::storm::Storm;

/// The findings that a storm's faults do not explain, in words.
pub(super) fn unexplained(storm: &Storm, record: &RunRecord) -> Vec<String> {
    let explained = explained(storm);
    let is_explained = |clause: ClauseId| explained.contains(&clause);
    let violated = record.clauses.iter().filter(|clause| clause.violated > 0);
    let unexplained = violated.filter(|clause| !is_explained(clause.id));
    unexplained
        .map(|clause| {
            let first = record.findings.iter().find(|found| found.finding.clause == clause.id);
            format!("{} violated {} times: {first:#?}", clause.id, clause.violated)
        })
        .collect()
}

/// Those that a storm's faults can have violated.
fn explained(storm: &Storm) -> Vec<ClauseId> {
    // Nothing tells a stream that breaks from one that the server has dropped.
    let mut explained = vec![ClauseId::Connect6];
    if storm.kinds.iter().any(|kind| kind.offends) {
        // A connection that is cut just then might have been cut for the frame.
        explained.extend([ClauseId::Env6, ClauseId::Env7, ClauseId::Env8]);
        if !storm.misdeeds.is_empty() {
            // The error that answers what is no request names no route: one too many, or out of its turn,
            // is taken for the answer to another request.
            explained.extend([ClauseId::Env2, ClauseId::Env4]);
        }
    }
    explained.extend(storm.misdeeds.iter().flat_map(|misdeed| of(*misdeed)));
    explained
}

/// Those that a misdeed can violate.
fn of(misdeed: Misdeed) -> Vec<ClauseId> {
    use ClauseId::*;
    // What did not come, or not in time.
    let missing = [Env3, Connect2, Event1, Event7, Event8, Event9, Event11, Unread2];
    // The protocol numbers no request, so that an answer too many, or out of its turn, is taken for the
    // one to a like request.
    let mistaken = [Env3, Env9, Env10, Send1, Send4, Ping1, List2, List3, List4];
    let clauses: &[&[ClauseId]] = match misdeed {
        Misdeed::LosesRequests => &[&[Env3]],
        Misdeed::LosesAnswers | Misdeed::TakesLong => &[&missing],
        Misdeed::DoublesRequests => &[&mistaken],
        Misdeed::DoublesAnswers => &[&mistaken, &[Event2]],
        Misdeed::HoldsRequests => &[&mistaken],
        Misdeed::HoldsAnswers => &[&missing, &mistaken, &[End4, Event4]],
        Misdeed::FallsSilent => &[&missing, &[Connect1]],
        // Its ids begin anew, and no session is known to it.
        Misdeed::Forgets => &[&[Env4, Resume6, Send4]],
    };
    clauses.concat()
}
