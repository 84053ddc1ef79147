//! The seconds of a run, added up from what each worker hands over.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::metrics::{Layer, Recorder};
use crate::run::second::{Second, TimelineRow};

/// How many seconds may wait for a worker: what it hands over later still is counted in a later second,
/// so that memory is bounded whatever a worker does.
const MOST_OPEN: usize = 10;

/// The seconds of a run. One is closed once every worker at work has passed it; then a row is kept of
/// it, and no histogram.
#[derive(Debug)]
pub(super) struct Seconds {
    /// By worker, how many seconds it has passed; `None` once it is done.
    passed: Vec<Option<u64>>,
    /// How many seconds are closed.
    closed: u64,
    /// Those that are open, in their order.
    open: VecDeque<Open>,
    /// Devices connected at the end of the last second that was closed.
    connected: i64,
    kept: Kept,
}

/// What is kept of the seconds that are closed.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// A row for each.
    pub(super) rows: Vec<TimelineRow>,
    /// Those with errors of a layer, and how many there were.
    pub(super) errors: BTreeMap<Layer, Vec<(u64, u64)>>,
}

/// A second that may grow.
#[derive(Debug, Default)]
struct Open {
    /// Connections opened less connections ended.
    connected: i64,
    recorder: Recorder,
}

impl Kept {
    /// Counts violations in the seconds in which they came about: what did not come is noticed later, and
    /// counted then. The instants are those of all that were counted.
    pub(super) fn date_violations(&mut self, at: impl Iterator<Item = Duration>) {
        self.rows.iter_mut().for_each(|row| row.violations = 0);
        let Some(last) = self.rows.len().checked_sub(1) else { return };
        for at in at {
            let second = usize::try_from(at.as_secs()).unwrap_or(usize::MAX);
            self.rows[second.min(last)].violations += 1;
        }
    }
}

impl Seconds {
    pub(super) fn new(workers: usize) -> Self {
        let passed = vec![Some(0); workers];
        Self { passed, closed: 0, open: VecDeque::new(), connected: 0, kept: Kept::default() }
    }

    /// Adds to a second, or to the oldest that is open where that one is closed.
    pub(super) fn add(&mut self, second: u64, connected: i64, recorder: &Recorder) {
        let at = usize::try_from(second.saturating_sub(self.closed)).unwrap_or(usize::MAX);
        if self.open.len() <= at {
            self.open.resize_with(at + 1, Open::default);
        }
        self.open[at].connected += connected;
        self.open[at].recorder.merge(recorder);
    }

    /// The last second that something was added to.
    pub(super) fn last(&self) -> u64 {
        (self.closed + self.open.len() as u64).saturating_sub(1)
    }

    /// A worker has handed over all of this second, and of those before.
    pub(super) fn pass(&mut self, worker: usize, second: u64) {
        self.passed[worker] = Some(second + 1);
    }

    /// A worker has handed over all it has.
    pub(super) fn leave(&mut self, worker: usize) {
        self.passed[worker] = None;
    }

    /// Closes the next second that is complete. When no worker is at work any more, what is open is
    /// left to [`Self::rest`].
    pub(super) fn next(&mut self) -> Option<Second> {
        let slowest = self.passed.iter().flatten().min();
        let is_complete = slowest.is_some_and(|passed| *passed > self.closed);
        (is_complete || self.open.len() > MOST_OPEN).then(|| self.close())
    }

    /// Closes the next of those that are still open: nothing more will be added.
    pub(super) fn rest(&mut self) -> Option<Second> {
        (!self.open.is_empty()).then(|| self.close())
    }

    /// What is kept of those that were closed.
    pub(super) fn into_kept(self) -> Kept {
        self.kept
    }

    fn close(&mut self) -> Second {
        let Open { connected, recorder } = self.open.pop_front().unwrap_or_default();
        self.connected += connected;
        let devices = self.connected.try_into().unwrap_or_default();
        let second = Second { no: self.closed, devices, recorder };
        self.kept.rows.push(second.row());
        for (layer, kinds) in second.recorder.errors().layers() {
            let count = kinds.values().sum();
            self.kept.errors.entry(layer).or_default().push((second.no, count));
        }
        self.closed += 1;
        second
    }
}

#[cfg(test)]
mod tests {
    use crate::metrics::Metric;

    use super::*;

    /// What workers tell.
    #[derive(Clone, Copy)]
    enum Tell {
        /// So many sends in a second, a device connected for each.
        Sends(u64, i64),
        Pass(usize, u64),
        Leave(usize),
    }

    use Tell::{Leave, Pass, Sends};

    fn recorder(sends: i64) -> Recorder {
        let mut recorder = Recorder::default();
        recorder.totals_mut().sends = sends.unsigned_abs();
        for _ in 0..sends {
            recorder.latency(Metric::SendToEvent, Duration::from_millis(3));
        }
        recorder
    }

