//! deskbell proves a WebSocket chat service right against its protocol document, and finds how
//! much it carries.

pub mod cli;
pub mod conformance;
pub mod device;
pub mod load;
pub mod metrics;
pub mod protocol;
pub mod report;
pub mod run;
pub mod scenario;
pub mod server;
