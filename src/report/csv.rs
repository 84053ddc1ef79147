//! `summary.csv` and `clauses.csv` (RFC 4180).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use crate::metrics::LatencySummary;
use crate::run::RunRecord;

/// What stands for the whole run in the column of scenarios.
const WHOLE_RUN: &str = "*";

const SUMMARY_HEADER: [&str; 11] = [
    "scenario", "metric", "count", "min_us", "mean_us", "p50_us", "p90_us", "p95_us", "p99_us",
    "p999_us", "max_us",
];

const CLAUSES_HEADER: [&str; 6] = ["id", "level", "title", "checked", "violated", "status"];

/// Writes a row per latency metric: of the whole run first, then of each scenario.
pub(super) fn write_summary(record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(SUMMARY_HEADER)?;
    write_latencies(&mut csv, WHOLE_RUN, &record.latency)?;
    for scenario in &record.scenarios {
        write_latencies(&mut csv, &inert(&scenario.name), &scenario.latency)?;
    }
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
            clause.title,
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
        csv.serialize((scenario, metric, numbers(summary)))?;
    }
    Ok(())
}

/// The columns from `count` on.
fn numbers(summary: &LatencySummary) -> [u64; 9] {
    let LatencySummary { count, min_us, mean_us, p50_us, p90_us, p95_us, p99_us, p999_us, max_us } =
        *summary;
    [count, min_us, mean_us, p50_us, p90_us, p95_us, p99_us, p999_us, max_us]
}

/// A name that no spreadsheet takes for a formula.
fn inert(name: &str) -> Cow<'_, str> {
    if name.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{name}"))
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_begins_like_a_formula_is_made_inert() {
        for name in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(inert(name), format!("'{name}"));
        }
        assert_eq!(inert("a=1"), "a=1");
    }
}
