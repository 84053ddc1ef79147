//! Latencies as [`HistogramEncoder`](super::HistogramEncoder) wrote them, read again.

use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};
use thiserror::Error;

use super::buckets::Bucket;
use super::latency::{DIGITS, HIGHEST_US};
use super::{Counts, Latency};

/// What the compressed V2 format begins with; the length of the rest follows.
const COOKIE: [u8; 4] = 0x1c84_9314_u32.to_be_bytes();

/// Before the counts of the V2 format: cookie, length and offset of the counts, digits, the bounds
/// of the values, and a ratio.
const HEADER: usize = 40;

/// The most a histogram of our bounds takes before it is compressed, in bytes: there are some 21 000
/// counts, of 8 bytes at most.
const LONGEST: usize = 256 << 10;

/// A number that goes on for so many bytes is no count of a run.
const LONG_NUMBER: usize = 8;

/// The most samples that a histogram may hold, so that sums of many stay within 64 bits.
const MOST_SAMPLES: u64 = 1 << 53;

/// Decodes latencies from the compressed V2 format of HdrHistogram, whatever the bytes are. An hour
/// of a run holds tens of thousands of them with few values each: what it takes to decode one goes by
/// its values and not by its range, and all its room is used again.
pub struct HistogramDecoder {
    inflate: Decompress,
    /// One histogram at a time, no longer compressed.
    plain: Vec<u8>,
    counts: Counts,
}

/// Why bytes are no latency.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// They are not compressed, or were cut.
    #[error("it is no compressed histogram, or was cut")]
    NotCompressed,
    /// It is a histogram of another range or precision.
    #[error("it is no histogram of microseconds up to ten minutes with three digits")]
    Bounds,
    /// A count is beyond any run.
    #[error("it counts more samples than a run can have")]
    Count,
    /// Its counts end within a number, or go on beyond its range.
    #[error("its counts end too early, or go on beyond its range")]
    Range,
}

impl HistogramDecoder {
    /// One that has decoded nothing.
    pub fn new() -> Self {
        let inflate = Decompress::new(true);
        Self { inflate, plain: vec![0; LONGEST], counts: Counts::default() }
    }

    /// The latency of an encoded histogram. Its count and percentiles are those of what was encoded;
    /// its edges and its mean are within a thousandth.
    ///
    /// # Errors
    /// Bytes that are none of deskbell's histograms.
    pub fn decode(&mut self, bytes: &[u8]) -> Result<Latency, DecodeError> {
        let mut latency = Latency::new();
        latency.add_counts(self.counts(bytes)?);
        Ok(latency)
    }

    /// The samples of an encoded histogram, with nothing made of them yet.
    ///
    /// # Errors
    /// As of [`Self::decode`].
    pub fn counts(&mut self, bytes: &[u8]) -> Result<&Counts, DecodeError> {
        let (cookie, rest) = bytes.split_first_chunk::<4>().ok_or(DecodeError::NotCompressed)?;
        let (_, stream) = rest.split_first_chunk::<4>().ok_or(DecodeError::NotCompressed)?;
        if *cookie != COOKIE {
            return Err(DecodeError::NotCompressed);
        }
        self.inflate.reset(true);
        let ended = self.inflate.decompress(stream, &mut self.plain, FlushDecompress::Finish);
        if !matches!(ended, Ok(Status::StreamEnd)) {
            return Err(DecodeError::NotCompressed);
        }
        let length = usize::try_from(self.inflate.total_out()).unwrap_or(LONGEST);
        read(counts_of(&self.plain[..length])?, &mut self.counts)?;
        Ok(&self.counts)
    }
}

impl Default for HistogramDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HistogramDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistogramDecoder").finish_non_exhaustive()
    }
}

/// What stands behind the header of a histogram of our bounds.
fn counts_of(plain: &[u8]) -> Result<&[u8], DecodeError> {
    let (header, counts) = plain.split_at_checked(HEADER).ok_or(DecodeError::Bounds)?;
    let word =
        |at: usize| header[at..at + 4].iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    let bounds = [word(4), word(8), word(12), word(16), word(20), word(24), word(28)];
    if bounds != [counts.len() as u64, 0, u64::from(DIGITS), 0, 1, 0, HIGHEST_US] {
        return Err(DecodeError::Bounds);
    }
    Ok(counts)
}

