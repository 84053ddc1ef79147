//! Requests that the document forbids, and whose answer is judged for it.

use crate::conformance::ClauseId;

/// A request that a server has to refuse: an error keeps the clause, a 200 breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conformance) struct Offence {
    /// Under which clause.
    pub(in crate::conformance) clause: ClauseId,
    /// What was asked for, to follow "was accepted": `another contentType than the three`.
    pub(in crate::conformance) says: &'static str,
}
