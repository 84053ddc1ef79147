//! `latency.hlog`: the latencies of each second, whole, as an HdrHistogram interval log. The format is
//! that of `HistogramLogWriter` in the reference implementation, version 1.3; readers of other
//! languages know it, too.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::metrics::{HistogramEncoder, Latency, Recorder};
use crate::run::Second;

/// What may not stand in a tag, and what stands for it there.
const UNTAGGED: &AsciiSet = &CONTROLS.add(b' ').add(b',').add(b'%');

const LEGEND: &str =
    r#""StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram""#;

/// Writes a run's latencies second by second: a line for each metric that has samples in it.
#[derive(Debug)]
pub struct IntervalLog<W> {
    to: W,
    encoder: HistogramEncoder,
}

impl<W: io::Write> IntervalLog<W> {
    /// One that has written nothing.
    pub fn new(to: W) -> Self {
        Self { to, encoder: HistogramEncoder::new() }
    }

    /// Writes the head; the seconds of the run count from this instant.
    pub fn begin(&mut self, at: Timestamp) -> io::Result<()> {
        let seconds = at.as_millisecond() as f64 / 1000.0;
        writeln!(self.to, "#[Latencies of a run of deskbell, in microseconds]")?;
        writeln!(self.to, "#[Histogram log format version 1.3]")?;
        writeln!(self.to, "#[StartTime: {seconds:.3} (seconds since epoch), {at:.3}]")?;
        writeln!(self.to, "#[BaseTime: {seconds:.3} (seconds since epoch)]")?;
        writeln!(self.to, "{LEGEND}")
    }

    /// Writes the next second.
    pub fn write(&mut self, second: &Second) -> io::Result<()> {
        for (metric, latency) in second.recorder.latencies() {
            self.interval(second.no, &metric, latency)?;
        }
        if let Some(lateness) = second.recorder.lateness() {
            self.interval(second.no, Recorder::LATENESS, lateness)?;
        }
        self.to.flush()
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.to
    }

    fn interval(&mut self, second: u64, metric: &str, latency: &Latency) -> io::Result<()> {
        let max_us = latency.quantile(1.0).unwrap_or_default().as_micros();
        let histogram = STANDARD.encode(self.encoder.encode(latency));
        let tag = utf8_percent_encode(metric, UNTAGGED);
        writeln!(self.to, "Tag={tag},{second}.000,1.000,{max_us}.000,{histogram}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use crate::metrics::Metric;

    use super::*;

    /// A log of these recorders, one a second.
    fn log(recorders: Vec<Recorder>) -> String {
        let mut log = IntervalLog::new(Vec::new());
        log.begin("2026-01-02T03:04:05.678Z".parse().unwrap()).unwrap();
        for (no, recorder) in recorders.into_iter().enumerate() {
            log.write(&Second { no: no as u64, devices: 0, recorder }).unwrap();
        }
        String::from_utf8(log.into_inner()).unwrap()
    }

    /// So many samples of each of three kinds, of as many milliseconds.
    fn recorder(samples: u64) -> Recorder {
        let mut recorder = Recorder::default();
        for sample in 1..=samples {
            let time = Duration::from_millis(sample);
            recorder.planned_latency(Metric::SendToPeer, 2 * time, Some(time));
            recorder.late_by(time / 100);
        }
        recorder
    }

    /// The lines, without what is encoded in them.
    #[track_caller]
    fn check(recorders: Vec<Recorder>, expected: &[&str]) {
        let log = log(recorders);
        let head = [
            "#[Latencies of a run of deskbell, in microseconds]",
            "#[Histogram log format version 1.3]",
            "#[StartTime: 1767323045.678 (seconds since epoch), 2026-01-02T03:04:05.678Z]",
            "#[BaseTime: 1767323045.678 (seconds since epoch)]",
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"",
        ];
        let plain = |line: &'_ str| match line.split_once("HISTFAA") {
            Some((plain, _)) => plain.to_owned(),
            None => line.to_owned(),
        };
        let lines: Vec<_> = log.lines().map(plain).collect();
        assert_eq!(lines, [&head[..], expected].concat());
    }

    #[test]
    fn a_run_without_a_second_has_a_head() {
        check(vec![], &[]);
    }

    #[test]
    fn each_metric_with_samples_has_a_line_a_second() {
        check(
            vec![recorder(3), Recorder::default(), recorder(1)],
            &[
                "Tag=send_to_peer,0.000,1.000,6000.000,",
                "Tag=send_to_peer.service,0.000,1.000,3000.000,",
                "Tag=lateness,0.000,1.000,30.000,",
                "Tag=send_to_peer,2.000,1.000,2000.000,",
                "Tag=send_to_peer.service,2.000,1.000,1000.000,",
                "Tag=lateness,2.000,1.000,10.000,",
            ],
        );
    }

    #[test]
    fn a_name_stands_in_a_tag_whatever_it_is() {
        let mut recorder = Recorder::default();
        recorder.named_latency("rtt.a, b", Duration::ZERO);
        check(vec![recorder], &["Tag=rtt.a%2C%20b,0.000,1.000,0.000,"]);
    }

    #[test]
    fn the_intervals_of_a_tag_add_up_to_the_whole() {
        let seconds = [recorder(400), recorder(1), recorder(7_000)];
        let mut whole = Recorder::default();
        seconds.iter().for_each(|recorder| whole.merge(recorder));
        let log = log(seconds.into());
        // The reader does not know the legend.
        let log = log.replace(LEGEND, "#");
        let mut sums: BTreeMap<String, Histogram<u64>> = BTreeMap::new();
        for entry in IntervalLogIterator::new(log.as_bytes()) {
            let LogEntry::Interval(interval) = entry.unwrap() else { continue };
            let bytes = STANDARD.decode(interval.encoded_histogram()).unwrap();
            let one: Histogram<u64> = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
            let tag = interval.tag().unwrap().as_str().to_owned();
            match sums.get_mut(&tag) {
                Some(sum) => sum.add(one).unwrap(),
                None => drop(sums.insert(tag, one)),
            }
        }
        assert_eq!(sums.len(), 3);
        for (tag, sum) in &sums {
            let expected =
                if tag == Recorder::LATENESS { whole.lateness() } else { whole.by_name(tag) };
            let expected = expected.unwrap();
            assert_eq!(sum.len(), expected.count(), "{tag}");
            for share in [0.5, 0.9, 0.95, 0.99, 0.999] {
                let told = expected.quantile(share).unwrap().as_micros();
                let max = expected.quantile(1.0).unwrap().as_micros();
                assert_eq!(u128::from(sum.value_at_quantile(share)).min(max), told, "{tag}");
            }
        }
    }
}
