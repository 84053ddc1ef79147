//! `latency.hlog`: the histograms of each second.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use crate::metrics::{HistogramDecoder, Latency, LatencySummary};
use crate::run::{LATENCY_FILE, RunRecord};

use super::{ArchiveError, file};

/// The longest line that is read, in bytes: a whole histogram takes less.
const LONGEST_LINE: u64 = 1 << 20;

/// The latencies of a run, read second by second: whatever the length of the run, one is in memory.
#[derive(Debug)]
pub struct Latencies {
    from: BufReader<File>,
    path: PathBuf,
    /// The line that was read last, from 1.
    line: usize,
    decoder: HistogramDecoder,
}

/// The samples of a metric in a second of a run.
#[derive(Clone, Debug)]
pub struct Interval {
    /// Which second of the run, from 0.
    pub second: u64,
    /// The metric's name; `lateness` is deskbell's own.
    pub metric: String,
    /// The samples. Count and percentiles are exact, edges and mean within a thousandth.
    pub latency: Latency,
}

impl Latencies {
    /// Those of a run folder.
    ///
    /// # Errors
    /// A file that is missing or cannot be read.
    pub fn open(folder: &Path) -> Result<Self, ArchiveError> {
        let path = folder.join(LATENCY_FILE);
        let from = file::open(&path)?;
        Ok(Self { from, path, line: 0, decoder: HistogramDecoder::new() })
    }

    /// The next interval of a metric that is wanted, in the order of the run; `None` at the end. What
    /// is not wanted is not decoded.
    ///
    /// # Errors
    /// A file that cannot be read, or is not what deskbell writes.
    pub fn next_of(
        &mut self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<Interval>, ArchiveError> {
        while let Some(line) = self.next_line()? {
            if line.starts_with(['#', '"']) {
                continue;
            }
            let Some((second, metric, encoded)) = parts(&line) else {
                return Err(self.malformed("it is no interval of a run"));
            };
            if !is_wanted(&metric) {
                continue;
            }
            let histogram = STANDARD.decode(encoded);
            let histogram = histogram.map_err(|error| self.malformed(&error.to_string()))?;
            let latency = self.decoder.decode(&histogram);
            let latency = latency.map_err(|error| self.malformed(&error.to_string()))?;
            return Ok(Some(Interval { second, metric, latency }));
        }
        Ok(None)
    }

    fn next_line(&mut self) -> Result<Option<String>, ArchiveError> {
        let mut line = String::new();
        let read = self.from.by_ref().take(LONGEST_LINE).read_line(&mut line);
        self.line += 1;
        match read {
            Ok(0) => Ok(None),
            Ok(_) if line.ends_with('\n') => Ok(Some(line)),
            Ok(_) => Err(self.malformed("the line is cut off, or longer than any of deskbell's")),
            Err(source) => Err(ArchiveError::Unreadable { path: self.path.clone(), source }),
        }
    }

    fn malformed(&self, why: &str) -> ArchiveError {
        ArchiveError::malformed(&self.path, (self.line, 1), why.to_owned())
    }
}

/// The second, the metric and the encoded histogram of `Tag=connect,3.000,1.000,420.000,HISTFAA...`.
fn parts(line: &str) -> Option<(u64, String, &str)> {
    let mut cells = line.trim_end().strip_prefix("Tag=")?.split(',');
    let [tag, begin, _length, _max, encoded] = std::array::from_fn(|_| cells.next());
    let second = begin?.strip_suffix(".000")?.parse().ok()?;
    let metric = percent_decode_str(tag?).decode_utf8().ok()?;
    Some((second, metric.into_owned(), encoded?))
}

/// The latencies of the whole run by metric, as exact as they were when they were recorded.
///
/// # Errors
/// As of [`Latencies`], and where it holds other samples than the record counts.
pub fn whole_latencies(
    folder: &Path,
    record: &RunRecord,
) -> Result<BTreeMap<String, Latency>, ArchiveError> {
    let mut sums: BTreeMap<String, Latency> = BTreeMap::new();
    let mut latencies = Latencies::open(folder)?;
    while let Some(one) = latencies.next_of(|metric| record.latency.contains_key(metric))? {
        match sums.get_mut(&one.metric) {
            Some(sum) => sum.add(&one.latency),
            None => drop(sums.insert(one.metric, one.latency)),
        }
    }
    let whole = |(metric, summary): (&String, &LatencySummary)| {
        let sum = sums.remove(metric).unwrap_or_default();
        let what = format!("samples of {metric}");
        ArchiveError::check_like(&latencies.path, &what, (sum.count(), summary.count))?;
        Ok::<_, ArchiveError>((metric.clone(), sum.with_edges_of(summary)))
    };
    record.latency.iter().map(whole).collect()
}
