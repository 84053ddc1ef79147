//! Stages of devices.

use proptest::prelude::*;

use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn staged(stages: &[(u32, u32, u64)]) -> Population {
    Population::staged(stages.iter().map(|(from, to, time)| Leg {
        from: *from,
        to: *to,
        time: ms(*time),
    }))
}

/// So many play at these instants, in milliseconds.
#[track_caller]
fn check(stages: &[(u32, u32, u64)], expected: &[(u64, u32)]) {
    let population = staged(stages);
    for (at, expected) in expected {
        assert_eq!(population.at(ms(*at)), *expected, "at {at} ms");
    }
}

#[test]
fn devices_play_as_their_stage_says() {
    check(
        &[(10, 10, 1_000), (50, 50, 2_000), (5, 5, 1_000)],
        &[(0, 10), (999, 10), (1_000, 50), (2_999, 50), (3_000, 5), (4_000, 0), (9_000, 0)],
    );
    check(&[], &[(0, 0)]);
}

#[test]
fn in_a_ramp_they_come_and_go_one_by_one() {
    check(
        &[(0, 4, 4_000)],
        &[(0, 0), (499, 0), (500, 1), (1_500, 2), (3_500, 4), (3_999, 4), (4_000, 0)],
    );
    check(&[(4, 2, 2_000), (2, 2, 1_000)], &[(0, 4), (501, 3), (1_501, 2), (2_500, 2), (3_000, 0)]);
}

#[test]
fn bounds_and_ends_hold_over_all_stages() {
    let population = staged(&[(1, 50, 1_000), (10, 10, 2_000)]);
    assert_eq!((population.most(), population.end()), (50, ms(3_000)));
    let population = population.at_most(20);
    assert_eq!((population.most(), population.at(ms(990)), population.at(ms(2_000))), (20, 20, 10));
}

#[test]
fn a_turn_comes_with_the_stage_that_has_room() {
    let population = staged(&[(1, 1, 1_000), (1, 3, 2_000), (0, 0, 1_000), (2, 2, 1_000)]);
    let next = |nth, at| population.next_turn(nth, ms(at)).map(|turn| turn.as_millis());
    assert_eq!(
        [next(0, 0), next(1, 0), next(2, 0), next(3, 0)],
        [Some(0), Some(1_500), Some(2_500), None]
    );
    assert_eq!([next(0, 3_100), next(2, 3_100), next(1, 4_500)], [Some(4_000), None, Some(4_500)]);
    assert_eq!(next(0, 5_000), None);
}

proptest! {
    #[test]
    fn a_turn_is_the_first_instant_with_room(
        stages in proptest::collection::vec((0_u32..20, 0_u32..20, 1_u64..3_000), 1..5),
        nth in 0_u32..20,
        at in 0_u64..6_000,
    ) {
        let population = staged(&stages);
        let end = population.end().as_millis() as u64;
        let room = (at..end).find(|at| nth < population.at(ms(*at)));
        match population.next_turn(nth, ms(at)) {
            Some(turn) => {
                prop_assert!(nth < population.at(turn));
                prop_assert!(room.is_none_or(|room| turn <= ms(room + 1)));
                prop_assert!(room.is_some_and(|room| ms(room) <= turn + ms(1)) || turn + ms(1) >= ms(end));
            }
            None => prop_assert_eq!(room, None),
        }
    }
}
