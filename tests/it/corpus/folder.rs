//! Run folders of which one file was changed by chance: the sample's.

use std::fs;
use std::path::Path;
use std::time::Instant;

use deskbell::archive::{self, ArchiveError};
use deskbell::report::Format;
use deskbell::run::RunRecord;

use super::mutate::Mutator;
use super::{budget, read, seed};

/// The files that a record is read from, and what it is added up by.
const FILES: [&str; 7] = [
    "run.json",
    "violations.jsonl",
    "conversations.jsonl",
    "timeline.csv",
    "latency.hlog",
    "ids.bin",
    "sums.json",
];

/// The longest text of an error, in bytes.
const LONGEST_ERROR: usize = 4 * 1024;

#[test]
fn a_run_folder_is_read_and_told_again_or_refused_by_the_name_of_a_file() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = FILES.map(|name| fs::read(sample.join(name)).unwrap()).into();
    let put = |nth: usize, bytes: &[u8]| fs::write(folder.path().join(FILES[nth]), bytes).unwrap();
    files.iter().enumerate().for_each(|(nth, bytes)| put(nth, bytes));
    archive::read(folder.path()).expect("the sample is a run folder");
    let (time, most) = budget();
    let began_at = Instant::now();
    for turn in 0..most {
        if began_at.elapsed() > time {
            return;
        }
        let mut random = Mutator::new(&files, seed() ^ turn << 8);
        let nth = random.below(FILES.len());
        let bytes = Mutator::new(&files[nth..=nth], seed() ^ turn << 8).next();
        put(nth, &bytes);
        read(&format!("folder-{turn}-{}", FILES[nth]), &bytes, |_| tell(folder.path(), turn));
        put(nth, &files[nth]);
    }
}

fn tell(folder: &Path, turn: u64) {
    let read = || -> Result<RunRecord, ArchiveError> {
        let record = archive::read(folder)?;
        archive::read_ids(folder)?;
        Ok(RunRecord { sums: archive::read_share(folder)?.sums, ..record })
    };
    match read() {
        Ok(record) => {
            let mut told = Vec::new();
            let nth = usize::try_from(turn).unwrap_or_default() % Format::ALL.len();
            Format::ALL[nth].write(&record, &mut told).expect("memory takes all");
            assert!(!told.is_empty());
        }
        Err(error) => {
            let told = error.to_string();
            assert!(told.len() <= LONGEST_ERROR, "{} bytes", told.len());
            assert!(FILES.iter().any(|name| told.contains(name)), "{told}");
        }
    }
}
