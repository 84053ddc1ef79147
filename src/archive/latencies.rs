//! `latency.hlog`: the histograms of each second.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use crate::metrics::{Counts, HistogramDecoder, Latency, LatencySummary};
use crate::run::{LATENCY_FILE, RunRecord};

use super::{ArchiveError, file};

/// The longest line that is read, in bytes: a whole histogram takes less.
const LONGEST_LINE: u64 = 1 << 20;

/// The latencies of a run, read second by second: whatever the length of the run, one is in memory.
#[derive(Debug)]
pub struct Latencies {
    from: BufReader<File>,
    path: PathBuf,
    /// The line that was read last, and its number, from 1.
    text: String,
    line: usize,
    /// Whether it is an interval that was not told yet.
    is_ahead: bool,
    /// What it holds, no longer in Base64.
    encoded: Vec<u8>,
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

/// An [`Interval`] as it stands in the file, of which nothing is made yet.
pub(super) struct Line<'a> {
    pub(super) second: u64,
    pub(super) metric: Cow<'a, str>,
    /// The greatest of the samples, in microseconds.
    pub(super) greatest_us: u64,
    pub(super) counts: &'a Counts,
}

impl Latencies {
    /// Those of a run folder.
    ///
    /// # Errors
    /// A file that is missing or cannot be read.
    pub fn open(folder: &Path) -> Result<Self, ArchiveError> {
        let path = folder.join(LATENCY_FILE);
        let from = file::open(&path)?;
        let (text, encoded, decoder) = (String::new(), Vec::new(), HistogramDecoder::new());
        Ok(Self { from, path, text, line: 0, is_ahead: false, encoded, decoder })
    }

    /// The file that they are read from.
    pub(super) fn path(&self) -> &Path {
        &self.path
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
        let Some(line) = self.next_line_of(is_wanted)? else { return Ok(None) };
        let mut latency = Latency::new();
        latency.add_counts(line.counts);
        Ok(Some(Interval { second: line.second, metric: line.metric.into_owned(), latency }))
    }

    /// As [`Self::next_of`], without a histogram made for it.
    pub(super) fn next_line_of(
        &mut self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<Line<'_>>, ArchiveError> {
        match self.second_ahead(is_wanted)? {
            Some(_) => self.line_ahead().map(Some),
            None => Ok(None),
        }
    }

    /// Which second the next interval of a metric that is wanted is of; `None` at the end.
    pub(super) fn second_ahead(
        &mut self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<u64>, ArchiveError> {
        while self.is_ahead || self.read_line()? {
            self.is_ahead = false;
            if self.text.starts_with(['#', '"']) {
                continue;
            }
            let Some(Parts { second, metric, .. }) = parts(&self.text) else {
                return Err(self.malformed("it is no interval of a run"));
            };
            if is_wanted(&metric) {
                self.is_ahead = true;
                return Ok(Some(second));
            }
        }
        Ok(None)
    }

    /// The interval of [`Self::second_ahead`], which is no longer ahead then.
    pub(super) fn line_ahead(&mut self) -> Result<Line<'_>, ArchiveError> {
        self.is_ahead = false;
        let at = (self.line, 1);
        let malformed = |path: &Path, why: String| ArchiveError::malformed(path, at, why);
        let Parts { second, metric, greatest_us, encoded } =
            parts(&self.text).expect("it was one when it was read");
        self.encoded.clear();
        STANDARD
            .decode_vec(encoded, &mut self.encoded)
            .map_err(|error| malformed(&self.path, error.to_string()))?;
        let counts = self.decoder.counts(&self.encoded);
        let counts = counts.map_err(|error| malformed(&self.path, error.to_string()))?;
        Ok(Line { second, metric, greatest_us, counts })
    }

    /// Reads the next line; not at the end.
    fn read_line(&mut self) -> Result<bool, ArchiveError> {
        self.text.clear();
        let read = self.from.by_ref().take(LONGEST_LINE).read_line(&mut self.text);
        self.line += 1;
        match read {
            Ok(0) => Ok(false),
            Ok(_) if self.text.ends_with('\n') => Ok(true),
            Ok(_) => Err(self.malformed("the line is cut off, or longer than any of deskbell's")),
            Err(source) => Err(ArchiveError::Unreadable { path: self.path.clone(), source }),
        }
    }

    pub(super) fn malformed(&self, why: &str) -> ArchiveError {
        ArchiveError::malformed(&self.path, (self.line, 1), why.to_owned())
    }
}

/// An interval as its line has it.
struct Parts<'a> {
    second: u64,
    metric: Cow<'a, str>,
    greatest_us: u64,
    encoded: &'a str,
}

/// The cells of `Tag=connect,3.000,1.000,420.000,HISTFAA...`.
fn parts(line: &str) -> Option<Parts<'_>> {
    let mut cells = line.trim_end().strip_prefix("Tag=")?.split(',');
    let [tag, begin, _length, greatest, encoded] = std::array::from_fn(|_| cells.next());
    let whole = |cell: &str| cell.strip_suffix(".000")?.parse().ok();
    let (second, greatest_us) = (whole(begin?)?, whole(greatest?)?);
    let metric = percent_decode_str(tag?).decode_utf8().ok()?;
    Some(Parts { second, metric, greatest_us, encoded: encoded? })
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
    while let Some(one) = latencies.next_line_of(|metric| record.latency.contains_key(metric))? {
        match sums.get_mut(&*one.metric) {
            Some(sum) => sum.add_counts(one.counts),
            None => sums.entry(one.metric.into_owned()).or_default().add_counts(one.counts),
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
