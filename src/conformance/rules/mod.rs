//! The rules, by section of the document.

pub(super) mod dialogue;
pub(super) mod envelope;
pub(super) mod event;
pub(super) mod offence;
pub(super) mod refusal;

mod delivery;
mod digest;
mod facts;
mod history;
mod list;
mod notice;
mod outgoing;
mod paging;
mod seen;
mod send;
mod session;
mod unread;
mod unsend;
mod upload;
