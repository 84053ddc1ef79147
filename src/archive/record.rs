//! `run.json`: the record but for what stands in files of its own.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::run::{RUN_FILE, RUN_FORMAT, RunRecord};

use super::error::brief;
use super::instant::MOST;
use super::{ArchiveError, file};

/// How large the file may be, in bytes: it tells a few hundred bytes of each clause, step and stage.
const LARGEST: u64 = 64 << 20;

/// What is held to no bound: a seed may be any number, a limit too, and settings are only shown.
const UNBOUNDED: [&str; 4] = ["seed", "memory_limit_bytes", "in_force", "readings"];

/// What every version of the file has.
#[derive(Deserialize)]
struct Head {
    format: String,
}

pub(super) fn read(folder: &Path) -> Result<RunRecord, ArchiveError> {
    if !folder.is_dir() {
        return Err(ArchiveError::NoFolder(folder.to_owned()));
    }
    let path = folder.join(RUN_FILE);
    let bytes = file::whole(&path, LARGEST).map_err(|error| match error {
        ArchiveError::Missing(_) => ArchiveError::NoRun(folder.to_owned()),
        other => other,
    })?;
    let malformed = |error| ArchiveError::json(&path, 1, &error);
    let Head { format } = serde_json::from_slice(&bytes).map_err(malformed)?;
    if format != RUN_FORMAT {
        return Err(ArchiveError::format(&path, &format, RUN_FORMAT));
    }
    let record = serde_json::from_slice(&bytes).map_err(malformed)?;
    let value = serde_json::from_slice(&bytes).map_err(malformed)?;
    match impossible(&value, "") {
        Some(place) => Err(ArchiveError::Impossible { path, place: brief(place) }),
        None => Ok(record),
    }
}

/// The place of a number that no run can have.
pub(super) fn impossible(value: &Value, place: &str) -> Option<String> {
    let is_possible = |number: f64| (0.0..=MOST as f64).contains(&number);
    match value {
        Value::Number(number) => {
            (!number.as_f64().is_some_and(is_possible)).then(|| place.to_owned())
        }
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(at, item)| impossible(item, &format!("{place}/{at}")))
        }
        Value::Object(fields) => {
            let mut bounded = fields.iter().filter(|(key, _)| !UNBOUNDED.contains(&key.as_str()));
            bounded.find_map(|(key, field)| impossible(field, &format!("{place}/{key}")))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}
