//! When to start what. It knows no protocol, device or scenario. Start from [`Ramp`].

mod ramp;

pub use ramp::Ramp;
