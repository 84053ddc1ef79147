//! What follows of a level, from all of its attempts together.

use crate::capacity::{Attempt, By, Level, ObjectiveValue, Quantity, Shortfall, Soundness};
use crate::conformance::ClauseId;
use crate::metrics::{Measure, Statistic, Threshold, Throttling};
use crate::report::grouped;

use super::objectives::Objectives;
use super::seconds::{Measured, service};
use super::words;

/// The share of devices that has to be connected, on average, for a load of devices to be carried.
const CONNECTED: f64 = 0.99;

/// The share of planned starts that may find no idle device, for whatever reason.
const DROPPED: f64 = 0.001;

/// The share of the longest latency that objectives allow by which the generator may be late itself.
const LATENESS: f64 = 0.25;

/// One run of a level, as far as the level is judged by it.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) attempt: Attempt,
    /// `None` where no second counts.
    pub(super) measured: Option<Measured>,
    /// Why its latencies are not to be trusted.
    pub(super) doubts: Vec<String>,
    pub(super) throttling: Option<Throttling>,
    /// Why it ended early.
    pub(super) aborted: Option<String>,
    pub(super) is_interrupted: bool,
    /// Clauses that must or should hold, and did not.
    pub(super) violated: Vec<ClauseId>,
}

/// What follows of a load, by what all of its attempts showed. Those that are not to be trusted count only
/// where there are no others.
pub(super) fn judge(by: By, load: f64, objectives: &Objectives, trials: &[Trial]) -> Level {
    let trusted: Vec<_> = trials.iter().filter(|one| one.attempt.valid).collect();
    let pooled = if trusted.is_empty() { trials.iter().collect() } else { trusted };
    let measured: Vec<_> = pooled.iter().filter_map(|one| one.measured.as_ref()).collect();
    let values = objectives.values(&measured);
    let soundness = soundness((by, load), (trials, &measured), objectives, &values);
    let (outcome, told) = soundness.outcome(&values);
    let seconds = sum(&measured, Measured::seconds);
    let per_s = |of: fn(&Measured) -> f64| (seconds > 0.0).then(|| sum(&measured, of) / seconds);
    let requests = sum(&measured, |one| one.totals().requests as f64);
    let main = objectives.main_metric();
    let latency = |of: Statistic| objectives.latency(main?, of, &measured);
    Level {
        load,
        outcome,
        told,
        shortfall: soundness.shortfall(),
        achieved: match by {
            By::Rate => per_s(|one| one.totals().dropped as f64).map(|dropped| load - dropped),
            By::Devices => per_s(|one| one.devices() * one.seconds()),
        },
        sends_per_s: per_s(|one| one.totals().sends as f64),
        throughput_per_s: per_s(|one| one.totals().responses as f64),
        concurrency: per_s(|one| one.concurrency() * one.seconds()),
        p50: latency(Statistic::P50),
        p99: latency(Statistic::P99),
        errors: (requests > 0.0).then(|| sum(&measured, |one| one.errors() as f64) / requests),
        objectives: values,
        attempts: trials.iter().map(|one| one.attempt.clone()).collect(),
    }
}

/// Why a rate was not offered though the endpoint answered in time: too few devices. Where the answers
/// themselves took longer than the objectives allow, devices were busy for that, and it is no reason.
pub(super) fn shortage(load: f64, objectives: &Objectives, trial: &Trial) -> Option<String> {
    let measured = trial.measured.as_ref()?;
    let planned = load * measured.seconds();
    let dropped = measured.totals().dropped;
    let is_dropped = dropped as f64 > planned * DROPPED;
    let missed: Vec<_> = objectives
        .iter()
        .zip(objectives.values(&[measured]))
        .filter(|(_, value)| !value.is_kept())
        .map(|(one, _)| one)
        .collect();
    let is_slow = missed.iter().any(|one| !is_met_by_service(one, objectives, measured));
    if is_slow || (missed.is_empty() && !is_dropped) {
        return None;
    }
    let devices = grouped(trial.attempt.devices);
    let (dropped, planned) = (grouped(dropped), grouped(words::whole(planned)));
    Some(format!(
        "{devices} devices are too few for {}: {dropped} of {planned} planned starts found none idle, \
         and others waited for one, while answers came in time",
        By::Rate.told(load)
    ))
}

/// Whether an objective that is missed by what counts from planned instants holds by what counts from
/// actual ones.
fn is_met_by_service(one: &Threshold, objectives: &Objectives, measured: &Measured) -> bool {
    let Measure::Latency(metric, statistic) = one.measure() else { return false };
    let taken = objectives.latency(&service(metric), *statistic, &[measured]);
    taken.is_some_and(|taken| one.is_met_by(taken.value))
}