/// Reads counts, the first that of the least value: a number above zero is a count, one below it so
/// many values without samples.
fn read(mut bytes: &[u8], counts: &mut Counts) -> Result<(), DecodeError> {
    counts.clear();
    let mut index = 0_u64;
    while !bytes.is_empty() {
        let (number, rest) = number(bytes)?;
        bytes = rest;
        if number <= 0 {
            index = index.saturating_add(number.unsigned_abs().max(1));
            continue;
        }
        let bucket = u16::try_from(index).ok().map(Bucket);
        let bucket = bucket.filter(|bucket| *bucket <= Bucket::LAST).ok_or(DecodeError::Range)?;
        counts.push(bucket, number.unsigned_abs());
        index = index.saturating_add(1);
        if counts.count() > MOST_SAMPLES {
            return Err(DecodeError::Count);
        }
    }
    Ok(())
}

/// A number in base 128, the least digits first, whose sign is its lowest bit (ZigZag LEB128).
fn number(bytes: &[u8]) -> Result<(i64, &[u8]), DecodeError> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(LONG_NUMBER).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let magnitude = i64::try_from(value >> 1).unwrap_or(i64::MAX);
            let number = if value & 1 == 0 { magnitude } else { -magnitude - 1 };
            return Ok((number, &bytes[at + 1..]));
        }
    }
    Err(if bytes.len() < LONG_NUMBER { DecodeError::Range } else { DecodeError::Count })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hdrhistogram::Histogram;
    use proptest::prelude::*;

    use crate::metrics::{Distribution, HistogramEncoder};

    use super::*;

    fn of(samples: &[u64]) -> Latency {
        let mut latency = Latency::new();
        samples.iter().for_each(|us| latency.record(Duration::from_micros(*us)));
        latency
    }

    fn again(latency: &Latency) -> Latency {
        HistogramDecoder::new().decode(&HistogramEncoder::new().encode(latency)).unwrap()
    }

    /// Parts that are decoded and added are the whole, to the last figure.
    #[track_caller]
    fn check(parts: &[&[u64]]) {
        let whole = of(&parts.concat());
        let mut sum = Latency::new();
        parts.iter().for_each(|part| sum.add(&again(&of(part))));
        if let Some(summary) = whole.summary() {
            sum = sum.with_edges_of(&summary);
        }
        assert_eq!(sum.summary(), whole.summary());
        assert_eq!(Distribution::of(&sum), Distribution::of(&whole));
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        check(&[]);
        check(&[&[]]);
        check(&[&[0, 0, 1]]);
        check(&[&[5, 1_000, 131_071], &[131_072, 600_000_000], &[u64::MAX / 4]]);
        check(&[&[600_000_000; 2], &[3], &[], &[3, 70_000_000]]);
    }

    #[test]
    fn a_histogram_of_other_bounds_is_refused() {
        use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};
        for (high, digits) in [(HIGHEST_US, 2), (HIGHEST_US + 1, 3), (u64::MAX, 5)] {
            let other = Histogram::<u64>::new_with_bounds(1, high, digits).unwrap();
            let mut bytes = Vec::new();
            V2DeflateSerializer::new().serialize(&other, &mut bytes).unwrap();
            let refused = HistogramDecoder::new().decode(&bytes).unwrap_err();
            assert!(matches!(refused, DecodeError::Bounds), "{refused}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_counts_are_a_latency_or_an_error(counts in proptest::collection::vec(0..=255_u8, 0..60)) {
            use std::io::Write as _;
            let mut plain = 0x1c84_9313_u32.to_be_bytes().to_vec();
            plain.extend((counts.len() as u32).to_be_bytes());
            plain.extend([0_u32, u32::from(DIGITS)].iter().flat_map(|word| word.to_be_bytes()));
            plain.extend([1, HIGHEST_US].iter().flat_map(|bound| bound.to_be_bytes()));
            plain.extend(1_f64.to_be_bytes());
            plain.extend(counts);
            let mut stream = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            stream.write_all(&plain).unwrap();
            let stream = stream.finish().unwrap();
            let bytes = [&COOKIE[..], &(stream.len() as u32).to_be_bytes(), &stream].concat();
            if let Ok(latency) = HistogramDecoder::new().decode(&bytes) {
                drop(Distribution::of(&latency));
            }
        }
    }
}
