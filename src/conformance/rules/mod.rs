//! The rules, by section of the document.

pub(super) mod delivery;
pub(super) mod envelope;
pub(super) mod event;
pub(super) mod refusal;
mod session;
