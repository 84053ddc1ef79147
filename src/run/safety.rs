//! What keeps a run from doing harm to the service that it is played against.
//!
//! It holds bounds, and knows neither scenarios nor devices. Start from [`Safety`].

use crate::metrics::Threshold;

/// Bounds that hold whatever scenarios and options ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Safety {
    /// The most devices at once, over all shards.
    pub most_devices: Option<u32>,
    /// The most messages sent a second, over all devices and shards: every frame that a step sends
    /// counts.
    pub most_sends_per_s: Option<f64>,
    /// The most connects a second, over all devices and shards.
    pub most_connects_per_s: Option<f64>,
    /// Stops the run once it holds over the last seconds, of all scenarios together. Errors that
    /// steps ask for do not count; connects that fail do.
    pub abort_on: Option<Threshold>,
}

impl Safety {
    /// What stops a run against a service that is broken: most of what is asked of it fails.
    pub fn broken_service() -> Threshold {
        Threshold::parse("errors.rate > 50%").expect("it is a threshold")
    }

    /// How many connects a second there may be, where `asked` are asked for; `None` is no bound.
    pub fn connects_per_s(&self, asked: Option<f64>) -> Option<f64> {
        [asked, self.most_connects_per_s].into_iter().flatten().reduce(f64::min)
    }

    /// How many scenarios may run side by side, of those with so many devices each, where `asked`
    /// may: no more than fit the most devices, and at least one.
    pub fn jobs(&self, asked: usize, mut devices: Vec<u32>) -> usize {
        let Some(most) = self.most_devices else { return asked };
        devices.sort_unstable_by(|a, b| b.cmp(a));
        let sums = devices.iter().scan(0u64, |sum, devices| {
            *sum += u64::from(*devices);
            Some(*sum)
        });
        let fitting = sums.take_while(|sum| *sum <= u64::from(most)).count();
        if fitting == devices.len() { asked } else { asked.min(fitting.max(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(most_devices: Option<u32>, devices: &[u32], expected: usize) {
        let safety = Safety { most_devices, ..Safety::default() };
        assert_eq!(safety.jobs(8, devices.to_vec()), expected);
    }

    #[test]
    fn scenarios_run_side_by_side_as_long_as_their_devices_fit() {
        check(None, &[2, 2, 2], 8);
        check(Some(6), &[2, 2, 2], 8);
        check(Some(5), &[2, 2, 2], 2);
        check(Some(5), &[1, 3, 1, 2, 1], 2);
        check(Some(2), &[2, 2], 1);
    }

    #[test]
    fn the_lower_bound_on_connects_holds() {
        let safety = Safety { most_connects_per_s: Some(20.0), ..Safety::default() };
        let bounds = [None, Some(50.0), Some(5.0)].map(|asked| safety.connects_per_s(asked));
        assert_eq!(bounds, [Some(20.0), Some(20.0), Some(5.0)]);
        assert_eq!(Safety::default().connects_per_s(None), None);
    }
}
