//! What it takes to merge a hundred shards that ran ten minutes each, with 13 metrics. `--quick` looks only
//! whether it works: the times are for machines that do nothing else.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

#[path = "../tests/it/merge/synthetic.rs"]
#[expect(dead_code, reason = "tests make up more than this")]
mod synthetic;

use std::io;
use std::time::{Duration, Instant};

use deskbell::cli::{self, Exit};
use deskbell::metrics::Metric;
use deskbell::run::Shard;
use peak_alloc::PeakAlloc;

use synthetic::Measured;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const TIME: Duration = Duration::from_secs(5);
const MEMORY_MB: f32 = 300.0;
const SHARDS: u32 = 100;
const SECONDS: u64 = 600;
const METRICS: usize = 13;
/// Samples of each metric a second, of each shard.
const PER_SECOND: u64 = 100;
/// As many shards are unlike each other.
const UNLIKE: u64 = 4;
/// The best of so many rounds is told, as other processes only ever add to it.
const ROUNDS: usize = 3;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    let is_quick = std::env::args().any(|arg| arg == "--quick");
    let (count, seconds, rounds) = if is_quick { (8, 20, 1) } else { (SHARDS, SECONDS, ROUNDS) };
    let metrics: Vec<_> = Metric::all().take(METRICS).collect();
    let measured: Vec<_> =
        (0..UNLIKE).map(|no| Measured::new(no, seconds, PER_SECOND, &metrics)).collect();
    let root = tempfile::tempdir().unwrap();
    let folders: Vec<_> = (1..=count)
        .zip(measured.iter().cycle())
        .map(|(index, measured)| {
            let folder = root.path().join(format!("shard-{index}"));
            let later_ms = i64::from(index) * 37;
            measured.write(&folder, (Shard { index, count }, later_ms), |_, _| {});
            folder.display().to_string()
        })
        .collect();
    drop(measured);
    let (out, count_text) = (root.path().join("whole").display().to_string(), count.to_string());
    let args = ["deskbell", "merge", "--expect", &count_text, "--out", &out, "--overwrite"];
    let args: Vec<_> = args.into_iter().chain(folders.iter().map(String::as_str)).collect();
    let (mut best, before) = (Duration::MAX, MEMORY.current_usage_as_mb());
    MEMORY.reset_peak_usage();
    for _ in 0..rounds {
        let (started_at, mut told) = (Instant::now(), Vec::new());
        let ended = cli::run(&args, &mut io::sink(), &mut told);
        best = best.min(started_at.elapsed());
        assert_eq!(ended, Exit::Passed, "{}", String::from_utf8_lossy(&told));
    }
    let taken_mb = MEMORY.peak_usage_as_mb() - before;
    println!(
        "{count} shards of {seconds} s: {} ms (target {}), {taken_mb:.0} MB (target {MEMORY_MB})",
        best.as_millis(),
        TIME.as_millis()
    );
    assert!(taken_mb < MEMORY_MB, "merging takes too much memory");
    assert!(is_quick || best < TIME, "merging has become too slow");
}
