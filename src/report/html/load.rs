//! The load of a scenario in words.

use std::time::Duration;

use crate::report::figure::{brief, counted, grouped};
use crate::run::{LoadRecord, StageRecord};

/// What was asked of the scenario, a phrase each: `4 devices in 2 flow instances`, `2 iterations each`.
pub(super) fn phrases(load: &LoadRecord) -> Vec<String> {
    let mut devices = counted(load.devices, "device");
    if load.instances != load.devices {
        devices += &format!(" in {}", counted(load.instances, "flow instance"));
    }
    let iterations = load.iterations.map(|count| format!("{} each", counted(count, "iteration")));
    let duration = load.duration_s.map(|s| format!("for {}", seconds(s)));
    let rate = load.rate_per_s.map(|rate| format!("{} started a second", flows(rate)));
    let arrival = load.arrival.as_ref().map(|arrival| format!("{arrival} arrivals"));
    let stages = load.stages.iter().map(stage);
    let ramp_up =
        (load.ramp_up_s > 0.0).then(|| format!("connected over {}", seconds(load.ramp_up_s)));
    [devices]
        .into_iter()
        .chain(iterations)
        .chain(duration)
        .chain(rate)
        .chain(stages)
        .chain(arrival)
        .chain(ramp_up)
        .collect()
}

fn stage(stage: &StageRecord) -> String {
    let span = seconds(stage.for_s);
    let devices = stage.devices.map(|[from, to]| match from == to {
        true => counted(to, "device"),
        false => format!("{} to {}", grouped(from), counted(to, "device")),
    });
    let rate = stage.rate_per_s.map(|[from, to]| match from.total_cmp(&to).is_eq() {
        true => format!("{} a second", flows(to)),
        false => format!("{from} to {} a second", flows(to)),
    });
    let what = devices.into_iter().chain(rate).collect::<Vec<_>>().join(", ");
    format!("{what} over {span}")
}

fn flows(rate: f64) -> String {
    let plural = if rate.total_cmp(&1.0).is_eq() { "" } else { "s" };
    format!("{rate} flow{plural}")
}

fn seconds(s: f64) -> String {
    Duration::try_from_secs_f64(s).map_or_else(|_| format!("{s} s"), brief)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: LoadRecord = LoadRecord {
        devices: 1,
        instances: 1,
        iterations: None,
        duration_s: None,
        ramp_up_s: 0.0,
        rate_per_s: None,
        arrival: None,
        stages: Vec::new(),
    };

    #[track_caller]
    fn check(load: &LoadRecord, expected: &str) {
        assert_eq!(phrases(load).join("; "), expected);
    }

    #[test]
    fn what_repeats_is_told_by_how_often_or_how_long() {
        check(&BARE, "1 device");
        let iterated = LoadRecord { devices: 4, instances: 2, iterations: Some(2), ..BARE };
        check(&iterated, "4 devices in 2 flow instances; 2 iterations each");
        let timed = LoadRecord { devices: 2, duration_s: Some(90.0), ramp_up_s: 0.5, ..BARE };
        check(&timed, "2 devices in 1 flow instance; for 1 min 30 s; connected over 500 ms");
    }

    #[test]
    fn what_is_started_is_told_by_its_rate() {
        let rate = LoadRecord {
            rate_per_s: Some(1.0),
            duration_s: Some(10.0),
            arrival: Some("poisson".into()),
            ..BARE
        };
        check(&rate, "1 device; for 10.0 s; 1 flow started a second; poisson arrivals");
        let stage = |rate_per_s, devices| StageRecord { rate_per_s, devices, for_s: 30.0 };
        let stages = vec![
            stage(Some([0.0, 50.5]), None),
            stage(Some([50.5, 50.5]), None),
            stage(None, Some([0, 1_000])),
            stage(None, Some([7, 7])),
        ];
        check(
            &LoadRecord { stages, ..BARE },
            "1 device; 0 to 50.5 flows a second over 30.0 s; 50.5 flows a second over 30.0 s; \
             0 to 1 000 devices over 30.0 s; 7 devices over 30.0 s",
        );
    }
}
