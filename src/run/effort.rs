//! What the process has used, as Linux tells in `/proc`; zero elsewhere.

use std::fs;

use super::fold::Effort;

/// Clock ticks a second in `/proc/self/stat`: fixed by Linux for user space (proc(5)).
const TICKS_PER_S: f64 = 100.0;

pub(super) fn of_this_process() -> Effort {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    Effort {
        cpu_s: cpu_ticks(&stat).unwrap_or_default() as f64 / TICKS_PER_S,
        peak_rss_bytes: peak_rss_kib(&status).unwrap_or_default() * 1024,
    }
}

/// `utime` + `stime`: the 14th and 15th field, the second being the name in parentheses.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(user + system)
}

fn peak_rss_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_proc() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 99 0 0 0 120 30 0 0 20 0 1 0 5 0 0";
        assert_eq!(cpu_ticks(stat), Some(150));
        assert_eq!(peak_rss_kib("Name:\tx\nVmHWM:\t    2048 kB\n"), Some(2048));
        assert_eq!((cpu_ticks(""), peak_rss_kib("")), (None, None));
    }
}
