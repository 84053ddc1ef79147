//! Whether the devices of an open model can carry its rate at all.

use std::time::Duration;

use crate::load::Arrivals;
use crate::run::plan::{Course, ScenarioPlan};
use crate::run::starts::PATIENCE;

use super::traffic::Traffic;

/// A burst is over before it, and shorter ones may pass.
const ROUNDS: u32 = 10;

impl ScenarioPlan {
    /// Why some planned starts will be dropped even if every answer came at once, in words; `None`
    /// where they may all be made.
    ///
    /// By Little's law a rate takes as many instances as flows are under way at once: the rate times
    /// how long a flow pauses by itself.
    pub fn shortfall(&self) -> Option<String> {
        let Course::Open(arrivals) = &self.course else { return None };
        let pause = Traffic::of(&self.scenario.flow, &self.scenario).pause;
        if can_carry(arrivals, self.instances, pause) {
            return None;
        }
        let (each, rate) = (f64::from(self.devices_each()), arrivals.fastest());
        let needed = (rate * pause.as_secs_f64()).ceil() * each;
        let (name, devices) = (&self.scenario.name, self.devices());
        let pause = pause.as_secs_f64();
        Some(format!(
            "{name}: it needs at least {needed} devices: {rate}/s of flows that pause {pause} s; with \
             {devices} some starts find no idle device, and are dropped"
        ))
    }
}

/// Whether instances that pause so long in each flow may make all starts in time: within any while
/// an instance makes no more than one for each pause that it takes.
fn can_carry(arrivals: &Arrivals, instances: u32, pause: Duration) -> bool {
    if pause.is_zero() {
        return true;
    }
    let window = pause.saturating_mul(ROUNDS).min(arrivals.end());
    let rounds = (window.saturating_add(PATIENCE).as_secs_f64() / pause.as_secs_f64()).ceil();
    arrivals.most_within(window) <= f64::from(instances) * rounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(per_s: f64, for_s: u64, instances: u32, pause_ms: u64, expected: bool) {
        let arrivals = Arrivals::constant(per_s, Duration::from_secs(for_s));
        let pause = Duration::from_millis(pause_ms);
        assert_eq!(can_carry(&arrivals, instances, pause), expected);
    }

    #[test]
    fn a_rate_takes_as_many_instances_as_flows_are_under_way() {
        check(50.0, 600, 200, 4_000, true);
        check(50.0, 600, 150, 4_000, false);
        check(50.0, 600, 1, 0, true);
    }

    #[test]
    fn a_short_burst_is_carried_by_those_who_are_idle() {
        check(10.0, 1, 10, 60_000, true);
        check(10.0, 2, 10, 60_000, false);
    }
}
