//! `latency.hlog`, second by second: many shards are gone through side by side.

use std::collections::BTreeMap;
use std::path::Path;

use crate::metrics::{Latency, Recorder};
use crate::run::RunRecord;

use super::{ArchiveError, Latencies};

/// The latencies of a run, read a second at a time, and held to what its record counts.
#[derive(Debug)]
pub struct LatencySeconds {
    latencies: Latencies,
    /// By metric, how many samples were read, and how many the record counts.
    samples: BTreeMap<String, (u64, u64)>,
    /// How many seconds the run has.
    seconds: u64,
}

impl LatencySeconds {
    /// Those of a run folder, with its record as [`read_share`](super::read_share) gives it.
    ///
    /// # Errors
    /// A file that is missing or cannot be read.
    pub fn open(folder: &Path, record: &RunRecord) -> Result<Self, ArchiveError> {
        let counted = record.latency.iter();
        let counted = counted.map(|(metric, summary)| (metric.clone(), (0, summary.count)));
        let mut samples: BTreeMap<_, _> = counted.collect();
        let told = record.sums.iter().flat_map(|sums| &sums.scenarios);
        let late = told.filter_map(|told| told.sum.recorder.lateness()).map(Latency::count).sum();
        samples.insert(Recorder::LATENESS.to_owned(), (0, late));
        let seconds = record.timeline.len() as u64;
        Ok(Self { latencies: Latencies::open(folder)?, samples, seconds })
    }

    /// Adds what was measured in a second of the run, from 0, to a recorder. Seconds are asked for in
    /// their order.
    ///
    /// # Errors
    /// As of [`Latencies`], and where it holds other samples than the record counts, or seconds that the
    /// run does not have.
    pub fn add(&mut self, second: u64, to: &mut Recorder) -> Result<(), ArchiveError> {
        let Self { latencies, samples, .. } = self;
        while let Some(ahead) = latencies.second_ahead(|metric| samples.contains_key(metric))? {
            if ahead >= self.seconds || ahead < second {
                return Err(latencies
                    .malformed("it is of no second of the run, or stands behind a later one"));
            }
            if ahead > second {
                break;
            }
            let line = latencies.line_ahead()?;
            if let Some((read, _)) = samples.get_mut(&*line.metric) {
                *read = read.saturating_add(line.counts.count());
            }
            to.add_counts(&line.metric, line.counts, line.greatest_us);
        }
        Ok(())
    }

    /// All seconds were asked for: nothing may be left, and nothing may be missing.
    ///
    /// # Errors
    /// As of [`Self::add`].
    pub fn finish(mut self) -> Result<(), ArchiveError> {
        let Self { latencies, samples, .. } = &mut self;
        if latencies.second_ahead(|metric| samples.contains_key(metric))?.is_some() {
            return Err(latencies.malformed("it is of no second of the run"));
        }
        samples.iter().try_for_each(|(metric, counts)| {
            ArchiveError::check_like(latencies.path(), &format!("samples of {metric}"), *counts)
        })
    }
}
