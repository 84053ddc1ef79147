//! What the process has used, and what there is for it, as Linux tells in `/proc` and `/sys`; nothing
//! elsewhere.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::disturbance::Disturbances;

/// Clock ticks a second in `/proc/self/stat`: fixed by Linux for user space (proc(5)).
const TICKS_PER_S: f64 = 100.0;

/// Where control groups are found (cgroups(7), version 2).
const CGROUPS: &str = "/sys/fs/cgroup";

/// What the generator measured of itself beside its lateness.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Effort {
    /// CPU time of the process, in seconds.
    pub(super) cpu_s: f64,
    pub(super) memory: Memory,
    /// What disturbed it.
    pub(super) disturbances: Disturbances,
}

/// Memory of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// Most that was resident at once.
    pub(super) peak_bytes: u64,
    /// What there is for it: of the machine, or of its control group.
    pub(super) limit_bytes: Option<u64>,
}

pub(super) fn of_this_process(disturbances: Disturbances) -> Effort {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    Effort {
        disturbances,
        cpu_s: cpu_ticks(&read("/proc/self/stat")).unwrap_or_default() as f64 / TICKS_PER_S,
        memory: Memory {
            peak_bytes: kib(&read("/proc/self/status"), "VmHWM:").unwrap_or_default() * 1024,
            limit_bytes: limit(&read("/proc/meminfo"), &read("/proc/self/cgroup"), &|path| {
                fs::read_to_string(path).ok()
            }),
        },
    }
}

/// CPU time of the thread that asks.
pub(super) fn thread_cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// `utime` + `stime`: the 14th and 15th field, the second being the name in parentheses.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(user + system)
}

/// A figure of `/proc` that stands in a line of its own.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

/// The least of what the machine has and what the control groups of the process allow, in bytes.
fn limit(meminfo: &str, cgroup: &str, read: &dyn Fn(&Path) -> Option<String>) -> Option<u64> {
    let machine = kib(meminfo, "MemTotal:").map(|kib| kib * 1024);
    let own = cgroup.lines().find_map(|line| line.strip_prefix("0::/"));
    let groups = own.into_iter().flat_map(|own| Path::new(own).ancestors());
    let limits = groups.filter_map(|group| {
        // `max`, which is none, is no number.
        read(&Path::new(CGROUPS).join(group).join("memory.max"))?.trim().parse().ok()
    });
    machine.into_iter().chain(limits).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_proc() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 99 0 0 0 120 30 0 0 20 0 1 0 5 0 0";
        assert_eq!(cpu_ticks(stat), Some(150));
        assert_eq!(kib("Name:\tx\nVmHWM:\t    2048 kB\n", "VmHWM:"), Some(2048));
        assert_eq!((cpu_ticks(""), kib("", "VmHWM:")), (None, None));
    }

    #[test]
    fn the_least_of_machine_and_control_groups_is_the_limit() {
        let meminfo = "MemTotal:       24 kB\nMemFree: 1 kB\n";
        let check = |cgroup: &str, expected: u64| {
            let read = |path: &Path| match path.to_str()? {
                "/sys/fs/cgroup/a/memory.max" => Some("4096\n".to_owned()),
                "/sys/fs/cgroup/a/b/memory.max" => Some("max\n".to_owned()),
                _ => None,
            };
            assert_eq!(limit(meminfo, cgroup, &read), Some(expected), "{cgroup}");
        };
        check("", 24 << 10);
        check("0::/\n", 24 << 10);
        check("1:memory:/a\n0::/a/b\n", 4096);
        assert_eq!(limit("", "", &|_| None), None);
    }
}
