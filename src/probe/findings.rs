//! What a probe's findings are put down to: a silence that the endpoint reads otherwise, a deviation
//! that can be lived with, or a defect.

use crate::conformance::{ClauseId, Finding, Level, readings_of};
use crate::protocol::MetadataKey;

use super::observed::{Observed, Outcome};

/// What a finding is put down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It goes away with a setting that the profile has, or can never fail a run.
    Settled,
    /// The endpoint reads a silence of the document in another way, or leaves undone what the
    /// document only hints at.
    Reading,
    /// The endpoint does what the document rules out.
    Defect,
}

/// What a finding is put down to, after what was observed.
pub fn cause(finding: &Finding, observed: &[Observed]) -> Cause {
    let clause = finding.clause;
    match clause.level() {
        Level::Info => Cause::Settled,
        _ if is_settled(finding, observed) => Cause::Settled,
        // Nothing that the document leaves open lets one tenant hear of another.
        Level::Must if is_between_tenants(clause) => Cause::Defect,
        Level::Should => Cause::Reading,
        Level::Must => {
            // What is left under a lenient dialect is about something else than spelling.
            let is_lenient = |one: &Observed| {
                one.setting.as_ref().is_some_and(|setting| setting.value == "lenient")
            };
            let differs = |id: &str| {
                let mut differing = observed.iter().filter(|one| one.outcome == Outcome::Differs);
                differing.any(|one| one.id == id && !is_lenient(one))
            };
            let is_read_otherwise = readings_of(clause).any(|silence| differs(silence.id));
            if is_read_otherwise { Cause::Reading } else { Cause::Defect }
        }
    }
}

fn is_between_tenants(clause: ClauseId) -> bool {
    matches!(clause, ClauseId::Event6 | ClauseId::Iso1 | ClauseId::Iso2)
}

/// Whether it comes from metadata under the key that the profile does not send it under.
fn is_settled(finding: &Finding, observed: &[Observed]) -> bool {
    let is_of_metadata =
        matches!(finding.clause, ClauseId::Send6 | ClauseId::Event3 | ClauseId::List7)
            && finding.pointer.contains("metadata");
    let comes_back = observed.iter().filter(|one| one.id == "metadata-key").any(|one| {
        [MetadataKey::Metdata, MetadataKey::Metadata].iter().any(|key| {
            let key = key.as_str();
            one.observed.contains(&format!("sent as {key}, back as"))
        })
    });
    is_of_metadata && comes_back
}
