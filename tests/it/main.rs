//! Everything that is tested from outside the library, as one binary.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod architecture;
mod cli;
mod defects;
mod deviation;
mod documents;
mod hostile;
mod language;
mod process;
mod schemas;
mod server;
mod simulated;
mod simulation;
