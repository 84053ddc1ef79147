//! The law, fitted to points that are known to follow it, or not.

use super::*;
use crate::capacity::tests::{invalid, level};

fn levels(points: &[(f64, f64)]) -> Vec<Level> {
    let level = |(concurrency, throughput): &(f64, f64)| Level {
        concurrency: Some(*concurrency),
        throughput_per_s: Some(*throughput),
        ..level(*throughput, &[])
    };
    points.iter().map(level).collect()
}

/// Points of a law, each off by a share of itself.
fn points(of: Coefficients, concurrencies: &[f64], noise: &[f64]) -> Vec<(f64, f64)> {
    let off = noise.iter().cycle();
    let point = |(at, off): (&f64, &f64)| (*at, of.throughput(*at) * (1.0 + off));
    concurrencies.iter().zip(off).map(point).collect()
}

#[track_caller]
fn check(points: &[(f64, f64)], expected: Coefficients, tolerance: f64) -> Law {
    let law = Law::fit(&levels(points)).unwrap();
    let close = |name: &str, found: f64, expected: f64, scale: f64| {
        assert!((found - expected).abs() <= tolerance * scale, "{name}: {found}, not {expected}");
    };
    close("lambda", law.lambda, expected.lambda, expected.lambda);
    close("sigma", law.sigma, expected.sigma, expected.sigma.max(0.01));
    close("kappa", law.kappa, expected.kappa, expected.kappa.max(0.0001));
    law
}

const NS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 48.0, 64.0];
const NOISE: [f64; 5] = [0.01, -0.008, 0.004, -0.012, 0.006];

#[test]
fn a_known_law_is_found() {
    let known = Coefficients { lambda: 950.0, sigma: 0.03, kappa: 0.0005 };
    let law = check(&points(known, &NS, &[0.0]), known, 1e-6);
    assert!(law.r_squared > 0.999_999);
    let peak = (0.97_f64 / 0.0005).sqrt();
    assert!((law.peak_at.unwrap() - peak).abs() < 0.01);
    assert_eq!(law.measured_to, 64.0);
    assert_eq!(law.notes, ["2 of the measured levels lie past the peak at 44.0 under way"]);
    let at: Vec<_> = law.predictions.iter().map(|it| it.concurrency).collect();
    assert_eq!(at, [128.0, 256.0]);
    check(&points(known, &NS, &NOISE), known, 0.2);
}

#[test]
fn a_peak_beyond_what_was_measured_is_predicted() {
    let known = Coefficients { lambda: 100.0, sigma: 0.02, kappa: 0.0001 };
    let law = check(&points(known, &NS, &[0.0]), known, 1e-6);
    let peak = (0.98_f64 / 0.0001).sqrt();
    let [first, second, third] = law.predictions[..] else { panic!("{:?}", law.predictions) };
    assert!((first.concurrency - peak).abs() < 0.01);
    assert_eq!((second.concurrency, third.concurrency), (128.0, 256.0));
    assert_eq!(law.peak, Some(first.throughput_per_s));
    assert!(first.throughput_per_s > second.throughput_per_s);
    let round_trip_us = first.concurrency / first.throughput_per_s * 1e6;
    assert!((first.round_trip_us / round_trip_us - 1.0).abs() < 1e-9);
    assert!(law.notes.is_empty(), "{:?}", law.notes);
}

#[test]
fn without_crosstalk_there_is_no_peak() {
    let amdahl = Coefficients { lambda: 40.0, sigma: 0.1, kappa: 0.0 };
    let law = check(&points(amdahl, &NS, &[0.0]), amdahl, 1e-6);
    assert!(law.kappa < 1e-12);
    let linear = Coefficients { lambda: 40.0, sigma: 0.0, kappa: 0.0 };
    let law = check(&points(linear, &NS, &NOISE), linear, 0.2);
    assert!(law.peak_at.is_none() || law.peak_at > Some(500.0), "{law:?}");
}

#[test]
fn what_scales_better_than_linear_has_no_negative_term() {
    let better: Vec<_> = NS.map(|n| (n, 10.0 * n.powf(1.2))).to_vec();
    let law = Law::fit(&levels(&better)).unwrap();
    assert_eq!((law.sigma, law.kappa, law.peak_at), (0.0, 0.0, None));
    let told = "it knows no peak: more concurrency never made throughput fall";
    assert_eq!(law.notes.last().unwrap(), told);
}

#[test]
fn concurrencies_below_one_are_fitted_too() {
    let known = Coefficients { lambda: 40.0, sigma: 0.05, kappa: 0.001 };
    check(&points(known, &[0.01, 0.1, 0.5, 2.0, 10.0, 25.0], &[0.0]), known, 1e-4);
}

#[test]
fn a_doubtful_fit_says_so() {
    let scattered = [(1.0, 10.0), (2.0, 90.0), (3.0, 15.0)];
    let law = Law::fit(&levels(&scattered)).unwrap();
    assert_eq!(law.notes[0], "it rests on 3 levels only");
    assert_eq!(law.notes[1], "concurrency varied 3.0-fold only: its shape hardly shows");
    assert!(law.notes[2].starts_with("it explains "), "{:?}", law.notes);
}

#[test]
fn garbage_is_no_law() {
    let nan = f64::NAN;
    for points in [
        vec![],
        vec![(1.0, 10.0), (2.0, 20.0)],
        vec![(0.0, 0.0); 5],
        vec![(nan, 1.0), (1.0, nan), (f64::INFINITY, 1.0), (-1.0, 5.0), (3.0, -1.0)],
    ] {
        assert_eq!(Law::fit(&levels(&points)), None, "{points:?}");
    }
}

#[test]
fn equal_points_are_a_straight_line() {
    let law = Law::fit(&levels(&[(4.0, 100.0); 5])).unwrap();
    assert!((law.lambda - 25.0).abs() < 1e-9, "{law:?}");
    assert_eq!((law.sigma, law.kappa), (0.0, 0.0));
    assert_eq!(law.notes[0], "concurrency varied 1.0-fold only: its shape hardly shows");
}

#[test]
fn levels_that_measured_something_else_take_no_part() {
    let known = Coefficients { lambda: 950.0, sigma: 0.03, kappa: 0.0005 };
    let mut all = levels(&points(known, &NS, &[0.0]));
    all.push(Level { concurrency: Some(2.0), throughput_per_s: Some(1.0), ..invalid(5.0) });
    assert_eq!(Law::fit(&all).unwrap().levels, NS.len());
}
