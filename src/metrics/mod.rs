//! Numbers: latencies, totals and errors, recorded by workers and merged exactly.
//!
//! It knows no device, no scenario, no clause and no format of a report, and reads no clock: it is
//! handed durations. Start from [`Recorder`] for recording and [`LatencySummary`] for what reports
//! show.

mod blocks;
mod buckets;
mod counts;
mod decoder;
mod distribution;
mod encoder;
mod errors;
mod kept;
mod latency;
mod metric;
mod recorder;
mod resampling;
mod run_blocks;
mod threshold;
mod throttling;
mod totals;

pub use blocks::{Blocks, Ratios};
pub use counts::Counts;
pub use decoder::{DecodeError, HistogramDecoder};
pub use distribution::{Bar, Distribution, Quantile};
pub use encoder::HistogramEncoder;
pub use errors::{ErrorKind, Errors, Layer};
pub use latency::{Latency, LatencySummary};
pub use metric::Metric;
pub use recorder::Recorder;
pub use resampling::{Resampling, Sample, Scale, Spread};
pub use run_blocks::{LatencyBlocks, RatioBlocks, RunBlocks};
pub use threshold::{Counted, Figures, Measure, Statistic, Threshold, ThresholdError};
pub use throttling::Throttling;
pub use totals::{FindingCounts, Totals};
