//! Which loads a search may try: the steps up, and the middle of two.

use super::By;
use super::words::significant;

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// What is raised; devices are whole, and a multiple of what one flow takes.
    pub by: By,
    /// The lowest load: above 0, for devices a multiple.
    pub from: f64,
    /// The highest load: not below the lowest, for devices a multiple.
    pub to: f64,
    /// Loads are multiples of this: the devices that one flow takes; 0 for rates.
    pub multiple: u32,
    /// How close the levels on both sides of the knee are to come, as a fraction: 0.03.
    pub precision: f64,
    /// The most levels: not below [`Range::levels_needed`], or it may end before it is precise.
    pub most_levels: usize,
    /// How often a level at the edge is run, at most, until its objectives are certain.
    pub most_attempts: usize,
}

/// A step up is at most this factor: the first load that is not carried is no more than that above
/// the knee, and does not bury the endpoint.
const STEP: f64 = 4.0;

impl Range {
    /// How many levels a search takes at most, where no level changes its outcome when it is run
    /// again: all steps up, and the halvings of the last of them.
    pub fn levels_needed(&self) -> usize {
        let steps = self.steps();
        let halvings = steps.windows(2).map(|pair| self.halvings(pair[0], pair[1])).max();
        steps.len() + halvings.unwrap_or(0)
    }

    /// The loads of the steps up, ascending, evenly spaced on the log scale; both ends of the range
    /// exactly.
    pub(super) fn steps(&self) -> Vec<f64> {
        if self.to <= self.from {
            return vec![self.from];
        }
        let span = (self.to / self.from).ln();
        // What rounding adds to a whole number of steps is no further step.
        let count = (span / STEP.ln() - 1e-9).ceil().max(1.0);
        let mut steps = vec![self.from];
        for step in 1..count as usize {
            let load = self.on_grid(self.from * (span * step as f64 / count).exp());
            if steps.last().is_some_and(|last| load > *last) && load < self.to {
                steps.push(load);
            }
        }
        steps.push(self.to);
        steps
    }

    /// A load between two, in the middle on the log scale; `None` where they are as close as a
    /// precision asks for, or no load lies between.
    pub(super) fn between(&self, low: f64, high: f64, precision: f64) -> Option<f64> {
        let middle = self.on_grid((low * high).sqrt());
        let is_apart = high / low > 1.0 + precision;
        (is_apart && low < middle && middle < high).then_some(middle)
    }

    /// How often the way between two loads is halved until they are close enough, at most: halves
    /// differ by what the grid rounds, so the wider one is followed.
    fn halvings(&self, low: f64, high: f64) -> usize {
        let Some(middle) = self.between(low, high, self.precision) else { return 0 };
        let is_upper_wider = high / middle > middle / low;
        let (low, high) = if is_upper_wider { (middle, high) } else { (low, middle) };
        1 + self.halvings(low, high)
    }

    /// The nearest load that may be tried: rates have few digits, and devices are multiples.
    fn on_grid(&self, load: f64) -> f64 {
        match self.by {
            By::Rate => significant(load, self.digits()),
            By::Devices => {
                let multiple = f64::from(self.multiple.max(1));
                (load / multiple).round() * multiple
            }
        }
    }

    /// So many digits that rounding moves a load by a twentieth of the precision at most.
    fn digits(&self) -> usize {
        let digits = 1.0 - (self.precision / 10.0).log10();
        digits.ceil().clamp(3.0, 15.0) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(from: f64, to: f64) -> Range {
        let (most_levels, most_attempts) = (12, 3);
        let (by, multiple, precision) = (By::Rate, 0, 0.03);
        Range { by, from, to, multiple, precision, most_levels, most_attempts }
    }

    fn devices(from: f64, to: f64, multiple: u32) -> Range {
        Range { by: By::Devices, multiple, ..rates(from, to) }
    }

    #[track_caller]
    fn check(range: Range, steps: &[f64], levels: usize) {
        assert_eq!(range.steps(), steps);
        assert_eq!(range.levels_needed(), levels);
    }

    #[test]
    fn a_thousandfold_takes_twelve_levels() {
        check(rates(1.0, 1000.0), &[1.0, 3.981, 15.85, 63.1, 251.2, 1000.0], 12);
    }

    #[test]
    fn a_small_range_takes_smaller_steps() {
        check(rates(10.0, 20.0), &[10.0, 20.0], 7);
        check(rates(1.0, 16.0), &[1.0, 4.0, 16.0], 9);
        check(rates(1.0, 5.0), &[1.0, 2.236, 5.0], 8);
        check(rates(100.0, 102.0), &[100.0, 102.0], 2);
    }

    #[test]
    fn one_load_is_one_level() {
        check(rates(50.0, 50.0), &[50.0], 1);
    }

    #[test]
    fn devices_are_whole_multiples() {
        check(devices(1.0, 10.0, 1), &[1.0, 3.0, 10.0], 7);
        check(devices(3.0, 300.0, 3), &[3.0, 9.0, 30.0, 96.0, 300.0], 11);
        check(devices(2.0, 4.0, 2), &[2.0, 4.0], 2);
    }

    #[test]
    fn the_middle_is_strictly_between() {
        assert_eq!(rates(1.0, 100.0).between(10.0, 40.0, 0.03), Some(20.0));
        assert_eq!(rates(1.0, 100.0).between(10.0, 10.2, 0.03), None);
        assert_eq!(devices(1.0, 9.0, 1).between(1.0, 3.0, 0.03), Some(2.0));
        assert_eq!(devices(1.0, 9.0, 1).between(2.0, 3.0, 0.03), None);
        assert_eq!(devices(3.0, 9.0, 3).between(3.0, 6.0, 0.03), None);
    }
}
