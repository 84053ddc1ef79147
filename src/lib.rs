//! deskbell proves a WebSocket chat service right against its protocol document, and finds how
//! much it carries.

pub mod metrics;
pub mod protocol;
