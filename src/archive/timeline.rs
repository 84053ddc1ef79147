//! `timeline.csv`: the seconds of the run.

use std::path::Path;

use crate::run::{RunRecord, TIMELINE_FILE, TimelineRow};

use super::instant::MOST;
use super::{ArchiveError, file};

/// How large the file may be, in bytes: a month takes less.
const LARGEST: u64 = 512 << 20;

pub(super) fn read(folder: &Path, record: &RunRecord) -> Result<Vec<TimelineRow>, ArchiveError> {
    let path = folder.join(TIMELINE_FILE);
    let bytes = file::whole(&path, LARGEST)?;
    let mut csv = csv::Reader::from_reader(&bytes[..]);
    let malformed = |error: csv::Error| malformed(&path, &error);
    if csv.headers().map_err(malformed)?.is_empty() {
        let why = "it has no line of column names".to_owned();
        return Err(ArchiveError::malformed(&path, (1, 1), why));
    }
    let mut rows: Vec<TimelineRow> = Vec::new();
    for row in csv.deserialize() {
        let row: TimelineRow = row.map_err(malformed)?;
        let second = rows.len() as u64;
        if row.second != second || counts(&row).into_iter().any(|count| count > MOST) {
            let why = format!("it is no row of second {second}");
            return Err(ArchiveError::malformed(&path, (rows.len() + 2, 1), why));
        }
        rows.push(row);
    }
    let totals = &record.totals;
    let counted =
        [totals.connections, totals.sends, totals.responses, totals.events, record.errors.total()];
    let names = ["connects", "sends", "responses", "events", "errors"];
    for (at, (what, counted)) in names.into_iter().zip(counted).enumerate() {
        let holds = rows.iter().fold(0, |sum: u64, row| sum.saturating_add(counts(row)[at]));
        ArchiveError::check_like(&path, what, (holds, counted))?;
    }
    Ok(rows)
}

/// What a row counts; that of `totals` first.
fn counts(row: &TimelineRow) -> [u64; 13] {
    let TimelineRow {
        second: _,
        devices,
        connects,
        sends,
        responses,
        events,
        errors,
        violations,
        send_to_event_p50_us,
        send_to_event_p99_us,
        send_to_peer_p50_us,
        send_to_peer_p99_us,
        rtt_p99_us,
        lateness_p99_us,
    } = *row;
    let latencies = [
        send_to_event_p50_us,
        send_to_event_p99_us,
        send_to_peer_p50_us,
        send_to_peer_p99_us,
        rtt_p99_us,
        lateness_p99_us,
    ];
    let [one, two, three, four, five, six] = latencies.map(Option::unwrap_or_default);
    [
        connects, sends, responses, events, errors, devices, violations, one, two, three, four,
        five, six,
    ]
}

fn malformed(path: &Path, error: &csv::Error) -> ArchiveError {
    let line = error.position().map_or(1, csv::Position::line);
    let (cell, why) = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => {
            (err.field().map_or(1, |field| field + 1), err.kind().to_string())
        }
        _ => (1, error.to_string()),
    };
    let place = [line, cell].map(|place| usize::try_from(place).unwrap_or(usize::MAX));
    ArchiveError::malformed(path, place.into(), why)
}