/// Whether the attempts measured the load at all.
fn soundness(
    (by, load): (By, f64),
    (trials, measured): (&[Trial], &[&Measured]),
    objectives: &Objectives,
    values: &[ObjectiveValue],
) -> Soundness {
    if trials.iter().all(|one| one.is_interrupted) {
        return Soundness::BrokenOff("a person asked for its end".to_owned());
    }
    if let Some(last) = trials.last()
        && trials.iter().all(|one| !one.attempt.valid)
    {
        return Soundness::Invalid(last.doubts.join("; "));
    }
    if let Some(throttling) = trials.iter().find_map(|one| one.throttling.as_ref()) {
        return Soundness::Short(Shortfall::Throttling, throttled(throttling));
    }
    let not_carried = trials
        .iter()
        .find_map(|one| one.aborted.clone().map(|why| format!("it was ended early, {why}")))
        .or_else(|| measured.is_empty().then(|| NOT_SET_UP.to_owned()))
        .or_else(|| errors(objectives, values))
        .or_else(|| unconnected(load, measured).filter(|_| by == By::Devices));
    if let Some(why) = not_carried {
        return Soundness::Short(Shortfall::Errors, why);
    }
    let is_kept = values.iter().all(ObjectiveValue::is_kept);
    if let Some(why) = lateness(measured, objectives).filter(|_| !is_kept) {
        return Soundness::Invalid(why);
    }
    match dropped(load, measured).filter(|_| by == By::Rate && is_kept) {
        Some(why) => Soundness::Short(Shortfall::Dropped, why),
        None => Soundness::Sound,
    }
}

/// Said where no second counts.
const NOT_SET_UP: &str = "its devices were not all connected and set up in time";

fn throttled(throttling: &Throttling) -> String {
    let (connects, requests) = (grouped(throttling.connects), grouped(throttling.requests));
    format!("the gateway throttled {requests} requests and {connects} connects")
}

/// Why a latency that is too long may be the generator's own: what it is late counts in every latency that
/// counts from a planned instant. What is kept in spite of that is kept.
fn lateness(measured: &[&Measured], objectives: &Objectives) -> Option<String> {
    let bound_s = objectives.longest_s()? * LATENESS;
    let late_s = measured.iter().map(|one| one.lateness_s()).fold(0.0, f64::max);
    (late_s > bound_s).then(|| {
        let late_ms = words::figure((late_s * 1e3).ceil());
        format!(
            "its p99 lateness of {late_ms} ms counts in every latency, and is more than a quarter of \
             what the objectives allow: fewer devices or more cores"
        )
    })
}

/// Which objective on errors is missed.
fn errors(objectives: &Objectives, values: &[ObjectiveValue]) -> Option<String> {
    let mut of_errors =
        objectives.iter().zip(values).filter(|(one, _)| Objectives::is_on_errors(one));
    let (one, value) = of_errors.find(|(_, value)| !value.is_kept())?;
    Some(match value.value {
        None => format!("nothing was asked of the endpoint, so that nothing is known of {one}"),
        Some(Quantity { value, .. }) => {
            format!("errors are {}, and {one} was asked for", one.with_unit(value))
        }
    })
}

fn unconnected(load: f64, measured: &[&Measured]) -> Option<String> {
    let seconds = sum(measured, Measured::seconds);
    let devices = sum(measured, |one| one.devices() * one.seconds()) / seconds;
    (devices < load * CONNECTED).then(|| {
        let (devices, load) = (words::figure(devices), By::Devices.told(load));
        format!("on average {devices} of {load} were connected")
    })
}

fn dropped(load: f64, measured: &[&Measured]) -> Option<String> {
    let planned = sum(measured, |one| one.seconds() * load);
    let dropped = sum(measured, |one| one.totals().dropped as f64);
    (dropped > planned * DROPPED).then(|| {
        let [dropped, planned] = [dropped, planned].map(|one| grouped(words::whole(one)));
        format!("{dropped} of {planned} planned starts found no idle device")
    })
}

