//! Latencies and recorders as they are kept in a file, so that those of several runs add up exactly.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Errors, HistogramDecoder, HistogramEncoder, Latency, Recorder, Totals};

/// A latency: its edges and sum, in microseconds, and its histogram in the compressed V2 format of
/// HdrHistogram, in Base64.
#[derive(Deserialize, Serialize)]
pub(super) struct KeptLatency {
    min_us: u64,
    max_us: u64,
    sum_us: u64,
    overflow: u64,
    histogram: String,
}

impl From<Latency> for KeptLatency {
    fn from(latency: Latency) -> Self {
        let (min_us, max_us) = latency.edges_us();
        let (sum_us, overflow) = (latency.sum_us(), latency.overflow());
        let histogram = STANDARD.encode(HistogramEncoder::new().encode(&latency));
        Self { min_us, max_us, sum_us, overflow, histogram }
    }
}

impl TryFrom<KeptLatency> for Latency {
    type Error = String;

    fn try_from(kept: KeptLatency) -> Result<Self, String> {
        let bytes = STANDARD.decode(&kept.histogram).map_err(|error| error.to_string())?;
        let mut decoder = HistogramDecoder::new();
        let counts = decoder.counts(&bytes).map_err(|error| error.to_string())?;
        let mut latency = Self::new();
        latency.add_counts(counts);
        let KeptLatency { min_us, max_us, sum_us, overflow, .. } = kept;
        if min_us > max_us || overflow > latency.count() {
            return Err("the edges of a histogram do not fit it".to_owned());
        }
        Ok(latency.with_edges((min_us, max_us), sum_us, overflow))
    }
}

/// A recorder: its latencies by name.
#[derive(Deserialize, Serialize)]
pub(super) struct KeptRecorder {
    latencies: BTreeMap<String, Latency>,
    lateness: Option<Latency>,
    totals: Totals,
    errors: Errors,
}

impl From<Recorder> for KeptRecorder {
    fn from(recorder: Recorder) -> Self {
        let latencies = recorder.latencies();
        let latencies = latencies.map(|(name, one)| (name.into_owned(), one.clone())).collect();
        let lateness = recorder.lateness().cloned();
        Self { latencies, lateness, totals: *recorder.totals(), errors: recorder.errors().clone() }
    }
}

impl From<KeptRecorder> for Recorder {
    fn from(kept: KeptRecorder) -> Self {
        let KeptRecorder { latencies, lateness, totals, errors } = kept;
        let mut recorder = Self::counted(totals, errors);
        for (name, latency) in &latencies {
            recorder.add_by_name(name, latency);
        }
        if let Some(lateness) = &lateness {
            recorder.add_lateness(lateness);
        }
        recorder
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use crate::metrics::{ErrorKind, Layer, Metric};
    use crate::protocol::Call;

    use super::*;

    fn recorder(samples: &[u64]) -> Recorder {
        let mut recorder = Recorder::default();
        for us in samples {
            let time = Duration::from_micros(*us);
            recorder.planned_latency(Metric::Rtt(Call::Send), time, Some(time / 2));
            recorder.named_latency("rtt.probe", time);
            recorder.late_by(time / 100);
            recorder.totals_mut().sends += 1;
            recorder.error(Layer::Application, ErrorKind::status(500));
        }
        recorder
    }

    fn kept(recorder: &Recorder) -> Recorder {
        serde_json::from_str(&serde_json::to_string(recorder).unwrap()).unwrap()
    }

    #[track_caller]
    fn check_refused(change: impl Fn(&mut serde_json::Value)) {
        let mut kept = serde_json::to_value(recorder(&[5, 700_000_000])).unwrap();
        assert!(serde_json::from_value::<Recorder>(kept.clone()).is_ok());
        change(&mut kept["latencies"]["rtt.send"]);
        assert!(serde_json::from_value::<Recorder>(kept).is_err());
    }

    #[test]
    fn what_is_no_histogram_or_does_not_fit_its_edges_is_refused() {
        check_refused(|one| one["histogram"] = "no Base64".into());
        check_refused(|one| one["histogram"] = "aGVsbG8=".into());
        check_refused(|one| one["min_us"] = 800_000_000.into());
        check_refused(|one| one["overflow"] = 3.into());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_is_kept_is_as_exact_as_what_was_recorded(
            one in proptest::collection::vec(0..700_000_000_u64, 0..20),
            other in proptest::collection::vec(0..700_000_000_u64, 0..20),
        ) {
            let (one, other) = (recorder(&one), recorder(&other));
            prop_assert_eq!(&kept(&one), &one);
            let mut whole = one.clone();
            whole.merge(&other);
            let mut sum = kept(&one);
            sum.merge(&kept(&other));
            prop_assert_eq!(sum, whole);
        }
    }
}
