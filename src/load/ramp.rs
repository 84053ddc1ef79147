//! When each flow instance starts, and each of its devices connects.

use std::time::Duration;

/// A start of `instances` flow instances, spread evenly over `over`, and no faster than
/// `connects_per_s` connects a second in all.
///
/// ```text
/// start(k)      = max(k * over / instances, k * devices_each / connects_per_s)
/// connect(k, j) = start(k) + j / connects_per_s
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// How many flow instances.
    pub instances: u32,
    /// How many devices each of them connects.
    pub devices_each: u32,
    /// Over how long they start.
    pub over: Duration,
    /// At most so many connects a second; `None` sets no bound.
    pub connects_per_s: Option<f64>,
}

impl Ramp {
    /// When the `k`-th instance starts, from 0, since the start of the scenario.
    pub fn start(&self, k: u32) -> Duration {
        let spread = self.over.mul_f64(f64::from(k) / f64::from(self.instances.max(1)));
        spread.max(self.spacing().mul_f64(f64::from(k) * f64::from(self.devices_each)))
    }

    /// When the `j`-th device of the `k`-th instance connects.
    pub fn connect(&self, k: u32, j: u32) -> Duration {
        self.start(k) + self.spacing() * j
    }

    /// The time between the connects of one device and the next, on average.
    pub fn between(&self) -> Duration {
        let devices = f64::from(self.instances) * f64::from(self.devices_each);
        self.spacing().max(self.over.div_f64(devices.max(1.0)))
    }

    fn spacing(&self) -> Duration {
        self.connects_per_s.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(over_s: u64, connects_per_s: Option<f64>, connects_ms: &[u128]) {
        let over = Duration::from_secs(over_s);
        let ramp = Ramp { instances: 3, devices_each: 2, over, connects_per_s };
        let connects = (0..3).flat_map(|k| (0..2).map(move |j| ramp.connect(k, j).as_millis()));
        assert_eq!(connects.collect::<Vec<_>>(), connects_ms);
    }

    #[test]
    fn without_a_bound_all_start_at_once() {
        check(0, None, &[0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_ramp_spreads_instances_evenly() {
        check(3, None, &[0, 0, 1000, 1000, 2000, 2000]);
    }

    #[test]
    fn a_connect_rate_holds_over_all_devices() {
        check(0, Some(10.0), &[0, 100, 200, 300, 400, 500]);
        check(3, Some(10.0), &[0, 100, 1000, 1100, 2000, 2100]);
    }

    #[track_caller]
    fn check_between(over_s: u64, connects_per_s: Option<f64>, between_ms: u128) {
        let over = Duration::from_secs(over_s);
        let ramp = Ramp { instances: 3, devices_each: 2, over, connects_per_s };
        assert_eq!(ramp.between().as_millis(), between_ms);
    }

    #[test]
    fn devices_are_as_far_apart_as_the_slower_of_both_bounds_asks() {
        check_between(0, None, 0);
        check_between(3, None, 500);
        check_between(0, Some(10.0), 100);
        check_between(3, Some(10.0), 500);
    }
}
