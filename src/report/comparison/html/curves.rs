//! Both sides of a latency metric, one over the other: by percentile, and over time.

use maud::{Markup, html};

use crate::comparison::{Comparison, CurvePair};
use crate::metrics::Quantile;
use crate::report::chart::{Axis, Chart, Series};
use crate::report::escape::one_line;
use crate::report::figure::precise;

/// How many points a course has at most.
const MOST_POINTS: usize = 300;

/// Percentiles that are told in words.
const TOLD: [(f64, &str); 4] = [(0.5, "50 %"), (0.9, "90 %"), (0.99, "99 %"), (0.999, "99.9 %")];

/// Both charts of a metric.
pub(super) fn figure(comparison: &Comparison, pair: &CurvePair) -> Markup {
    html! {
        figure class="plot" {
            figcaption { code { bdi { (one_line(&pair.metric)) } } }
            div class="plots" { (percentiles(comparison, pair)) (course(pair)) }
        }
    }
}

fn percentiles(comparison: &Comparison, pair: &CurvePair) -> Markup {
    let curves = [&pair.base, &pair.candidate];
    if curves.iter().all(|curve| curve.is_empty()) {
        return html! { p class="note" { "Nothing was measured on either side." } };
    }
    let [base, candidate] = samples(comparison, &pair.metric);
    let points = [odds(&pair.base, base), odds(&pair.candidate, candidate)];
    let all = || points.iter().flatten().flatten();
    let chart = Chart {
        title: &format!("Latency by percentile of {}", pair.metric),
        description: &told(pair),
        along: Axis::of_percentiles(all().map(|(odds, _)| *odds).fold(0.0, f64::max)),
        upward: Axis::of_latencies(all().map(|(_, us)| *us)),
        series: sides(points.clone(), ["base", "candidate"]),
    };
    html! { div { h4 { "By percentile" } (chart.draw()) p class="note" { (told(pair)) } } }
}

/// How many samples each side has of a metric.
fn samples(comparison: &Comparison, metric: &str) -> [u64; 2] {
    let is_of = |name: &str| name.rsplit_once('.').is_some_and(|(of, _)| of == metric);
    let row = comparison.metrics.iter().find(|row| is_of(&row.name));
    let samples = row.map(|row| [&row.base, &row.candidate]);
    samples.map_or([0, 0], |sides| sides.map(|side| side.as_ref().map_or(0, |side| side.samples)))
}

/// Of how many samples one is greater, and the latency. Nothing is greater than the greatest sample: it
/// stands where one in all samples would be.
fn odds(curve: &[Quantile], samples: u64) -> Vec<Option<(f64, f64)>> {
    let mut last = 1.0_f64;
    let point = |point: &Quantile| {
        let odds = if point.share < 1.0 { 1.0 / (1.0 - point.share) } else { samples as f64 };
        last = last.max(odds);
        Some((last, point.us as f64))
    };
    curve.iter().map(point).collect()
}

/// `base 50 % within 4.00 ms, 90 % within ...; candidate ...`
fn told(pair: &CurvePair) -> String {
    let sides = [("Base", &pair.base), ("candidate", &pair.candidate)].map(|(name, curve)| {
        if curve.is_empty() {
            return format!("{name}: no samples");
        }
        let within = TOLD.iter().filter_map(|(share, words)| {
            let point = curve.iter().find(|point| point.share >= *share)?;
            Some(format!("{words} within {}", precise(point.us as f64)))
        });
        format!("{name}: {}", within.collect::<Vec<_>>().join(", "))
    });
    sides.join("; ") + "."
}

fn course(pair: &CurvePair) -> Markup {
    let courses = [&pair.base_course, &pair.candidate_course];
    let seconds = courses.iter().map(|course| course.len()).max().unwrap_or_default();
    if courses.iter().all(|course| course.iter().flatten().next().is_none()) {
        return html! {};
    }
    let step = seconds.div_ceil(MOST_POINTS).max(1);
    let points = courses.map(|course| thinned(course, step));
    let values = points.iter().flatten().flatten().map(|(_, us)| *us);
    let highest = courses.map(|course| course.iter().flatten().max());
    let told = ["Base", "candidate"].into_iter().zip(highest).map(|(name, highest)| {
        let highest = highest.map_or("no samples".to_owned(), |us| precise(*us as f64));
        format!("{name}: at most {highest}")
    });
    let told = told.collect::<Vec<_>>().join("; ");
    let chart = Chart {
        title: &format!("99th percentile of each second of {}", pair.metric),
        description: &told,
        along: Axis::of_times(seconds as f64),
        upward: Axis::of_latencies(values),
        series: sides(points.clone(), ["newest run of the base", "newest run of the candidate"]),
    };
    html! {
        div {
            h4 { "99th percentile over time" }
            (chart.draw())
            p class="note" {
                (told) "."
                @if step > 1 { " A point is the worst of " (step) " seconds." }
            }
        }
    }
}

/// The worst of each so many seconds.
fn thinned(course: &[Option<u64>], step: usize) -> Vec<Option<(f64, f64)>> {
    let worst = course.chunks(step).map(|chunk| chunk.iter().flatten().max());
    let point = |(nth, worst): (usize, Option<&u64>)| Some(((nth * step) as f64, *worst? as f64));
    worst.enumerate().map(point).collect()
}

fn sides<'a>(points: [Vec<Option<(f64, f64)>>; 2], names: [&'a str; 2]) -> Vec<Series<'a>> {
    let series = |(name, points)| Series { name, points, intervals: Vec::new(), is_marked: false };
    names.into_iter().zip(points).map(series).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_seconds_is_drawn_and_a_gap_stays_one() {
        let course = [Some(1), Some(9), None, None, Some(4)];
        assert_eq!(thinned(&course, 2), [Some((0.0, 9.0)), None, Some((4.0, 4.0))]);
    }

    #[test]
    fn the_greatest_sample_stands_where_one_in_all_would() {
        let curve = [(0.5, 10), (0.99, 20), (1.0, 30)];
        let curve = curve.map(|(share, us)| Quantile { share, us });
        let round = |points: Vec<Option<(f64, f64)>>| {
            points.into_iter().flatten().map(|(odds, _)| odds.round()).collect::<Vec<_>>()
        };
        assert_eq!(round(odds(&curve, 5_000)), [2.0, 100.0, 5_000.0]);
        assert_eq!(round(odds(&curve, 0)), [2.0, 100.0, 100.0]);
    }
}
