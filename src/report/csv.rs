//! `summary.csv`, `timeline.csv` and `clauses.csv` (RFC 4180). A text that a spreadsheet could take for a formula has an
//! apostrophe before it; numbers stand as they are.

use std::collections::BTreeMap;
use std::io;

use crate::metrics::LatencySummary;
use crate::run::RunRecord;

use super::escape::cell;

/// What stands for the whole run in the column of scenarios.
const WHOLE_RUN: &str = "*";

const SUMMARY_HEADER: [&str; 11] = [
    "scenario", "metric", "count", "min_us", "mean_us", "p50_us", "p90_us", "p95_us", "p99_us",
    "p999_us", "max_us",
];

const TIMELINE_HEADER: [&str; 14] = [
    "second",
    "devices",
    "connects",
    "sends",
    "responses",
    "events",
    "errors",
    "violations",
    "send_to_event_p50_us",
    "send_to_event_p99_us",
    "send_to_peer_p50_us",
    "send_to_peer_p99_us",
    "rtt_p99_us",
    "lateness_p99_us",
];

const CLAUSES_HEADER: [&str; 6] = ["id", "level", "title", "checked", "violated", "status"];

/// Writes a row per latency metric: of the whole run first, then of each scenario.
pub(super) fn write_summary(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(SUMMARY_HEADER)?;
    write_latencies(&mut csv, WHOLE_RUN, &record.latency)?;
    for scenario in &record.scenarios {
        write_latencies(&mut csv, &cell(&scenario.name), &scenario.latency)?;
    }
    csv.flush()
}

/// Writes a row per second; a cell is empty where there were no samples.
pub(super) fn write_timeline(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    // The header stands there without a row, too.
    let mut csv = csv::WriterBuilder::new().has_headers(false).from_writer(to);
    csv.write_record(TIMELINE_HEADER)?;
    record.timeline.iter().try_for_each(|row| csv.serialize(row))?;
    csv.flush()
}

/// Writes a row per clause of the catalogue.
pub(super) fn write_clauses(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(CLAUSES_HEADER)?;
    for clause in &record.clauses {
        csv.write_record([
            clause.id.as_str(),
            clause.level.as_str(),
            &cell(&clause.title),
            &clause.checked.to_string(),
            &clause.violated.to_string(),
            clause.status.as_str(),
        ])?;
    }
    csv.flush()
}

fn write_latencies(
    csv: &mut csv::Writer<&mut dyn io::Write>,
    scenario: &str,
    latencies: &BTreeMap<String, LatencySummary>,
) -> io::Result<()> {
    for (metric, summary) in latencies {
        csv.serialize((scenario, cell(metric), numbers(summary)))?;
    }
    Ok(())
}

/// The columns from `count` on.
fn numbers(summary: &LatencySummary) -> [u64; 9] {
    let LatencySummary {
        count,
        min_us,
        mean_us,
        p50_us,
        p90_us,
        p95_us,
        p99_us,
        p999_us,
        max_us,
        overflow: _,
    } = *summary;
    [count, min_us, mean_us, p50_us, p90_us, p95_us, p99_us, p999_us, max_us]
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    const NAMES: [&str; 8] = [
        "=HYPERLINK(\"https://x.example\",\"=1\")",
        "+1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r\n=1",
        "'=1",
        "a, \"b\"\n=1",
    ];

    /// What a reader gets that takes one leading apostrophe off.
    fn read_back(csv: &[u8]) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_reader(csv);
        let bare = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
        reader.records().map(|row| row.unwrap().iter().map(bare).collect()).collect()
    }

    #[test]
    fn names_that_begin_like_a_formula_are_inert_and_read_back_as_they_were() {
        let mut record = sample::record();
        let scenario = record.scenarios[0].clone();
        let named = |name: &&str| {
            let latency = scenario.latency.values().take(1);
            let latency = latency.map(|summary| ((*name).to_owned(), *summary)).collect();
            crate::run::ScenarioRecord { name: (*name).to_owned(), latency, ..scenario.clone() }
        };
        record.latency = BTreeMap::new();
        record.scenarios = NAMES.iter().map(named).collect();
        let mut written = Vec::new();
        write_summary(&record, &mut written).unwrap();
        let mut raw = csv::Reader::from_reader(&written[..]);
        for row in raw.records().map(Result::unwrap) {
            assert!(!row[0].starts_with(['=', '+', '-', '@', '\t', '\r']), "{row:?}");
            assert!(row.iter().skip(2).all(|cell| cell.parse::<u64>().is_ok()), "{row:?}");
        }
        for (row, name) in read_back(&written).iter().zip(NAMES) {
            assert_eq!((row[0].as_str(), row[1].as_str()), (name, name));
        }
    }
}
