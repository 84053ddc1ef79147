//! The seconds of all shards, aligned.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::metrics::Layer;
use crate::run::{Second, TimelineRow};

/// What was counted second by second since the first shard began.
#[derive(Debug, Default)]
pub(super) struct Seconds {
    pub(super) rows: Vec<TimelineRow>,
    errors: BTreeMap<Layer, BTreeMap<u64, u64>>,
}

impl Seconds {
    /// Adds what a shard counted that began so many seconds later than the first. Percentiles do not add
    /// up: they are left to [`Self::measure`].
    pub(super) fn add(
        &mut self,
        rows: &[TimelineRow],
        errors: &BTreeMap<Layer, Vec<(u64, u64)>>,
        later_s: u64,
    ) {
        for row in rows {
            let second = row.second.saturating_add(later_s);
            while self.rows.len() as u64 <= second {
                let second = self.rows.len() as u64;
                self.rows.push(TimelineRow { second, ..TimelineRow::default() });
            }
            add(&mut self.rows[second as usize], row);
        }
        for (layer, counts) in errors {
            let known = self.errors.entry(*layer).or_default();
            for (second, count) in counts {
                *known.entry(second.saturating_add(later_s)).or_default() += count;
            }
        }
    }

    /// Fills in what was measured in a second over all shards.
    pub(super) fn measure(&mut self, second: &Second) {
        let at = usize::try_from(second.no).unwrap_or(usize::MAX);
        let Some(row) = self.rows.get_mut(at) else { return };
        let told = second.row();
        *row = TimelineRow {
            send_to_event_p50_us: told.send_to_event_p50_us,
            send_to_event_p99_us: told.send_to_event_p99_us,
            send_to_peer_p50_us: told.send_to_peer_p50_us,
            send_to_peer_p99_us: told.send_to_peer_p99_us,
            rtt_p99_us: told.rtt_p99_us,
            lateness_p99_us: told.lateness_p99_us,
            ..*row
        };
    }

    /// Counts violations that came about at this time of the run, or at its end.
    pub(super) fn violated(&mut self, at: Duration, times: u64) {
        let Some(last) = self.rows.len().checked_sub(1) else { return };
        let second = usize::try_from(at.as_secs()).unwrap_or(usize::MAX);
        self.rows[second.min(last)].violations += times;
    }

    /// By layer in which seconds there were errors, and how many.
    pub(super) fn take_errors(&mut self) -> BTreeMap<Layer, Vec<(u64, u64)>> {
        let errors = std::mem::take(&mut self.errors).into_iter();
        errors.map(|(layer, counts)| (layer, counts.into_iter().collect())).collect()
    }
}

fn add(sum: &mut TimelineRow, row: &TimelineRow) {
    sum.devices += row.devices;
    sum.connects += row.connects;
    sum.sends += row.sends;
    sum.responses += row.responses;
    sum.events += row.events;
    sum.errors += row.errors;
    sum.violations += row.violations;
}
