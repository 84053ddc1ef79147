//! What takes the place of a scenario's load, and what tells plans apart.

use std::num::NonZeroU32;
use std::path::Path;

use crate::load::{Leg, Spacing};
use crate::scenario::{Habit, LoadChange, ParseContext, SourceFile, Stage, parse};

use super::*;

const STAGED: &str = "{ stages: [{ rate: 5/s, for: 2s }, { rate: 9/s, for: 1s }] }";

fn scenario(load: &str) -> Scenario {
    let context = ParseContext {
        env: &|_| None,
        read_file: &|_| Err(std::io::ErrorKind::NotFound.into()),
        list_folder: &|_| Ok(None),
    };
    let text = format!("name: short\nload: {load}\nflow: [init, end]\n");
    let source = SourceFile::new("short.yaml", text);
    parse(source, Some(Path::new("")), &context).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// Instances, course and whether it ends early, of a scenario with this load.
#[track_caller]
fn check(load: &str, change: LoadChange, is_gentle: bool, expected: &(u32, Course, bool)) {
    let asked = LoadOverride { change, is_gentle, most_devices: None };
    let plans = plan_scenarios(vec![scenario(load)], &asked).expect("it can be planned");
    let [plan] = &plans[..] else { panic!("one scenario is one plan") };
    assert_eq!((plan.instances, plan.course.clone(), plan.abort_on.is_some()), *expected, "{load}");
}

fn change() -> LoadChange {
    LoadChange::default()
}

#[test]
fn what_is_asked_for_takes_the_place_of_its_field() {
    let own = "{ devices: 3, iterations: 2, abort_on: errors.rate > 20% }";
    let twice = Course::Closed(Until::Iterations(2));
    check(own, change(), false, &(3, twice.clone(), true));
    let devices = NonZeroU32::new(5);
    check(own, LoadChange { devices, ..change() }, false, &(5, twice, true));
    let until = Some(Until::Elapsed(Duration::from_secs(4)));
    let expected = Course::Closed(Until::Elapsed(Duration::from_secs(4)));
    check(own, LoadChange { until, ..change() }, false, &(3, expected, true));
    let abort_on = Threshold::parse("errors.rate > 1%").ok();
    let once = Course::Closed(Until::Iterations(1));
    check("{ devices: 1 }", LoadChange { abort_on, ..change() }, false, &(1, once, true));
}

#[test]
fn stages_are_replaced_as_a_whole() {
    let seconds = Duration::from_secs;
    let staged =
        |legs: &[Leg<f64>]| Course::Open(Arrivals::staged(legs.iter().copied(), Spacing::Uniform));
    let own = staged(&[Leg::flat(5.0, seconds(2)), Leg::flat(9.0, seconds(1))]);
    check(STAGED, change(), false, &(1, own, false));
    let devices = NonZeroU32::new(2);
    let once = Course::Closed(Until::Iterations(1));
    let stages = vec![Stage::Rate(Leg::flat(7.0, seconds(1)))];
    let asked = staged(&[Leg::flat(7.0, seconds(1))]);
    check(
        STAGED,
        LoadChange { stages: stages.clone(), ..change() },
        false,
        &(1, asked.clone(), false),
    );
    check("{ iterations: 9 }", LoadChange { stages, ..change() }, true, &(1, asked, false));
    check("{ devices: 8 }", LoadChange { devices, ..change() }, true, &(2, once.clone(), false));
    check(STAGED, change(), true, &(1, once, false));
}

#[test]
fn a_rate_in_place_of_stages_keeps_its_arrival() {
    let own = "{ arrival: poisson, stages: [{ rate: 1/s..9/s, for: 2s }] }";
    let seconds = Duration::from_secs;
    let arrivals = |leg| Course::Open(Arrivals::staged([leg], Spacing::Poisson));
    let leg = Leg { from: 1.0, to: 9.0, time: seconds(2) };
    check(own, change(), false, &(1, arrivals(leg), false));
    let (rate, until) = (Some(3.0), Some(Until::Elapsed(seconds(4))));
    let asked = LoadChange { rate, until, ..change() };
    check(own, asked, false, &(1, arrivals(Leg::flat(3.0, seconds(4))), false));
    let arrival = Some(Spacing::Uniform);
    let even = Course::Open(Arrivals::staged([leg], Spacing::Uniform));
    check(own, LoadChange { arrival, ..change() }, false, &(1, even, false));
}

#[test]
fn starts_that_cannot_be_numbered_or_never_end_are_refused() {
    #[track_caller]
    fn refused(rate: f64, until: Until, told: &str) {
        let (rate, until) = (Some(rate), Some(until));
        let change = LoadChange { rate, until, ..change() };
        let asked = LoadOverride { change, ..LoadOverride::default() };
        let planned = plan_scenarios(vec![scenario("{ devices: 2 }")], &asked);
        let errors = planned.err().expect("it is too much");
        let [error] = &errors[..] else { panic!("{errors:?}") };
        assert!(error.to_string().contains(told), "{error}");
    }
    refused(1e6, Until::Elapsed(Duration::from_secs(3_600)), "3600000000 flows");
    refused(0.001, Until::Iterations(u32::MAX), "more than 720 h");
}

#[test]
fn plans_of_other_settings_have_other_digests() {
    let plan = |own_echo: Habit| {
        let mut scenario = scenario("{ devices: 1 }");
        scenario.settings.own_echo = own_echo;
        let scenarios = plan_scenarios(vec![scenario], &LoadOverride::default());
        let target = Target::parse("ws://127.0.0.1:80/uat").expect("it is an origin");
        RunPlan { scenarios: scenarios.expect("one device"), ..RunPlan::against(target) }
    };
    let of = |own_echo| plan(own_echo).digest();
    assert_eq!(of(Habit::Accept), of(Habit::Accept));
    assert_ne!(of(Habit::Accept), of(Habit::Never));
}
