//! Latencies as other implementations of HdrHistogram read them.

use std::fmt;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};

use super::Latency;
use super::latency::{DIGITS, HIGHEST_US};

/// Encodes latencies in the compressed V2 format of HdrHistogram, in microseconds. All have the
/// bounds of the whole range, so that a reader may add any one to any other.
pub struct HistogramEncoder {
    /// Holds one latency at a time; the histogram of a [`Latency`] has only as much range as it needs.
    whole: Histogram<u64>,
    serializer: V2DeflateSerializer,
}

impl HistogramEncoder {
    /// One that has encoded nothing.
    pub fn new() -> Self {
        let whole = Histogram::new_with_bounds(1, HIGHEST_US, DIGITS)
            .expect("the bounds are constants that hdrhistogram allows");
        Self { whole, serializer: V2DeflateSerializer::new() }
    }

    /// The bytes of a latency's histogram.
    pub fn encode(&mut self, latency: &Latency) -> Vec<u8> {
        self.whole.set_to(latency.histogram()).expect("no latency is recorded above ten minutes");
        let mut bytes = Vec::new();
        self.serializer
            .serialize(&self.whole, &mut bytes)
            .expect("a vector takes all bytes, and no count is beyond 63 bits");
        bytes
    }
}

impl Default for HistogramEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HistogramEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistogramEncoder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hdrhistogram::serialization::Deserializer;

    use super::*;

    fn of(samples: &[u64]) -> Latency {
        let mut latency = Latency::new();
        samples.iter().for_each(|us| latency.record(Duration::from_micros(*us)));
        latency
    }

    fn decoded(bytes: &[u8]) -> Histogram<u64> {
        Deserializer::new().deserialize(&mut &*bytes).unwrap()
    }

    /// Values with samples, and how many.
    fn counts(histogram: &Histogram<u64>) -> Vec<(u64, u64)> {
        histogram
            .iter_recorded()
            .map(|one| (one.value_iterated_to(), one.count_at_value()))
            .collect()
    }

    #[track_caller]
    fn check(parts: &[&[u64]]) {
        let mut encoder = HistogramEncoder::new();
        let mut sum = decoded(&encoder.encode(&Latency::new()));
        for part in parts {
            sum.add(decoded(&encoder.encode(&of(part)))).unwrap();
        }
        assert_eq!(counts(&sum), counts(of(&parts.concat()).histogram()));
    }

    #[test]
    fn decoded_parts_add_up_to_the_whole() {
        check(&[]);
        check(&[&[0, 0, 1]]);
        check(&[&[5, 1_000, 131_071], &[131_072, 600_000_000], &[u64::MAX / 4]]);
        check(&[&[600_000_000; 2], &[3], &[], &[3, 70_000_000]]);
    }

    #[test]
    fn all_have_the_same_bounds() {
        let mut encoder = HistogramEncoder::new();
        for samples in [&[][..], &[1], &[400_000_000]] {
            let decoded = decoded(&encoder.encode(&of(samples)));
            assert_eq!((decoded.low(), decoded.high(), decoded.sigfig()), (1, HIGHEST_US, DIGITS));
        }
    }
}
