//! Schedules as tables and as properties.

use proptest::prelude::*;

use super::*;

/// Starts a second at the beginning and at the end, and for how many milliseconds.
type Row = (f64, f64, u64);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn staged(rows: &[Row], spacing: Spacing) -> Arrivals {
    Arrivals::staged(rows.iter().map(|(from, to, time)| leg(*from, *to, *time)), spacing)
}

fn leg(from: f64, to: f64, time: u64) -> Leg<f64> {
    Leg { from, to, time: ms(time) }
}

#[track_caller]
fn check(rows: &[Row], expected_ms: &[u128]) {
    let arrivals = staged(rows, Spacing::Uniform);
    let offsets: Vec<u128> = arrivals.offsets(0).map(|at| at.as_millis()).collect();
    assert_eq!(offsets, expected_ms);
    assert_eq!(arrivals.count(), expected_ms.len() as u64);
}

#[test]
fn a_constant_rate_starts_at_once_and_then_evenly() {
    check(&[(4.0, 4.0, 1_000)], &[0, 250, 500, 750]);
    check(&[(0.5, 0.5, 4_000)], &[0, 2_000]);
    check(&[(0.1, 0.1, 5_000)], &[0]);
    let arrivals = Arrivals::constant(50.0, Duration::from_secs(2));
    assert_eq!((arrivals.count(), arrivals.offsets(0).last()), (100, Some(ms(1_980))));
}

#[test]
fn a_start_that_one_stage_began_is_due_in_the_next() {
    // One and a half starts are due after the first stage; the second one completes it.
    check(&[(1.0, 1.0, 1_500), (2.0, 2.0, 1_000)], &[0, 1_000, 1_750, 2_250]);
    check(&[(1.0, 1.0, 1_000), (0.0, 0.0, 9_000), (1.0, 1.0, 2_000)], &[0, 10_000, 11_000]);
    check(&[(0.0, 0.0, 1_000), (1.0, 1.0, 1_000)], &[1_000]);
}

#[test]
fn a_ramp_starts_more_and_more_or_fewer_and_fewer() {
    // R(t) = t^2: starts at the square roots of 0, 1, 2 and 3.
    check(&[(0.0, 4.0, 2_000)], &[0, 1_000, 1_414, 1_732]);
    // R(t) = 4 t - t^2: starts at 2 - the square roots of 4, 3, 2 and 1.
    check(&[(4.0, 0.0, 2_000)], &[0, 267, 585, 1_000]);
    // A spike: up, and down again.
    check(&[(1.0, 3.0, 1_000), (3.0, 1.0, 1_000)], &[0, 618, 1_000, 1_381]);
}

#[test]
fn a_ramp_of_next_to_no_slope_is_a_constant_rate() {
    for slope in [0.0, 1e-300, 1e-15, 1e-9] {
        let arrivals = staged(&[(10.0, 10.0 + slope, 1_000)], Spacing::Uniform);
        let offsets: Vec<_> = arrivals.offsets(0).collect();
        assert_eq!(offsets.len(), 10, "{slope}");
        for (n, at) in (0..).zip(offsets) {
            assert!(at.abs_diff(ms(100 * n)) < Duration::from_nanos(10), "{slope}: {at:?}");
        }
    }
}

#[test]
fn without_stages_nothing_starts() {
    check(&[], &[]);
    check(&[(0.0, 0.0, 1_000)], &[]);
    assert_eq!(staged(&[(0.0, 0.0, 1_000)], Spacing::Poisson).offsets(1).count(), 0);
}

#[test]
fn a_rate_without_an_end_is_no_loop() {
    let arrivals = Arrivals::constant(1_000.0, Duration::MAX);
    assert_eq!(arrivals.offsets(0).nth(1_000_000), Some(Duration::from_secs(1_000)));
}

#[test]
fn the_busiest_while_is_found_where_stages_meet() {
    let spike =
        staged(&[(1.0, 1.0, 10_000), (50.0, 50.0, 2_000), (1.0, 1.0, 10_000)], Spacing::Uniform);
    for (window, most) in [(1_000, 50.0), (2_000, 100.0), (4_000, 102.0), (60_000, 120.0)] {
        let found = spike.most_within(ms(window));
        assert!((found - most).abs() < 1e-6, "{window} ms: {found}");
    }
    let ramp = staged(&[(0.0, 10.0, 10_000)], Spacing::Uniform);
    assert!((ramp.most_within(ms(1_000)) - 9.5).abs() < 1e-6);
}

#[test]
fn holders_get_starts_in_proportion_to_their_hands() {
    let arrivals = Arrivals::constant(10.0, Duration::from_secs(3));
    let count = |holder, of, hands| arrivals.share(0, Share { holder, of, hands }).count();
    assert_eq!([count(0, 2, 3), count(1, 2, 3)], [20, 10]);
    assert_eq!([count(0, 4, 2), count(1, 4, 2), count(2, 4, 2), count(3, 4, 2)], [15, 15, 0, 0]);
    assert_eq!([count(0, 2, 2), count(1, 2, 2)], [15, 15]);
}

#[test]
fn by_chance_means_by_the_seed() {
    let arrivals = staged(&[(5.0, 50.0, 4_000)], Spacing::Poisson);
    let of = |seed| arrivals.offsets(seed).collect::<Vec<_>>();
    assert_eq!(of(7), of(7));
    assert_ne!(of(7), of(8));
}

