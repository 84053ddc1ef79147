//! The rules, by section of the document.

pub(super) mod connect;
pub(super) mod dialogue;
pub(super) mod end;
pub(super) mod envelope;
pub(super) mod event;
pub(super) mod init;
pub(super) mod isolation;
pub(super) mod lifecycle;
pub(super) mod line;
pub(super) mod offence;
pub(super) mod ping;
pub(super) mod refusal;
pub(super) mod reply;
pub(super) mod resume;

mod delivery;
mod digest;
mod facts;
mod history;
mod list;
mod notice;
mod outgoing;
mod paging;
pub(super) mod pause;
mod seen;
mod send;
mod session;
mod unread;
mod unsend;
mod upload;
