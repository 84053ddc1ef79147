//! A second of a run in words: how long after the start, and by the clock.

use std::time::Duration;

use crate::report::span;
use crate::run::RunRecord;

/// `12 s (03:04:17 UTC)`, `1 h 2 min 5 s (04:06:10 UTC)`; seconds are counted from 0.
pub(super) fn since(record: &RunRecord, second: u64) -> String {
    let elapsed = elapsed(second);
    match span::clock(record, Duration::from_secs(second)) {
        Some(clock) => format!("{elapsed} ({} UTC)", clock.strftime("%H:%M:%S")),
        None => elapsed,
    }
}

fn elapsed(second: u64) -> String {
    let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
    match second {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min {seconds} s"),
        _ => format!("{hours} h {minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[track_caller]
    fn check(second: u64, expected: &str) {
        assert_eq!(since(&sample::record(), second), expected);
    }

    #[test]
    fn a_second_is_told_by_the_run_and_by_the_clock() {
        check(0, "0 s (03:04:05 UTC)");
        check(125, "2 min 5 s (03:06:10 UTC)");
        check(3_725, "1 h 2 min 5 s (04:06:10 UTC)");
    }

    #[test]
    fn a_second_that_no_clock_knows_is_told_by_the_run_alone() {
        assert_eq!(elapsed(u64::MAX / 3600 * 3600).split(' ').nth(1), Some("h"));
        let began = |at: &str| RunRecord { started_at: at.to_owned(), ..sample::record() };
        let clock = |at, second| span::clock(&began(at), Duration::from_secs(second));
        assert_eq!(clock("2026-01-02T03:04:05Z", u64::MAX), None);
        assert_eq!(clock("yesterday", 1), None);
    }
}
