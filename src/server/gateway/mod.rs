//! API Gateway, emulated in front of the server: its limits, its own errors, and what it does where
//! AWS documents nothing, each of which can be set.
//!
//! It knows instants and no clock, texts and no sockets: sessions, HTTP and the hub ask it, and do
//! what it says. Start from [`Gateway`] for what can be set, and from [`Gate`] for what is asked.

mod basis;
mod bucket;
mod deadlines;
mod error;
mod facts;
mod gate;
mod route;
mod settings;

pub(super) use deadlines::{Deadlines, Ended, Traffic};
pub(super) use error::{Complaint, Denial, Denied};
pub(super) use gate::{Gate, Passage, Sizes};

pub use basis::Basis;
pub use facts::{FACTS, Fact};
pub use gate::Gated;
pub use settings::{Gateway, Place, SETTINGS, Setting};
