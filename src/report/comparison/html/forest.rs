//! Changes and their intervals, one below the other, each measured by how much worse it may be.

use maud::{Markup, html};

use crate::comparison::{Change, Limit, MetricRow, Outcome};
use crate::report::comparison::wording;
use crate::report::escape::{one_line, shortened};

use super::figures::tone;

/// The size of the chart, in its own pixels, and of one of its rows.
const WIDTH: f64 = 460.0;
const ROW: f64 = 32.0;
const TOP: f64 = 28.0;

/// Where intervals are drawn within.
const LEFT: f64 = 12.0;
const RIGHT: f64 = 448.0;

/// How far the axis reaches at least and at most, in limits.
const NEAREST: f64 = 1.5;
const FARTHEST: f64 = 4.0;

/// How many figures are drawn; the table has all of them.
const MOST: usize = 40;

/// How much of a name is written, in bytes.
const LONGEST_NAME: usize = 40;

/// The chart; the table beside it has the same in numbers.
pub(super) fn figure(judged: &[&MetricRow]) -> Markup {
    let rows = &judged[..judged.len().min(MOST)];
    let reach = rows.iter().filter_map(|row| ends(row)).flatten().map(f64::abs);
    let reach = reach.fold(NEAREST, f64::max).min(FARTHEST);
    let height = TOP + ROW * rows.len() as f64 + 34.0;
    html! {
        figure class="plot" {
            figcaption { "Change against what is allowed" }
            div class="chart forest" {
                svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" {
                    title { "Change of each judged figure against what is allowed" }
                    desc {
                        "Right is worse, left is better. A bar is an interval, its mark what was seen; the "
                        "ground between the dashed lines is what counts as no difference."
                    }
                    (ground(reach, height))
                    @for (nth, row) in rows.iter().enumerate() {
                        (drawn(row, TOP + ROW * nth as f64, reach))
                    }
                }
            }
            p class="note" {
                "A bar is an interval, its mark what was seen. What lies wholly to the right of the right "
                "dashed line is worse, to the left of the left one better, between them no different."
                @if judged.len() > MOST { " The first " (MOST) " of " (judged.len()) " are drawn." }
            }
        }
    }
}

/// Where the change and the ends of its interval lie, in limits: 1 is as much worse as it may be.
fn ends(row: &MetricRow) -> Option<[f64; 3]> {
    let Change { estimate, low, high, .. } = row.change?;
    let worse = if row.more_is_worse { 1.0 } else { -1.0 };
    let ends = [low, estimate, high].map(|change| match row.limit {
        // By their logarithms a tenth more and the tenth that leads back are as far.
        Some(Limit::Relative(limit)) if !change.is_nan() => {
            let allowed = if row.more_is_worse { limit } else { -limit };
            change.max(-1.0).ln_1p() / allowed.ln_1p()
        }
        Some(Limit::Absolute(limit)) => worse * change / limit,
        Some(Limit::Relative(_)) => f64::NAN,
        None => 0.0,
    });
    let [low, estimate, high] = ends;
    (!ends.iter().any(|end| end.is_nan())).then_some([low.min(high), estimate, low.max(high)])
}

fn x(place: f64, reach: f64) -> f64 {
    let share = (place.clamp(-reach, reach) + reach) / (2.0 * reach);
    ((LEFT + share * (RIGHT - LEFT)) * 10.0).round() / 10.0
}

/// What lies below the bars: what counts as no difference, and the axis.
fn ground(reach: f64, height: f64) -> Markup {
    let [left, none, right] = [-1.0, 0.0, 1.0].map(|place| x(place, reach));
    let bottom = height - 30.0;
    html! {
        rect class="zone" x=(left) y="20" width=(right - left) height=(bottom - 20.0) {}
        line class="edge" x1=(none) x2=(none) y1="20" y2=(bottom) {}
        @for limit in [left, right] {
            line class="limit" x1=(limit) x2=(limit) y1="20" y2=(bottom) {}
        }
        text x=(LEFT) y="12" { "\u{2190} better" }
        text x=(RIGHT) y="12" text-anchor="end" { "worse \u{2192}" }
        text x=(none) y=(height - 14.0) text-anchor="middle" { "as before" }
        text x=(right - 4.0) y=(height - 14.0) { "allowed" }
    }
}

fn drawn(row: &MetricRow, top: f64, reach: f64) -> Markup {
    let outcome = match row.outcome {
        Some(Outcome::NoDifference) => "no difference",
        outcome => outcome.map_or("", wording::outcome),
    };
    let tone = row.outcome.map(|outcome| tone(outcome).as_str());
    let name = one_line(&row.name).into_owned();
    let y = top + 20.0;
    html! {
        g data-tone=[tone] {
            text class="name" x=(LEFT) y=(top + 10.0) { (shortened(&name, LONGEST_NAME)) }
            text class="outcome" x=(RIGHT) y=(top + 10.0) text-anchor="end" { (outcome) }
            @if let Some(ends) = ends(row) {
                @let [low, seen, high] = ends.map(|end| x(end, reach));
                // An interval that is no wider than a hair would not be seen.
                line class="bar" x1=(low.min(high - 1.0)) x2=(high) y1=(y) y2=(y) {}
                @if ends[1].abs() <= reach {
                    path class="seen" d=(format!("M{seen} {}l5 5-5 5-5-5z", y - 5.0)) {}
                }
                @if ends[0] < -reach { (beyond(LEFT, y, 1.0)) }
                @if ends[2] > reach { (beyond(RIGHT, y, -1.0)) }
            } @else {
                text class="unknown" x=(x(0.0, reach)) y=(y + 4.0) text-anchor="middle" { "no interval" }
            }
        }
    }
}

/// An arrow where an interval goes on beyond the chart.
fn beyond(x: f64, y: f64, way: f64) -> Markup {
    html! { path class="beyond" d=(format!("M{x} {y}l{} -5v10z", 8.0 * way)) {} }
}

#[cfg(test)]
mod tests {
    use crate::report::comparison::sample;

    use super::*;

    #[track_caller]
    fn check(
        more_is_worse: bool,
        limit: Limit,
        [low, estimate, high]: [f64; 3],
        expected: [f64; 3],
    ) {
        let is_absolute = matches!(limit, Limit::Absolute(_));
        let change = Some(Change { is_absolute, estimate, low, high });
        let row = MetricRow { more_is_worse, limit: Some(limit), change, ..sample::row("x") };
        let told = ends(&row).unwrap().map(|end| (end * 100.0).round() / 100.0);
        assert_eq!(told, expected);
    }

    #[test]
    fn a_change_is_measured_by_how_much_worse_it_may_be() {
        check(true, Limit::Relative(0.1), [0.0, 0.1, 0.21], [0.0, 1.0, 2.0]);
        check(true, Limit::Absolute(5_000.0), [-5_000.0, 0.0, 2_500.0], [-1.0, 0.0, 0.5]);
        check(false, Limit::Relative(0.1), [-0.19, -0.1, 0.0], [0.0, 1.0, 2.0]);
    }

    #[test]
    fn a_change_without_a_number_is_not_drawn() {
        let change =
            Some(Change { is_absolute: false, estimate: f64::NAN, low: f64::NAN, high: 0.0 });
        assert_eq!(ends(&MetricRow { change, ..sample::row("x") }), None);
        assert_eq!(ends(&MetricRow { change: None, ..sample::row("x") }), None);
    }
}
