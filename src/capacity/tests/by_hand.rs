//! What is run next, told by hand.

use super::{P99, attempt, invalid, kept, missed, objective, range, search};
use crate::capacity::{
    Answer, By, Ended, EndedBy, Level, LevelOutcome, Next, Range, Search, Shortfall, Soundness,
};

/// Every load that is run, in order, with its attempt, as an endpoint answers; and the answer.
fn drive(
    mut search: Search,
    endpoint: impl Fn(f64, usize) -> Level,
) -> (Vec<(f64, usize)>, Answer) {
    let mut runs = Vec::new();
    while let Next::Run { load, attempt: number, .. } = search.next() {
        assert!(runs.len() < 100, "no end: {runs:?}");
        runs.push((load, number));
        search.seen(Level { attempts: vec![attempt(); number], ..endpoint(load, number) });
    }
    (runs, search.answer())
}

fn knee_at(knee: f64) -> impl Fn(f64, usize) -> Level {
    move |load, _| if load <= knee { kept(load) } else { missed(load) }
}

fn first(loads: &[f64]) -> Vec<(f64, usize)> {
    loads.iter().map(|load| (*load, 1)).collect()
}

#[test]
fn steps_go_up_to_the_first_miss_and_halves_back() {
    let (runs, answer) = drive(search(1.0, 1000.0), knee_at(20.0));
    let up = first(&[1.0, 3.981, 15.85, 63.1]);
    let back = first(&[31.62, 22.39, 18.84, 20.54, 19.67, 20.1]);
    let expected = [up, vec![(63.1, 2)], back, vec![(20.1, 2)]].concat();
    assert_eq!(runs, expected, "misses that decide are run again");
    assert_eq!(answer.carried, Some(19.67));
    assert_eq!(answer.ended.by, EndedBy::Precision);
    let loads: Vec<_> = answer.levels.iter().map(|level| level.load).collect();
    assert!(loads.is_sorted(), "{loads:?}");
}

#[test]
fn levels_are_near_once_both_sides_are_known() {
    let mut search = search(1.0, 1000.0);
    let mut near_from: Vec<(f64, bool)> = Vec::new();
    while let Next::Run { load, near, attempt: number } = search.next() {
        near_from.push((load, near));
        search.seen(Level { attempts: vec![attempt(); number], ..knee_at(10.0)(load, 1) });
    }
    let (far, near): (Vec<(f64, bool)>, Vec<_>) = near_from.iter().partition(|(_, near)| !near);
    assert_eq!(far, [(1.0, false), (3.981, false), (15.85, false)]);
    assert!(near.len() >= 6, "{near:?}");
}

#[test]
fn a_range_without_a_miss_ends_at_its_top() {
    let (runs, answer) = drive(search(10.0, 100.0), knee_at(1000.0));
    assert_eq!(runs, first(&[10.0, 31.62, 100.0]));
    assert_eq!((answer.ended.by, answer.carried, answer.knee), (EndedBy::Top, Some(100.0), None));
}

#[test]
fn a_lowest_load_that_is_missed_twice_ends_it() {
    let (runs, answer) = drive(search(10.0, 100.0), knee_at(1.0));
    assert_eq!(runs, [(10.0, 1), (10.0, 2)]);
    assert_eq!((answer.ended.by, answer.carried, answer.knee), (EndedBy::Bottom, None, None));
}

#[test]
fn one_load_is_run_once() {
    let (runs, answer) = drive(search(50.0, 50.0), knee_at(100.0));
    assert_eq!(runs, [(50.0, 1)]);
    assert_eq!(answer.ended.by, EndedBy::Top);
    let only = search(50.0, 50.0).next();
    assert_eq!(only, Next::Run { load: 50.0, attempt: 1, near: true });
}

