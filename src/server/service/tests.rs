//! When requests leave, held against what is reckoned by hand or known of queues.

use proptest::prelude::*;

use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn constant(time: u64) -> Service {
    Service { time: Some(ServiceTime::Constant(ms(time))), ..Service::default() }
}

fn bounded(service: Service, places: u32) -> Service {
    Service { capacity: NonZeroU32::new(places), ..service }
}

fn stalling(service: Service, every: u64, lasts: u64) -> Service {
    Service { stall: Stall::new(ms(every), ms(lasts)), ..service }
}

/// When requests leave, by when they come, in milliseconds.
#[track_caller]
fn check(service: Service, came_and_left: &[(u64, u64)]) {
    let mut queue = Queue::new(service, 7);
    for &(came, left) in came_and_left {
        assert_eq!(queue.take_in(ms(came)), ms(left), "what came at {came} ms");
    }
}

/// How long each of many requests is there for, in seconds, that come at the seed's instants.
fn stays(service: Service, per_s: f64, seed: u64) -> Vec<f64> {
    let mut queue = Queue::new(service, seed);
    let mut random = StdRng::seed_from_u64(seed + 1);
    let mut at_s = 0.0;
    let mut stay = || {
        at_s -= (1.0 - random.random::<f64>()).ln() / per_s;
        let came_at = Duration::from_secs_f64(at_s);
        queue.take_in(came_at).saturating_sub(came_at).as_secs_f64()
    };
    (0..200_000).map(|_| stay()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Two numbers that are the same but for so large a share.
#[track_caller]
fn check_near(found: f64, expected: f64, share: f64) {
    assert!((found - expected).abs() <= share * expected, "{found}, expected {expected}");
}

#[test]
fn a_server_that_takes_no_time_answers_at_once() {
    check(Service::default(), &[(0, 0), (7, 7), (7, 7), (90_000, 90_000)]);
    check(bounded(Service::default(), 1), &[(0, 0), (0, 0), (5, 5)]);
}

#[test]
fn a_constant_time_is_added_to_each_however_many_there_are() {
    check(constant(50), &[(0, 50), (0, 50), (1, 51), (40, 90), (9_000, 9_050)]);
}

#[test]
fn what_comes_into_a_stall_leaves_at_its_end() {
    let stalls = stalling(Service::default(), 10_000, 1_000);
    check(stalls, &[(0, 0), (500, 500), (9_999, 9_999), (10_000, 11_000), (10_300, 11_000)]);
    check(stalls, &[(10_999, 11_000), (11_000, 11_000), (19_999, 19_999), (20_500, 21_000)]);
    let mut queue = Queue::new(stalls, 7);
    let just_before = Duration::from_nanos(10_999_999_999);
    assert_eq!(queue.take_in(just_before), ms(11_000));
    assert_eq!(queue.awake_at(ms(30_000)), ms(31_000));
    assert_eq!(queue.awake_at(ms(31_000)), ms(31_000));
}

#[test]
fn service_that_a_stall_breaks_into_goes_on_after_it() {
    let stalls = stalling(constant(50), 10_000, 1_000);
    check(stalls, &[(9_949, 9_999), (9_950, 11_000), (9_980, 11_030), (10_300, 11_050)]);
    // Longer than there is time between stalls: 900 ms of work in each second.
    check(stalling(constant(2_000), 1_000, 100), &[(0, 2_200), (1_050, 3_300)]);
}

#[test]
fn beyond_the_capacity_requests_wait_for_the_first_free_place() {
    check(bounded(constant(50), 1), &[(0, 50), (0, 100), (10, 150), (1_000, 1_050)]);
    check(bounded(constant(50), 2), &[(0, 50), (0, 50), (10, 100), (20, 100), (90, 150)]);
    check(bounded(constant(50), 2), &[(0, 50), (30, 80), (40, 100), (60, 130), (200, 250)]);
}

#[test]
fn a_queue_waits_through_a_stall_and_keeps_its_order() {
    let service = stalling(bounded(constant(50), 1), 1_000, 500);
    check(service, &[(980, 1_530), (990, 1_580), (1_200, 1_630), (1_499, 1_680), (1_700, 1_750)]);
}

#[test]
fn a_stall_has_a_length_and_an_end() {
    for (every, lasts, is_one) in [(10, 1, true), (10, 0, false), (10, 10, false), (0, 0, false)] {
        assert_eq!(Stall::new(ms(every), ms(lasts)).is_some(), is_one, "{every}, {lasts}");
    }
}

#[test]
fn times_are_spread_as_they_are_said_to_be_and_the_same_by_seed() {
    let of = |time| stays(Service { time: Some(time), ..Service::default() }, 100.0, 3);
    let even = of(ServiceTime::Uniform(ms(20), ms(80)));
    assert!(even.iter().all(|time| (0.020..=0.080).contains(time)));
    check_near(mean(&even), 0.050, 0.005);
    let time = ServiceTime::LogNormal { median: ms(50), sigma: 0.5 };
    let mut skewed = of(time);
    assert_eq!(skewed, of(time));
    check_near(mean(&skewed), 0.050 * (0.5_f64.powi(2) / 2.0).exp(), 0.01);
    skewed.sort_by(f64::total_cmp);
    check_near(skewed[100_000], 0.050, 0.01);
    // The 84th percentile is one sigma above the median.
    check_near(skewed[168_269], 0.050 * 0.5_f64.exp(), 0.02);
}

/// Pollaczek and Khinchine: at one place, the mean wait is `rate * E[S^2] / (2 * (1 - load))`.
#[test]
fn one_place_makes_them_wait_as_long_as_the_theory_has_it() {
    let (rate, mean_s) = (16.0, 0.050);
    let wait = |mean_square: f64| rate * mean_square / (2.0 * (1.0 - rate * mean_s));
    let all_equal = stays(bounded(constant(50), 1), rate, 5);
    check_near(mean(&all_equal), mean_s + wait(0.0025), 0.05);
    let time = Some(ServiceTime::Uniform(ms(0), ms(100)));
    let spread = stays(bounded(Service { time, ..Service::default() }, 1), rate, 5);
    check_near(mean(&spread), mean_s + wait(0.01 / 3.0), 0.05);
}

#[test]
fn beyond_the_knee_a_queue_grows_without_end() {
    // Four places of 50 ms serve 80 a second.
    let below = stays(bounded(constant(50), 4), 60.0, 5);
    let beyond = stays(bounded(constant(50), 4), 100.0, 5);
    assert!(below[199_000..].iter().all(|stay| *stay < 1.0));
    // After 200 000 arrivals at 100/s, served at 80/s, the last one waits for a fifth of all time.
    check_near(beyond[199_999], 2_000.0 * (100.0 / 80.0 - 1.0), 0.05);
}

#[test]
fn what_is_beyond_all_time_is_no_panic() {
    let service = Service {
        time: Some(ServiceTime::Constant(Duration::MAX)),
        ..bounded(Service::default(), 1)
    };
    let mut queue = Queue::new(stalling(service, 10, 1), 7);
    for _ in 0..3 {
        assert!(queue.take_in(ms(5)) > Duration::from_secs(u64::from(u32::MAX)));
    }
    let time = Some(ServiceTime::LogNormal { median: Duration::MAX, sigma: f64::INFINITY });
    Queue::new(Service { time, ..Service::default() }, 7).take_in(ms(5));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_leaves_too_soon_out_of_order_or_in_a_stall(
        time in 0..200_u64,
        places in 0..4_u32,
        (every, lasts) in (2..500_u64).prop_flat_map(|every| (Just(every), 0..every)),
        mut came in proptest::collection::vec(0..3_000_u64, 1..60),
    ) {
        came.sort_unstable();
        let service = stalling(bounded(constant(time), places), every, lasts);
        let mut queue = Queue::new(service, 7);
        let left: Vec<_> = came.iter().map(|came| queue.take_in(ms(*came))).collect();
        prop_assert!(left.is_sorted());
        for (came, left) in came.into_iter().zip(left) {
            prop_assert!(left >= ms(came + time));
            prop_assert_eq!(queue.awake_at(left), left);
        }
    }
}
