//! What keeps a run from doing harm to the service that it is played against.

/// Bounds that hold whatever scenarios and options ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Safety {
    /// The most devices at once.
    pub most_devices: Option<u32>,
    /// The most messages sent a second, over all devices.
    pub most_sends_per_s: Option<f64>,
}