#[test]
fn devices_end_where_no_multiple_lies_between() {
    let range = Range { by: By::Devices, multiple: 3, ..range(3.0, 300.0) };
    let (runs, answer) = drive(Search::new(range), knee_at(10.0));
    assert_eq!(runs, [(3.0, 1), (9.0, 1), (30.0, 1), (30.0, 2), (15.0, 1), (12.0, 1), (12.0, 2)]);
    assert_eq!(answer.carried, Some(9.0));
    assert_eq!(answer.ended.told, "9 devices and 12 devices are as close as was asked for");
}

/// Its figure is near the bound, and certain from an attempt on.
fn uncertain_until(load: f64, certain_from: usize, attempt: usize, ms: f64) -> Level {
    let width = if attempt < certain_from { 0.2 } else { 0.001 };
    let figures = [1.0 - width, 1.0, 1.0 + width].map(|by| ms * 1e3 * by);
    super::level(load, &[objective(P99, figures)])
}

#[test]
fn an_uncertain_level_is_run_again_before_the_search_goes_on() {
    let (runs, _) = drive(search(10.0, 20.0), |load, attempt| match load {
        20.0 => uncertain_until(load, 2, attempt, 101.0),
        14.14 => uncertain_until(load, 9, attempt, 99.0),
        _ => knee_at(15.0)(load, attempt),
    });
    assert_eq!(
        runs[..7],
        [(10.0, 1), (20.0, 1), (20.0, 2), (14.14, 1), (14.14, 2), (14.14, 3), (16.82, 1)]
    );
}

#[test]
fn too_few_samples_far_below_are_not_worth_another_run() {
    let (runs, _) = drive(search(1.0, 16.0), |load, attempt| {
        let few = super::level(load, &[objective(P99, [20e3, 30e3, 500e3])]);
        if load < 2.0 { few } else { knee_at(5.0)(load, attempt) }
    });
    assert_eq!(runs.iter().filter(|(load, _)| *load < 2.0).count(), 1);
}

#[test]
fn what_stays_uncertain_is_noted() {
    let (runs, answer) =
        drive(search(50.0, 50.0), |load, attempt| uncertain_until(load, 9, attempt, 99.0));
    assert_eq!(runs, [(50.0, 1), (50.0, 2), (50.0, 3)]);
    let told = "50/s is decided by its figure alone, uncertain after 3 runs: \
                send_to_event.p99 is 99ms (somewhere from 79.2ms to 119ms), below 100ms";
    assert_eq!(answer.notes, [told]);
}

#[test]
fn a_disturbance_that_passes_does_not_end_the_search() {
    let (runs, answer) = drive(search(1.0, 1000.0), |load, attempt| {
        let is_disturbed = load > 15.0 && load < 16.0 && attempt == 1;
        if is_disturbed { missed(load) } else { knee_at(300.0)(load, attempt) }
    });
    assert_eq!(runs[2..5], [(15.85, 1), (15.85, 2), (63.1, 1)]);
    let carried = answer.carried.unwrap();
    assert!((290.0..=300.0).contains(&carried), "{carried}");
}

#[test]
fn a_kept_level_that_misses_later_moves_the_search_down() {
    // 15/s is uncertain and kept at first, and missed when it is run again as a side of the knee.
    let (_, answer) = drive(search(10.0, 20.0), |load, attempt| match (load, attempt) {
        (14.14, 1) => super::level(load, &[objective(P99, [40e3, 60e3, 110e3])]),
        _ => knee_at(14.0)(load, attempt),
    });
    assert!(answer.carried.unwrap() <= 14.0, "{:?}", answer.carried);
    let is_kept: Vec<_> =
        answer.levels.iter().map(|level| level.outcome == LevelOutcome::Kept).collect();
    assert!(is_kept.is_sorted_by(|below, above| below >= above), "{is_kept:?}");
}

#[test]
fn a_load_that_is_asked_for_is_tried_itself() {
    let (runs, answer) = drive(search(1.0, 1000.0).asking(Some(17.0)), knee_at(17.2));
    assert!(runs.contains(&(17.0, 1)), "{runs:?}");
    assert!(answer.carried >= Some(17.0));
}

