//! What it takes to compare ten runs of an hour, five a side, 15 metrics each. `--quick` looks only whether
//! it works: the times are for machines that do nothing else.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

#[path = "../tests/it/pages/huge.rs"]
mod huge;
#[path = "../tests/it/compare/synthetic.rs"]
mod synthetic;

use std::io;
use std::time::{Duration, Instant};

use deskbell::cli::{self, Exit};
use deskbell::metrics::Metric;

use synthetic::{METRICS, Synthetic, cleaned};

const TARGET: Duration = Duration::from_secs(3);
const RUNS: u64 = 10;
const HOUR_S: u64 = 3_600;
/// The best of so many rounds is told, as other processes only ever add to it.
const ROUNDS: usize = 3;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    let is_quick = std::env::args().any(|arg| arg == "--quick");
    let (seconds, rounds) = if is_quick { (60, 1) } else { (HOUR_S, ROUNDS) };
    let template = cleaned(huge::huge());
    let root = tempfile::tempdir().unwrap();
    let others = Metric::all().filter(|metric| !METRICS.contains(metric)).take(12);
    let metrics: Vec<_> = METRICS.into_iter().chain(others).collect();
    let folders: Vec<_> = (0..RUNS)
        .map(|no| {
            let folder = root.path().join(format!("run-{no}"));
            let run = Synthetic { seconds, metrics: metrics.clone(), ..Synthetic::no(no) };
            run.write(&template, &folder);
            folder.display().to_string()
        })
        .collect();
    let (base, candidate) = folders.split_at(folders.len() / 2);
    let named = base.iter().flat_map(|base| ["--base", base]);
    let args = ["deskbell", "compare"].into_iter().chain(named);
    let args: Vec<_> = args.chain(candidate.iter().map(String::as_str)).collect();
    let mut best = Duration::MAX;
    for _ in 0..rounds {
        let (started_at, mut told) = (Instant::now(), Vec::new());
        let ended = cli::run(&args, &mut io::sink(), &mut told);
        best = best.min(started_at.elapsed());
        assert_eq!(ended, Exit::Passed, "{}", String::from_utf8_lossy(&told));
    }
    println!("ten runs of {seconds} s: {} ms (target {})", best.as_millis(), TARGET.as_millis());
    assert!(is_quick || best < TARGET, "comparing has become too slow");
}