#[test]
fn a_poisson_process_starts_as_many_as_the_integral_says_on_average() {
    let rows = [(20.0, 20.0, 1_000), (20.0, 200.0, 2_000), (0.0, 0.0, 1_000), (60.0, 60.0, 1_000)];
    let arrivals = staged(&rows, Spacing::Poisson);
    let seeds = 400;
    // By these instants so many have started, on average.
    for (by, mean) in [(1_000, 20.0), (2_000, 85.0), (3_000, 240.0), (4_000, 240.0), (5_000, 300.0)]
    {
        let counts =
            (0..seeds).map(|seed| arrivals.offsets(seed).filter(|at| *at < ms(by)).count());
        let counts: Vec<f64> = counts.map(|count| count as f64).collect();
        let n = counts.len() as f64;
        let found = counts.iter().sum::<f64>() / n;
        let variance = counts.iter().map(|count| (count - found).powi(2)).sum::<f64>() / (n - 1.0);
        // The mean of n counts spreads by sqrt(mean / n); four times that is beyond chance.
        assert!((found - mean).abs() < 4.0 * (mean / n).sqrt(), "by {by} ms {found} for {mean}");
        // Mean and variance of a Poisson count are one; a sample's variance spreads by sqrt(2 / n).
        assert!((variance / mean - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "{variance} for {mean}");
    }
}

#[test]
fn gaps_of_a_poisson_process_are_exponential() {
    let rate = 100.0;
    let arrivals = staged(&[(rate, rate, 100_000)], Spacing::Poisson);
    let offsets: Vec<f64> = arrivals.offsets(1).map(|at| at.as_secs_f64()).collect();
    let mut gaps: Vec<f64> = offsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_by(f64::total_cmp);
    let n = gaps.len() as f64;
    let distance = gaps.iter().zip(1..).map(|(gap, rank)| {
        let expected = 1.0 - (-rate * gap).exp();
        (f64::from(rank) / n - expected).abs().max((expected - f64::from(rank - 1) / n).abs())
    });
    // Kolmogorov and Smirnov: beyond 1.63 / sqrt(n) by chance in one of a hundred samples.
    let distance = distance.fold(0.0, f64::max);
    assert!(distance < 1.63 / n.sqrt(), "{distance} of {n} gaps");
}

proptest! {
    #[test]
    fn starts_ascend_and_are_as_many_as_the_integral_of_the_rate(
        stages in proptest::collection::vec((0_u32..200, 0_u32..200, 0_u64..5_000), 0..6),
    ) {
        let rows: Vec<Row> =
            stages.iter().map(|(from, to, time)| (f64::from(*from), f64::from(*to), *time)).collect();
        let arrivals = staged(&rows, Spacing::Uniform);
        let offsets: Vec<Duration> = arrivals.offsets(0).collect();
        prop_assert!(offsets.is_sorted());
        // In two-thousandths of a start, exact.
        let area = |(from, to, time): &(u32, u32, u64)| u64::from(from + to) * time;
        let integral: u64 = stages.iter().map(area).sum();
        prop_assert_eq!(offsets.len() as u64, integral.div_ceil(2_000));
        let end = ms(stages.iter().map(|(_, _, time)| time).sum());
        prop_assert!(offsets.iter().all(|at| *at <= end));
        let by_chance: Vec<_> = staged(&rows, Spacing::Poisson).offsets(3).collect();
        prop_assert!(by_chance.is_sorted() && by_chance.iter().all(|at| *at <= end));
    }

    #[test]
    fn at_any_instant_as_many_have_started_as_the_integral_says(
        stages in proptest::collection::vec((1_u32..50, 0_u32..50, 1_u64..2_000), 1..5),
        at_ms in 0_u64..8_000,
    ) {
        let rows: Vec<Row> =
            stages.iter().map(|(from, to, time)| (f64::from(*from), f64::from(*to), *time)).collect();
        let started = staged(&rows, Spacing::Uniform).offsets(0).filter(|at| *at < ms(at_ms)).count();
        let mut left_ms = at_ms;
        let mut integral = 0.0;
        for (from, to, time) in rows {
            let into = left_ms.min(time) as f64;
            let reached = from + (to - from) * into / time as f64;
            integral += (from + reached) / 2.0 * into / 1_000.0;
            left_ms = left_ms.saturating_sub(time);
        }
        // A start that is due at this very instant may round to either side of it.
        let (least, most) = ((integral - 1e-3).ceil() as usize, (integral + 1e-3).ceil() as usize);
        prop_assert!((least..=most).contains(&started), "{} of {}", started, integral);
    }

    #[test]
    fn shares_are_disjoint_and_complete(
        rate in 1_u32..300, of in 1_u64..9, hands in 1_u64..20, seed in 0_u64..1_000, is_poisson: bool,
    ) {
        let spacing = if is_poisson { Spacing::Poisson } else { Spacing::Uniform };
        let arrivals = staged(&[(f64::from(rate), 10.0, 1_000)], spacing);
        let all: Vec<_> = arrivals.offsets(seed).collect();
        for hands in [of, hands] {
            let shares = (0..of).map(|holder| arrivals.share(seed, Share { holder, of, hands }));
            let mut dealt: Vec<_> = shares.flatten().collect();
            dealt.sort_unstable();
            prop_assert_eq!(&dealt, &all);
        }
        let second: Vec<_> = arrivals.share(seed, Share::nth(of - 1, of)).collect();
        let every: Vec<_> = all.iter().copied().skip(of as usize - 1).step_by(of as usize).collect();
        prop_assert_eq!(second, every);
    }
}