    fn take(seconds: &mut Seconds, tell: Tell) {
        match tell {
            Sends(second, sends) => seconds.add(second, sends, &recorder(sends)),
            Pass(worker, second) => seconds.pass(worker, second),
            Leave(worker) => seconds.leave(worker),
        }
    }

    /// What two workers tell, with the numbers of the seconds that each closes; and the sends of each
    /// second in the end.
    #[track_caller]
    fn check(told: &[(Tell, &[u64])], sends: &[u64]) -> Vec<TimelineRow> {
        let mut seconds = Seconds::new(2);
        for (nth, (tell, expected)) in told.iter().enumerate() {
            take(&mut seconds, *tell);
            let closed: Vec<_> = std::iter::from_fn(|| seconds.next()).map(|one| one.no).collect();
            assert_eq!(closed, *expected, "after telling {nth}");
        }
        while seconds.rest().is_some() {}
        let rows = seconds.into_kept().rows;
        assert_eq!(rows.iter().map(|row| row.sends).collect::<Vec<_>>(), sends);
        assert!(rows.iter().enumerate().all(|(nth, row)| row.second == nth as u64));
        rows
    }

    #[test]
    fn a_second_is_closed_when_both_workers_have_passed_it() {
        let told: [(Tell, &[u64]); 8] = [
            (Sends(0, 1), &[]),
            (Pass(0, 0), &[]),
            (Sends(1, 10), &[]),
            (Pass(0, 1), &[]),
            (Sends(0, 2), &[]),
            (Pass(1, 0), &[0]),
            (Sends(1, 20), &[]),
            (Pass(1, 1), &[1]),
        ];
        let rows = check(&told, &[3, 30]);
        assert_eq!(rows.iter().map(|row| row.devices).collect::<Vec<_>>(), [3, 33]);
    }

    #[test]
    fn what_is_handed_over_late_counts_in_the_oldest_open_second() {
        check(&[(Pass(0, 3), &[]), (Pass(1, 1), &[0, 1]), (Sends(0, 5), &[])], &[0, 0, 5]);
    }

    #[test]
    fn violations_count_where_they_came_about() {
        let mut seconds = Seconds::new(1);
        seconds.add(3, 0, &recorder(1));
        while seconds.rest().is_some() {}
        let mut kept = seconds.into_kept();
        kept.rows[3].violations = 3;
        kept.date_violations([100, 1_999, 60_000].map(Duration::from_millis).into_iter());
        let counts: Vec<_> = kept.rows.iter().map(|row| row.violations).collect();
        assert_eq!(counts, [1, 1, 0, 1]);
        Kept::default().date_violations([Duration::ZERO].into_iter());
    }

    #[test]
    fn an_idle_second_has_a_row() {
        let told: [(Tell, &[u64]); 4] = [
            (Sends(0, 1), &[]),
            (Pass(0, 3), &[]),
            (Pass(1, 3), &[0, 1, 2, 3]),
            (Sends(4, 1), &[]),
        ];
        let rows = check(&told, &[1, 0, 0, 0, 1]);
        assert_eq!(rows[0].send_to_event_p99_us, Some(3_000));
        assert_eq!((rows[2].devices, rows[2].send_to_event_p99_us), (1, None));
    }

    #[test]
    fn nobody_waits_for_a_worker_that_is_done() {
        let told: [(Tell, &[u64]); 6] = [
            (Sends(0, 1), &[]),
            (Leave(1), &[]),
            (Pass(0, 0), &[0]),
            (Pass(0, 1), &[1]),
            (Sends(2, 4), &[]),
            (Leave(0), &[]),
        ];
        check(&told, &[1, 0, 4]);
    }

    #[test]
    fn a_worker_that_hangs_keeps_few_seconds_open_and_loses_nothing() {
        let most = MOST_OPEN as u64;
        let mut seconds = Seconds::new(2);
        for second in 0..100 {
            take(&mut seconds, Sends(second, 1));
            take(&mut seconds, Pass(0, second));
            while seconds.next().is_some() {}
            assert!(seconds.open.len() as u64 <= most);
        }
        take(&mut seconds, Sends(3, 7));
        while seconds.rest().is_some() {}
        let rows = seconds.into_kept().rows;
        assert_eq!((rows.len(), rows[100 - MOST_OPEN].sends), (100, 8));
        assert_eq!(rows.iter().map(|row| row.sends).sum::<u64>(), 107);
    }

    #[test]
    fn an_hour_keeps_rows_and_no_histogram() {
        let mut seconds = Seconds::new(2);
        for second in 0..3600 {
            for worker in [0, 1] {
                take(&mut seconds, Sends(second, 1));
                take(&mut seconds, Pass(worker, second));
            }
            assert!(seconds.next().is_some() && seconds.open.is_empty());
        }
        assert_eq!(seconds.into_kept().rows.len(), 3600);
        assert!(size_of::<TimelineRow>() <= 160, "an hour takes half a megabyte");
    }
}
