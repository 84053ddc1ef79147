//! Other processes: started on a core of their own, and what they use, as Linux tells in `/proc`.

use std::fs;
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// A process that ends with this value at the latest.
pub(crate) struct Process(Child);

/// Where a process runs: the server on the one core, a client on the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Core {
    Server,
    Client,
}

impl Process {
    /// Starts a process that stays on a core.
    pub(crate) fn start(command: &mut Command, core: Core) -> io::Result<Self> {
        let all = sched_getaffinity(None)?;
        let allowed: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).collect();
        let mut one = CpuSet::new();
        // On a machine of one core they have to share it.
        let index = if core == Core::Server { 0 } else { allowed.len() - 1 };
        one.set(allowed[index]);
        // A child has the affinity of the thread that starts it.
        sched_setaffinity(None, &one)?;
        let child = command.spawn();
        sched_setaffinity(None, &all)?;
        Ok(Self(child?))
    }

    /// The process itself, for its output.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> io::Result<bool> {
        Ok(self.0.try_wait()?.is_none())
    }

    /// Waits for its own end.
    pub(crate) fn wait(mut self) -> io::Result<ExitStatus> {
        self.0.wait()
    }

    /// Interrupts it as Ctrl-C does, and waits for its end.
    pub(crate) fn interrupt(self) -> io::Result<ExitStatus> {
        kill_process(Pid::from_child(&self.0), Signal::INT)?;
        self.wait()
    }

    /// The CPU time of its threads until now.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(&self.0.id().to_string())
    }

    /// The memory that it has at present, in KiB.
    pub(crate) fn rss_kib(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kib.ok_or_else(|| io::Error::other("the process has no VmRSS: it has ended"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, and been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The CPU time of this process until now.
pub(crate) fn own_cpu() -> Duration {
    cpu_of("self")
}

/// To the nanosecond, where the sums in `stat` are rounded to 10 ms. A thread that has ended is not
/// in it.
fn cpu_of(process: &str) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten();
    let spent = threads.filter_map(|thread| {
        let schedstat = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        schedstat.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}
