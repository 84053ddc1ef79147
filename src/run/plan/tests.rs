//! What takes the place of a scenario's load, and what tells plans apart.

use std::num::NonZeroU32;
use std::path::Path;

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
    let own = Course::Open(Arrivals::staged([(5.0, seconds(2)), (9.0, seconds(1))]));
    check(STAGED, change(), false, &(1, own, false));
    let devices = NonZeroU32::new(2);
    let once = Course::Closed(Until::Iterations(1));
    let stages = vec![Stage::Rate(7.0, seconds(1))];
    let asked = Course::Open(Arrivals::staged([(7.0, seconds(1))]));
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
