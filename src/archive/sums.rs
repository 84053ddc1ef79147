//! `sums.json`: what a record was concluded from, as exact as it was.

use std::path::Path;

use serde::Deserialize;

use crate::metrics::{Errors, Latency, Recorder, Totals};
use crate::run::{RunRecord, SUMS_FILE, SUMS_FORMAT, Sums};

use super::error::brief;
use super::record::impossible;
use super::{ArchiveError, file};

/// How large the file may be, in bytes: a histogram for each metric of each scenario, of some kilobytes.
const LARGEST: u64 = 256 << 20;

/// What every version of the file has.
#[derive(Deserialize)]
struct Head {
    format: String,
}

/// The sums of a run, held to what its record counts.
///
/// # Errors
/// A file that is missing, cannot be read, is not what deskbell writes, or is not of this record.
pub fn read_sums(folder: &Path, record: &RunRecord) -> Result<Sums, ArchiveError> {
    let path = folder.join(SUMS_FILE);
    let bytes = file::whole(&path, LARGEST)?;
    let json = |error| ArchiveError::json(&path, 1, &error);
    let Head { format } = serde_json::from_slice(&bytes).map_err(json)?;
    if format != SUMS_FORMAT {
        return Err(ArchiveError::format(&path, &format, SUMS_FORMAT));
    }
    let value = serde_json::from_slice(&bytes).map_err(json)?;
    if let Some(place) = impossible(&value, "") {
        return Err(ArchiveError::Impossible { path, place: brief(place) });
    }
    let sums: Sums = serde_json::from_slice(&bytes).map_err(json)?;
    match unlike(&sums, record) {
        Some(what) => Err(ArchiveError::malformed(&path, (1, 1), what)),
        None => check_samples(&path, &sums, record).map(|()| sums),
    }
}

/// In what sums are not those of a record.
fn unlike(sums: &Sums, record: &RunRecord) -> Option<String> {
    let names = sums.terms.scenarios.iter().map(|terms| &terms.name);
    let of_other = |what: &str| Some(format!("its {what} are not those of run.json"));
    if sums.run_id != record.run_id {
        return Some(format!(
            "it is of the run {}, and run.json of {}",
            sums.run_id, record.run_id
        ));
    }
    if sums.scenarios.len() != sums.terms.scenarios.len()
        || !names.eq(record.scenarios.iter().map(|scenario| &scenario.name))
    {
        return of_other("scenarios");
    }
    let (mut totals, mut errors) = (Totals::default(), Errors::default());
    for (told, scenario) in sums.scenarios.iter().zip(&record.scenarios) {
        if *told.sum.recorder.totals() != scenario.totals {
            return of_other(&format!("totals of {}", scenario.name));
        }
        totals.add(told.sum.recorder.totals());
        errors.add(told.sum.recorder.errors());
    }
    if totals != record.totals {
        return of_other("totals");
    }
    (errors != record.errors).then(|| "its errors are not those of run.json".to_owned())
}

/// Holds the histograms to the samples that the record counts.
fn check_samples(path: &Path, sums: &Sums, record: &RunRecord) -> Result<(), ArchiveError> {
    let mut whole = Recorder::default();
    sums.scenarios.iter().for_each(|told| whole.merge(&told.sum.recorder));
    let names = whole.latencies().map(|(metric, _)| metric.into_owned());
    let names = names.chain(record.latency.keys().cloned());
    names.into_iter().try_for_each(|metric| {
        let holds = whole.by_name(&metric).map_or(0, Latency::count);
        let counted = record.latency.get(&metric).map_or(0, |summary| summary.count);
        ArchiveError::check_like(path, &format!("samples of {metric}"), (holds, counted))
    })
}
