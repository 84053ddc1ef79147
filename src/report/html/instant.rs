//! Instants of a run, from its start, and by the clock for whoever points at them.

use std::time::Duration;

use maud::{Markup, html};

use crate::report::figure::brief;
use crate::report::span;
use crate::run::RunRecord;

/// An instant in two or three digits, as `1.2 s`.
pub(super) fn instant(record: &RunRecord, at: Duration) -> Markup {
    match span::clock(record, at).map(|clock| format!("{clock:.3}")) {
        Some(clock) => html! { time datetime=(clock) title=(clock) { (brief(at)) } },
        None => html! { (brief(at)) },
    }
}

/// Seconds to the millisecond, one below the other in a column: `3601.042`.
pub(super) fn seconds(at: Duration) -> String {
    format!("{}.{:03}", at.as_secs(), at.subsec_millis())
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[test]
    fn an_instant_is_told_from_the_start_and_by_the_clock() {
        let record = sample::record();
        assert_eq!(
            instant(&record, Duration::from_micros(1_234_567)).into_string(),
            "<time datetime=\"2026-01-02T03:04:06.234Z\" title=\"2026-01-02T03:04:06.234Z\">1.2 s</time>"
        );
    }

    #[test]
    fn an_instant_of_a_run_without_a_clock_is_told_from_the_start() {
        let record = RunRecord { started_at: "never".to_owned(), ..sample::record() };
        assert_eq!(instant(&record, Duration::from_secs(75)).into_string(), "1 min 15 s");
        assert_eq!(instant(&sample::record(), Duration::MAX).into_string().matches("<").count(), 0);
    }

    #[test]
    fn seconds_have_three_decimals() {
        assert_eq!(seconds(Duration::from_micros(3_601_042_999)), "3601.042");
    }
}