fn sum(measured: &[&Measured], of: impl Fn(&Measured) -> f64) -> f64 {
    measured.iter().map(|one| of(one)).sum()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::capacity::LevelOutcome;
    use crate::metrics::{ErrorKind, Layer, Metric, Throttling};
    use crate::protocol::Call;
    use crate::run::{Onlooker, Second};

    use super::*;
    use crate::cli::capacity::seconds::{Seconds, Window};

    const LOAD: f64 = 100.0;

    fn objectives() -> Objectives {
        let slo = Threshold::parse("rtt.send.p99 < 100ms").unwrap();
        Objectives::new(vec![slo], 1).0
    }

    /// Twenty seconds of a hundred sends each that took so long, since they were planned and really.
    fn trial(planned_ms: u64, taken_ms: u64, change: impl Fn(&mut Second)) -> Trial {
        let mut seconds = Seconds::of(objectives().metrics());
        for no in 0..20 {
            let mut second = Second { no, devices: 100, ..Second::default() };
            second.recorder.totals_mut().requests = 100;
            for nth in 0..100 {
                let [planned, taken] = [planned_ms, taken_ms]
                    .map(|ms| Duration::from_millis(ms) + Duration::from_micros(nth * (no % 5)));
                second.recorder.planned_latency(Metric::Rtt(Call::Send), planned, Some(taken));
            }
            change(&mut second);
            seconds.second(&second);
        }
        let attempt = Attempt {
            folder: "levels/01-100".to_owned(),
            counted_s: 20.0,
            samples: 2_000,
            p99_us: None,
            lateness_p99_us: 90,
            valid: true,
            devices: 100,
        };
        Trial {
            attempt,
            measured: seconds.within(Window { from: 0, to: 20 }),
            doubts: Vec::new(),
            throttling: None,
            aborted: None,
            is_interrupted: false,
            violated: Vec::new(),
        }
    }

    fn quick() -> Trial {
        trial(20, 20, |_| {})
    }

    #[track_caller]
    fn check(by: By, trials: &[Trial], outcome: LevelOutcome, told: &str) {
        let level = judge(by, LOAD, &objectives(), trials);
        assert_eq!(level.outcome, outcome, "{}", level.told);
        assert!(level.told.contains(told), "{}", level.told);
        assert_eq!(level.attempts.len(), trials.len());
    }

    #[test]
    fn objectives_decide_where_the_load_was_carried() {
        check(By::Rate, &[quick()], LevelOutcome::Kept, "rtt.send.p99");
        check(By::Rate, &[trial(120, 120, |_| {})], LevelOutcome::Missed, "above 100ms");
        check(By::Devices, &[quick(), quick()], LevelOutcome::Kept, "below 100ms");
    }

    #[test]
    fn what_was_no_load_is_not_carried() {
        let throttling = Some(Throttling::request(Duration::ZERO));
        let throttled = Trial { throttling, ..quick() };
        check(By::Rate, &[quick(), throttled], LevelOutcome::NotCarried, "throttled 1 request");
        let aborted = Trial { aborted: Some("errors were too many".to_owned()), ..quick() };
        check(By::Rate, &[aborted], LevelOutcome::NotCarried, "errors were too many");
        let failing = trial(20, 20, |second| {
            let kind = ErrorKind::status(500);
            (0..3).for_each(|_| second.recorder.error(Layer::Application, kind));
        });
        check(By::Rate, &[failing], LevelOutcome::NotCarried, "errors are 3 %");
        let few = trial(20, 20, |second| second.devices = 90);
        check(By::Devices, &[few], LevelOutcome::NotCarried, "on average 90 of 100 devices");
        let none = Trial { measured: None, ..quick() };
        check(By::Rate, &[none], LevelOutcome::NotCarried, "not all connected");
    }

    #[test]
    fn a_generator_that_could_not_keep_up_shows_nothing() {
        let mut late = Trial { doubts: vec!["p99 lateness 38 ms".to_owned()], ..quick() };
        late.attempt.valid = false;
        let one = std::slice::from_ref(&late);
        check(By::Rate, one, LevelOutcome::Invalid, "p99 lateness 38 ms");
        check(By::Rate, &[late, quick()], LevelOutcome::Kept, "rtt.send.p99");
        let broken = Trial { is_interrupted: true, ..quick() };
        check(By::Rate, &[broken], LevelOutcome::BrokenOff, "a person");
    }

    #[test]
    fn what_the_generator_was_late_is_no_fault_of_the_endpoint() {
        let late = |second: &mut Second| {
            (0..100).for_each(|_| second.recorder.late_by(Duration::from_millis(60)));
        };
        check(By::Rate, &[trial(120, 120, late)], LevelOutcome::Invalid, "lateness of 60 ms");
        check(By::Rate, &[trial(90, 90, late)], LevelOutcome::Kept, "rtt.send.p99");
    }

    #[test]
    fn only_answers_in_time_show_that_there_are_too_few_devices() {
        let is_short = |trial: &Trial| shortage(LOAD, &objectives(), trial).is_some();
        assert!(!is_short(&quick()));
        assert!(is_short(&trial(900, 20, |_| {})), "they waited for a device");
        assert!(!is_short(&trial(900, 400, |_| {})), "the endpoint was slow");
        let dropping = |second: &mut Second| second.recorder.totals_mut().dropped = 5;
        assert!(is_short(&trial(20, 20, dropping)));
        assert!(!is_short(&trial(900, 400, dropping)));
    }
}
