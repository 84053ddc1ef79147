//! When a run was, and how long it took.

use std::time::Duration;

use jiff::Timestamp;

use crate::run::RunRecord;

/// From the run's beginning to its end; `None` where the record does not say so.
pub(super) fn took(record: &RunRecord) -> Option<Duration> {
    between(&record.started_at, &record.ended_at)
}

/// From one instant to a later one; `None` where either cannot be read.
pub(super) fn between(started_at: &str, ended_at: &str) -> Option<Duration> {
    let at = |text: &str| text.parse::<Timestamp>().ok();
    at(ended_at)?.duration_since(at(started_at)?).try_into().ok()
}

/// The clock at a time of the run, in UTC; `None` where the record does not say when it began.
pub(super) fn clock(record: &RunRecord, at: Duration) -> Option<Timestamp> {
    record.started_at.parse::<Timestamp>().ok()?.checked_add(at).ok()
}

/// An instant of a record for a person: `2026-01-02 03:04:05 UTC`.
pub(super) fn told(instant: &str) -> String {
    let at = instant.parse::<Timestamp>();
    at.map_or_else(|_| instant.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[test]
    fn a_run_took_the_time_between_its_instants() {
        assert_eq!(took(&sample::record()), Some(Duration::from_millis(12_340 + 5)));
        let never = RunRecord { ended_at: "later".to_owned(), ..sample::record() };
        assert_eq!(took(&never), None);
    }

    #[test]
    fn an_instant_is_told_to_the_second_and_anything_else_as_it_is() {
        assert_eq!(told("2026-01-02T03:04:05.678Z"), "2026-01-02 03:04:05 UTC");
        assert_eq!(told("later"), "later");
    }
}
