//! Is it slower than last time: the runs of two sides, metric by metric and clause by clause.
//!
//! It reads no file and no clock, and knows no report: it is handed what was measured. Start from
//! [`Question`], which is asked of [`Measured`] runs, and [`Comparison`], which answers it.

mod alike;
mod clauses;
mod figure;
mod limits;
mod measured;
mod method;
mod outcome;
mod question;
mod record;
mod rows;
mod trend;
mod words;

pub use alike::{ailments, unlikeness};
pub use limits::{LimitError, Limits};
pub use measured::Measured;
pub use question::Question;
pub use record::{
    COMPARISON_FORMAT, Change, ClauseChange, ClauseShift, Comparison, CurvePair, Difference,
    Evidence, Kind, Limit, Method, MetricRow, Outcome, RunBrief, SideValue, TrendFigure, TrendRow,
    Unit,
};
