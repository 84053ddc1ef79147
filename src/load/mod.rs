//! When to start what. It knows no protocol, device or scenario. Start from [`Ramp`] for devices
//! that connect, [`Arrivals`] for flows that are started at a rate, and [`Population`] for devices
//! that come and go in stages. Where several machines share all that, [`Shard`] says what is whose.

mod arrival;
mod leg;
mod offsets;
mod population;
mod ramp;
mod shard;

pub use arrival::{Arrivals, Spacing};
pub use leg::Leg;
pub use offsets::{Offsets, Share};
pub use population::Population;
pub use ramp::Ramp;
pub use shard::{Deal, Shard};
