//! How an endpoint reads what the document leaves open: from the frames of one gentle run to a row for
//! each silence, and to a profile and draft waivers for later runs.
//!
//! It does no I/O and prints nothing: a run of `builtin:probe` provokes, [`Traces`] keeps what was seen,
//! and [`read`] makes sense of it. Start from [`read`].

mod desk;
mod errors;
mod events;
mod findings;
mod link;
mod observed;
mod profile;
mod replies;
mod shape;
mod silences;
mod tape;
mod tenants;
#[cfg(test)]
mod tests;
mod traces;

pub use errors::refused_session;
pub use findings::{Cause, cause};
pub use observed::{Observed, Outcome, Setting};
pub use profile::{Facts, profile};
pub use silences::read;
pub use tenants::for_one_tenant;
pub use traces::{Heard, Traces, What};