#[test]
fn a_knee_below_the_generators_limit_is_found() {
    let (_, answer) = drive(search(1.0, 1000.0), |load, attempt| {
        if load > 400.0 { invalid(load) } else { knee_at(300.0)(load, attempt) }
    });
    let knee = answer.knee.unwrap();
    assert!(knee.low <= 300.0 && knee.high > 300.0 && knee.high / knee.low < 1.03, "{knee:?}");
    assert_eq!(answer.ended.by, EndedBy::Precision);
}

#[test]
fn the_generators_limit_is_found_less_closely() {
    let (runs, answer) =
        drive(search(1.0, 1000.0), |load, _| if load > 400.0 { invalid(load) } else { kept(load) });
    assert_eq!(answer.ended.by, EndedBy::Generator);
    assert_eq!(answer.knee, None);
    let carried = answer.carried.unwrap();
    assert!(carried > 360.0 && carried <= 400.0, "{carried}");
    assert!(runs.len() <= 12, "{runs:?}");
}

#[test]
fn what_stopped_it_is_named() {
    let ended = |soundness: Soundness| {
        let (_, answer) = drive(search(10.0, 20.0), move |load, attempt| {
            let level = knee_at(14.0)(load, attempt);
            if level.outcome == LevelOutcome::Kept {
                return level;
            }
            let (outcome, told) = soundness.outcome(&[]);
            let (shortfall, objectives) = (soundness.shortfall(), Vec::new());
            Level { outcome, told, shortfall, objectives, ..level }
        });
        answer.ended
    };
    let short = |by: Shortfall, why: &str| ended(Soundness::Short(by, why.to_owned()));
    let errors = short(Shortfall::Errors, "12 % of requests failed");
    assert_eq!(errors.by, EndedBy::Errors);
    assert_eq!(errors.told, "at 14.14/s 12 % of requests failed");
    let throttled = short(Shortfall::Throttling, "the gateway throttled 12 requests");
    assert_eq!(throttled.by, EndedBy::Throttling);
    let dropped = short(Shortfall::Dropped, "12 planned starts found nobody idle");
    assert_eq!(dropped.by, EndedBy::Precision);
    let broken = ended(Soundness::BrokenOff("the pipe broke".to_owned()));
    assert_eq!(broken.by, EndedBy::Interrupted);
    assert_eq!(broken.told, "20/s was broken off: the pipe broke");
}

#[test]
fn errors_over_their_objective_are_named_as_well() {
    let (_, answer) = drive(search(10.0, 20.0), |load, _| {
        let share = if load > 14.0 { 0.3 } else { 0.0 };
        super::level(load, &[objective(P99, [50e3; 3]), objective("errors.rate < 1%", [share; 3])])
    });
    assert_eq!(answer.ended.by, EndedBy::Errors);
    assert_eq!(answer.ended.told, "at 14.14/s errors.rate is 30 %, above 1%");
}

#[test]
fn it_ends_with_the_levels_that_are_allowed() {
    let range = Range { most_levels: 5, ..range(1.0, 1000.0) };
    let (runs, answer) = drive(Search::new(range), knee_at(20.0));
    let up = first(&[1.0, 3.981, 15.85, 63.1]);
    assert_eq!(runs, [up, vec![(63.1, 2), (31.62, 1), (31.62, 2)]].concat());
    assert_eq!(answer.ended.by, EndedBy::Levels);
    assert_eq!(answer.ended.told, "no more than 5 levels were allowed");
}

#[test]
fn a_search_that_was_left_tells_what_is_known() {
    let mut search = search(1.0, 1000.0);
    search.seen(kept(1.0));
    let answer = search.answer();
    assert_eq!(answer.ended.by, EndedBy::Interrupted);
    assert_eq!(answer.ended.told, "it was left before 3.981/s was run");
    let ended = Ended { by: EndedBy::Cap, told: "the profile allows 2 sessions".to_owned() };
    search.stop(ended.clone());
    assert_eq!(search.next(), Next::Over(ended.clone()));
    assert_eq!(search.answer().ended, ended);
}
