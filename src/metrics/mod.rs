//! Numbers: latencies, totals and errors, recorded by workers and merged exactly.
//!
//! It knows no device, no scenario, no clause and no format of a report, and reads no clock: it is
//! handed durations. Start from [`Recorder`] for recording and [`LatencySummary`] for what reports
//! show.

mod decoder;
mod distribution;
mod encoder;
mod errors;
mod latency;
mod metric;
mod recorder;
mod threshold;
mod totals;

pub use decoder::{DecodeError, HistogramDecoder};
pub use distribution::{Bar, Distribution, Quantile};
pub use encoder::HistogramEncoder;
pub use errors::{ErrorKind, Errors, Layer};
pub use latency::{Latency, LatencySummary};
pub use metric::Metric;
pub use recorder::Recorder;
pub use threshold::{Counted, Figures, Measure, Statistic, Threshold, ThresholdError};
pub use totals::{FindingCounts, Totals};
