//! The machine, and what others do on it meanwhile.

use std::fs;
use std::thread::available_parallelism;
use std::time::Duration;

/// Clock ticks in `/proc/stat`: fixed by Linux for user space (proc(5)).
const TICK: Duration = Duration::from_millis(10);

/// The time of all cores until now.
#[derive(Clone, Copy)]
pub(crate) struct Cores {
    busy: Duration,
    all: Duration,
}

impl Cores {
    /// Reads it off `/proc/stat`.
    pub(crate) fn now() -> Self {
        let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
        let line = stat.lines().next().unwrap_or_default();
        let ticks: Vec<u32> =
            line.split_whitespace().filter_map(|field| field.parse().ok()).take(8).collect();
        // user, nice, system, idle, iowait, irq, softirq, steal (proc(5)): what a neighbour of a
        // virtual machine takes is busy time as well.
        let all = ticks.iter().sum::<u32>();
        let idle = ticks.iter().skip(3).take(2).sum::<u32>();
        Self { busy: TICK * (all - idle), all: TICK * all }
    }

    /// The share of all cores' time since `before` that others took, from 0 to 1, when `ours` is what
    /// the measured processes did.
    pub(crate) fn foreign_since(self, before: Self, ours: Duration) -> f64 {
        let busy = (self.busy - before.busy).saturating_sub(ours);
        busy.as_secs_f64() / (self.all - before.all).max(TICK).as_secs_f64()
    }
}

/// The machine in a line.
pub(crate) fn told() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {model}, Linux {}", kernel.trim())
}
