//! Charts drawn as SVG before a page is opened: curves over an axis, with their names below where there are
//! several.
//!
//! They need no script, print as they are, and take their colours from the page's styles. They know no
//! record. Start from [`Chart`].

mod scale;

use maud::{Markup, html};

use crate::report::escape::one_line;

pub(super) use scale::{Axis, Scale};

/// The size of a chart, in its own pixels; a page shows it as wide as there is room.
const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 280.0;

/// Where the curves are drawn within.
const LEFT: f64 = 62.0;
const RIGHT: f64 = 448.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 232.0;

/// Curves over an axis.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    /// What it shows, in a few words.
    pub(super) title: &'a str,
    /// What can be seen in it, for whoever does not see it.
    pub(super) description: &'a str,
    /// To the right.
    pub(super) along: Axis,
    /// Upwards.
    pub(super) upward: Axis,
    /// What is drawn, the first one lowest.
    pub(super) series: Vec<Series<'a>>,
}

/// A curve.
#[derive(Debug)]
pub(super) struct Series<'a> {
    /// Its name in the legend.
    pub(super) name: &'a str,
    /// Its points, ascending; `None` is a gap.
    pub(super) points: Vec<Option<(f64, f64)>>,
    /// Intervals of points: where, from, and to.
    pub(super) intervals: Vec<(f64, f64, f64)>,
    /// Whether each point has a mark.
    pub(super) is_marked: bool,
}

impl Chart<'_> {
    /// The chart and the names of its curves.
    pub(super) fn draw(&self) -> Markup {
        html! {
            div class="chart" {
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" {
                    title { (one_line(self.title)) }
                    desc { (one_line(self.description)) }
                    (self.upward_axis())
                    (self.along_axis())
                    @for (nth, series) in self.series.iter().enumerate() {
                        g class="series" data-series=(nth + 1) { (self.curve(series)) }
                    }
                }
                @if self.series.len() > 1 {
                    (legend(self.series.iter().map(|series| series.name)))
                }
            }
        }
    }

    fn upward_axis(&self) -> Markup {
        let middle = (TOP + BOTTOM) / 2.0;
        html! {
            @for (value, label) in &self.upward.ticks {
                @let y = self.y(*value);
                line class="grid" x1=(LEFT) x2=(RIGHT) y1=(y) y2=(y) {}
                text x=(LEFT - 6.0) y=(y) dy="0.35em" text-anchor="end" { (label) }
            }
            text class="axis" x="12" y=(middle) text-anchor="middle"
                transform=(format!("rotate(-90 12 {middle})")) { (self.upward.label) }
        }
    }

    fn along_axis(&self) -> Markup {
        html! {
            line class="edge" x1=(LEFT) x2=(RIGHT) y1=(BOTTOM) y2=(BOTTOM) {}
            @for (value, label) in &self.along.ticks {
                @let x = self.x(*value);
                line class="grid" x1=(x) x2=(x) y1=(TOP) y2=(BOTTOM + 4.0) {}
                text x=(x) y=(BOTTOM + 18.0) text-anchor="middle" { (label) }
            }
            text class="axis" x=((LEFT + RIGHT) / 2.0) y=(HEIGHT - 8.0) text-anchor="middle" {
                (self.along.label)
            }
        }
    }

    fn curve(&self, series: &Series<'_>) -> Markup {
        html! {
            @for &(x, from, to) in &series.intervals {
                @let (x, from, to) = (self.x(x), self.y(from), self.y(to));
                path class="interval" d=(format!(
                    "M{x} {from}V{to}M{0} {from}H{1}M{0} {to}H{1}", x - 4.0, x + 4.0
                )) {}
            }
            path class="curve" d=(self.path(&series.points)) {}
            @for &(x, y) in self.marked(series) {
                circle class="mark" cx=(self.x(x)) cy=(self.y(y)) r="3" {}
            }
        }
    }

    /// The points to be marked: all of them, or those alone between gaps, which no line shows.
    fn marked<'s>(&self, series: &'s Series<'_>) -> Vec<&'s (f64, f64)> {
        let points = &series.points;
        let is_there =
            |at: Option<usize>| at.and_then(|at| points.get(at)).is_some_and(Option::is_some);
        let is_alone = |at: usize| !is_there(at.checked_sub(1)) && !is_there(at.checked_add(1));
        let marked = points.iter().enumerate().filter(|(at, _)| series.is_marked || is_alone(*at));
        marked.filter_map(|(_, point)| point.as_ref()).collect()
    }

    fn path(&self, points: &[Option<(f64, f64)>]) -> String {
        let mut path = String::new();
        let mut is_drawn = false;
        for point in points {
            if let Some((x, y)) = point {
                let way = if is_drawn { 'L' } else { 'M' };
                path += &format!("{way}{} {}", self.x(*x), self.y(*y));
            }
            is_drawn = point.is_some();
        }
        path
    }

    fn x(&self, value: f64) -> f64 {
        tenth(LEFT + self.along.scale.place(value) * (RIGHT - LEFT))
    }

    fn y(&self, value: f64) -> f64 {
        tenth(BOTTOM - self.upward.scale.place(value) * (BOTTOM - TOP))
    }
}

/// The names of curves, each beside its stroke.
fn legend<'a>(names: impl Iterator<Item = &'a str>) -> Markup {
    html! {
        ul class="legend" {
            @for (nth, name) in names.enumerate() {
                li {
                    svg width="28" height="10" aria-hidden="true" {
                        g class="series" data-series=(nth + 1) { path class="curve" d="M0 5H28" {} }
                    }
                    " " bdi { (one_line(name)) }
                }
            }
        }
    }
}

/// A place to a tenth of a pixel: nobody sees more, and a page holds many.
fn tenth(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(points: &[Option<(f64, f64)>], curve: &str, marks: usize) {
        let series = Series {
            name: "<b>",
            points: points.to_vec(),
            intervals: Vec::new(),
            is_marked: false,
        };
        let chart = Chart {
            title: "</title>",
            description: "",
            along: Axis::of_times(10.0),
            upward: Axis::of_latencies([0.0, 100.0].into_iter()),
            series: vec![series],
        };
        let drawn = chart.draw().into_string();
        assert!(drawn.contains(&format!("<path class=\"curve\" d=\"{curve}\">")), "{drawn}");
        assert_eq!(drawn.matches("<circle").count(), marks, "{drawn}");
        assert!(!drawn.contains("<b>") && drawn.contains("<title>&lt;/title&gt;</title>"));
    }

    #[test]
    fn a_gap_parts_a_curve_and_a_point_alone_is_marked() {
        let some = |x, y| Some((x, y));
        check(&[some(0.0, 0.0), some(10.0, 100.0)], "M62 232L448 12", 0);
        check(&[some(0.0, 0.0), None, some(10.0, 100.0)], "M62 232M448 12", 2);
        check(&[], "", 0);
        check(&[some(f64::NAN, f64::INFINITY)], "M62 12", 1);
    }
}
