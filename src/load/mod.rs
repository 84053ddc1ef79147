//! When to start what. It knows no protocol, device or scenario. Start from [`Ramp`] for devices
//! that connect, [`Arrivals`] for flows that are started at a rate, and [`Population`] for devices
//! that come and go in stages.

mod arrival;
mod ramp;

pub use arrival::{Arrivals, Population};
pub use ramp::Ramp;
