//! What a process uses, as Linux tells in `/proc`.

use std::fs;
use std::time::Duration;

/// The CPU time of this process until now.
pub(crate) fn own_cpu() -> Duration {
    cpu("self")
}

/// The CPU time of all threads of a process until now.
fn cpu(process: &str) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten();
    let spent = threads.filter_map(|thread| {
        let schedstat = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        schedstat.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}
