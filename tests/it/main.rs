//! Everything that is tested from outside the library, as one binary.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod architecture;
mod cli;
mod conversations;
mod defects;
mod desk;
mod deviation;
mod dialect;
mod documents;
mod ending;
mod faithful;
mod hostile;
mod language;
mod leaks;
mod lenient;
mod limits;
mod load_truth;
mod matrix;
mod metrics;
mod network;
mod pages;
mod pipes;
mod probe;
mod process;
mod rails;
mod readings;
mod sample;
mod schemas;
mod server;
mod shipped;
mod simulated;
mod simulation;
mod stopping;
mod terminal;
mod tokens;
mod waivers;
