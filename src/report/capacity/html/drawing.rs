//! What plots are made of: the frame with its axes, lines, intervals, and a mark for each level.
//!
//! It writes SVG that style sheets colour. Coordinates go to a tenth. Start from [`Plot`].

use maud::{Markup, html};

use crate::capacity::LevelOutcome;

use super::axis::Axis;

/// Width of every drawing.
const WIDTH: f64 = 560.0;

/// Room for what stands beside the axes.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 50.0;

/// Where a horizontal axis runs.
pub(super) const ACROSS: (f64, f64) = (LEFT, WIDTH - RIGHT);

/// Where the vertical axis of a drawing of this height runs: upwards.
pub(super) fn up(height: f64) -> (f64, f64) {
    (height - BOTTOM, TOP)
}

/// A drawing with its axes, and what it is called for those who do not see it.
pub(super) struct Plot<'a> {
    /// The id of its element; those of its title and its description begin with it.
    pub(super) id: &'static str,
    pub(super) height: f64,
    pub(super) title: &'a str,
    /// What is to be seen, in a sentence or two.
    pub(super) description: &'a str,
    pub(super) x: &'a Axis,
    pub(super) y: &'a Axis,
    /// What stands below the horizontal axis and above the vertical one.
    pub(super) names: (&'a str, &'a str),
    /// How values on the horizontal axis are told.
    pub(super) told_x: fn(f64) -> String,
    /// And on the vertical one.
    pub(super) told_y: fn(f64) -> String,
}

impl Plot<'_> {
    /// The drawing, with `within` between its frame and its lines.
    pub(super) fn svg(&self, within: &Markup) -> Markup {
        let (title, description) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        html! {
            svg.drawing id=(self.id) viewBox=(format!("0 0 {WIDTH} {}", self.height)) role="img"
                aria-labelledby=(format!("{title} {description}")) {
                title id=(title) { (self.title) }
                desc id=(description) { (self.description) }
                (self.frame())
                (within)
            }
        }
    }

    fn frame(&self) -> Markup {
        let (bottom, top) = up(self.height);
        html! {
            g.grid {
                @for tick in &self.y.ticks {
                    @let y = self.y.at(*tick);
                    path d=(segment((ACROSS.0, y), (ACROSS.1, y))) {}
                    text x=(place(ACROSS.0 - 8.0)) y=(place(y + 4.0)) text-anchor="end" {
                        ((self.told_y)(*tick))
                    }
                }
                @for tick in &self.x.ticks {
                    @let x = self.x.at(*tick);
                    path d=(segment((x, bottom), (x, top))) {}
                    text x=(place(x)) y=(place(bottom + 18.0)) text-anchor="middle" {
                        ((self.told_x)(*tick))
                    }
                }
            }
            g.names {
                text x=(place(ACROSS.1)) y=(place(bottom + 40.0)) text-anchor="end" { (self.names.0) }
                text x="4" y="14" { (self.names.1) }
            }
        }
    }
}

/// A coordinate.
pub(super) fn place(at: f64) -> String {
    format!("{at:.1}")
}

/// The path from one point to another.
pub(super) fn segment(from: (f64, f64), to: (f64, f64)) -> String {
    path([from, to])
}

/// The path through points.
pub(super) fn path(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let steps = points.into_iter().enumerate().map(|(nth, (x, y))| {
        let step = if nth == 0 { 'M' } else { 'L' };
        format!("{step}{} {}", place(x), place(y))
    });
    steps.collect()
}

/// An interval as a bar with two ends.
pub(super) fn whisker(x: f64, low: f64, high: f64) -> Markup {
    let ends = [low, high].map(|y| segment((x - 3.5, y), (x + 3.5, y)));
    html! { path.whisker d=(format!("{}{}", segment((x, low), (x, high)), ends.concat())) {} }
}

/// The mark of a level: a shape of its own for each outcome, so that colour is never all.
pub(super) fn mark(outcome: LevelOutcome, (x, y): (f64, f64), told: &str) -> Markup {
    let corners = |corners: &[(f64, f64)]| {
        path(corners.iter().map(|(right, down)| (x + right, y + down))) + "Z"
    };
    let crossed = segment((x - 5.0, y - 5.0), (x + 5.0, y + 5.0))
        + &segment((x - 5.0, y + 5.0), (x + 5.0, y - 5.0));
    html! {
        g.mark data-outcome=(outcome.as_str().replace(' ', "-")) {
            @if !told.is_empty() { title { (told) } }
            @match outcome {
                LevelOutcome::Kept => { circle cx=(place(x)) cy=(place(y)) r="4.5" {} },
                LevelOutcome::Missed => { path d=(crossed) {} },
                LevelOutcome::NotCarried => {
                    path d=(corners(&[(-6.0, -5.0), (6.0, -5.0), (0.0, 6.0)])) {}
                },
                LevelOutcome::Invalid => {
                    path d=(corners(&[(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)])) {}
                },
                LevelOutcome::BrokenOff => {
                    path d=(corners(&[(0.0, -6.5), (6.5, 0.0), (0.0, 6.5), (-6.5, 0.0)])) {}
                },
            }
        }
    }
}

/// What the marks mean, of those outcomes that there are.
pub(super) fn legend(outcomes: impl Iterator<Item = LevelOutcome>, lines: &Markup) -> Markup {
    let there: Vec<_> = outcomes.collect();
    let all = [
        LevelOutcome::Kept,
        LevelOutcome::Missed,
        LevelOutcome::NotCarried,
        LevelOutcome::Invalid,
        LevelOutcome::BrokenOff,
    ];
    html! {
        ul.legend {
            (lines)
            @for outcome in all.into_iter().filter(|one| there.contains(one)) {
                li {
                    svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {
                        (mark(outcome, (8.0, 8.0), ""))
                    }
                    (outcome.as_str())
                }
            }
        }
    }
}

/// A line of the legend.
pub(super) fn line(class: &str, name: &str) -> Markup {
    html! {
        li {
            svg viewBox="0 0 28 16" width="28" height="16" aria-hidden="true" {
                path class=(class) d="M1 8L27 8" {}
            }
            (name)
        }
    }
}
