//! What it takes to write every report of an hour of 10 000 devices with 1 000 findings, and how large
//! they are. `--quick` looks only whether it works: the times are for machines that do nothing else.

#[path = "../tests/it/pages/huge.rs"]
mod huge;

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use deskbell::report::{Existing, Format, RunFolder};

const TARGET: Duration = Duration::from_secs(2);
const MOST_PAGE_BYTES: u64 = 2_000_000;
/// The best of so many rounds is told, as other processes only ever add to it.
const ROUNDS: usize = 10;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() -> io::Result<()> {
    let is_quick = std::env::args().any(|arg| arg == "--quick");
    let rounds = if is_quick { 1 } else { ROUNDS };
    let record = huge::huge();
    for format in Format::ALL {
        let written = best(rounds, || format.write(&record, &mut io::sink()))?;
        println!("{}: {} ms", format.file_name(), written.as_millis());
    }
    let root = tempfile::tempdir()?;
    let folder = RunFolder::create(root.path(), Existing::Replace).map_err(io::Error::other)?;
    let all = best(rounds, || {
        folder.write(&record).into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
    })?;
    println!("all of them into a folder: {} ms (target {})", all.as_millis(), TARGET.as_millis());
    for format in Format::ALL {
        let bytes = fs::metadata(root.path().join(format.file_name()))?.len();
        println!("{}: {} kB", format.file_name(), bytes / 1000);
        assert!(format != Format::Html || bytes < MOST_PAGE_BYTES, "the page has become too large");
    }
    assert!(is_quick || all < TARGET, "reports have become too slow");
    Ok(())
}

/// How long it takes at best.
fn best(rounds: usize, mut work: impl FnMut() -> io::Result<()>) -> io::Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..rounds {
        let started_at = Instant::now();
        work()?;
        best = best.min(started_at.elapsed());
    }
    Ok(best)
}
