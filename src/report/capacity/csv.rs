//! `capacity.csv`: a row per level, by load, ascending (RFC 4180). A cell is empty where nothing is known.
//!
//! Times are in microseconds, errors a fraction of requests, and figures are of all attempts of a level
//! together; `lateness_p99_us` is the worst attempt's, `missed` the objectives that were not kept, `told`
//! why the outcome is what it is, and `folder` where its last attempt stands. A text that a spreadsheet
//! could take for a formula has an apostrophe before it.

use std::io;

use crate::capacity::{CapacityRecord, Level, Quantity};
use crate::report::escape::{cell, one_line};

use super::words;

const HEADER: [&str; 20] = [
    "load",
    "achieved",
    "sends_per_s",
    "throughput_per_s",
    "concurrency",
    "p50_us",
    "p99_us",
    "p99_low_us",
    "p99_high_us",
    "errors",
    "outcome",
    "attempts",
    "p50_low_us",
    "p50_high_us",
    "counted_s",
    "samples",
    "lateness_p99_us",
    "missed",
    "told",
    "folder",
];

/// Writes the header, and a row per level.
pub(super) fn write(record: &CapacityRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(HEADER)?;
    for level in &record.levels {
        csv.write_record(row(level))?;
    }
    csv.flush()
}

fn row(level: &Level) -> [String; 20] {
    let figure = |value: Option<f64>| value.map_or(String::new(), number);
    let of = |quantity: Option<Quantity>, part: fn(Quantity) -> f64| figure(quantity.map(part));
    let attempts = &level.attempts;
    let lateness = attempts.iter().map(|one| one.lateness_p99_us).max();
    let missed: Vec<_> = words::missed(level).map(|one| one_line(&one.expr)).collect();
    let folder = attempts.last().map_or("", |one| one.folder.as_str());
    [
        number(level.load),
        figure(level.achieved),
        figure(level.sends_per_s),
        figure(level.throughput_per_s),
        figure(level.concurrency),
        of(level.p50, |one| one.value),
        of(level.p99, |one| one.value),
        of(level.p99, |one| one.low),
        of(level.p99, |one| one.high),
        figure(level.errors),
        level.outcome.as_str().replace(' ', "-"),
        attempts.len().to_string(),
        of(level.p50, |one| one.low),
        of(level.p50, |one| one.high),
        number(attempts.iter().map(|one| one.counted_s).sum()),
        attempts.iter().map(|one| one.samples).fold(0, u64::saturating_add).to_string(),
        lateness.map_or(String::new(), |us| us.to_string()),
        cell(&missed.join("; ")).into_owned(),
        cell(&one_line(&level.told)).into_owned(),
        cell(&one_line(folder)).into_owned(),
    ]
}

/// A figure to a millionth, without digits that say nothing.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use crate::report::capacity::sample;

    use super::*;

    #[test]
    fn a_row_holds_what_the_level_does_and_names_are_inert() {
        for (name, record) in sample::every_record() {
            let mut written = Vec::new();
            write(&record, &mut written).unwrap();
            let rows: Vec<_> =
                csv::Reader::from_reader(&written[..]).into_records().map(Result::unwrap).collect();
            assert_eq!(rows.len(), record.levels.len(), "{name}");
            for (row, level) in rows.iter().zip(&record.levels) {
                assert_eq!(row[0].parse::<f64>().unwrap(), level.load);
                assert_eq!(row[6].parse().ok(), level.p99.map(|one| one.value), "{name}");
                assert_eq!(row[11], level.attempts.len().to_string());
                let is_inert = |cell: &str| !cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(row.iter().all(is_inert), "{row:?}");
            }
        }
    }

    #[test]
    fn a_number_has_no_digits_that_say_nothing() {
        for (value, expected) in
            [(0.0, "0"), (196.5, "196.5"), (1_000.0, "1000"), (0.000_123, "0.000123")]
        {
            assert_eq!(number(value), expected);
        }
    }
}
