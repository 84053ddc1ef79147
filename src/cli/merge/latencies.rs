//! `latency.hlog` of all shards, second by second into one. What is in memory is a second, not a run.

use std::io;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use crate::archive::{ArchiveError, LatencySeconds};
use crate::merge::Merging;
use crate::metrics::Recorder;
use crate::report::{FolderError, IntervalLog, RunFolder};
use crate::run::{LATENCY_FILE, Second, Shard};

use crate::cli::refusal::Refusal;

use super::LeftOut;

/// How many seconds a thread may be ahead of what is written.
const AHEAD: usize = 2;

/// The latencies of a shard.
pub(super) struct Log {
    pub(super) folder: String,
    pub(super) shard: Shard,
    /// By how many seconds it began later than the first.
    pub(super) later_s: u64,
    pub(super) seconds: LatencySeconds,
}

impl Log {
    fn add(&mut self, second: u64, to: &mut Recorder) -> Result<(), ArchiveError> {
        let own = second.checked_sub(self.later_s);
        own.map_or(Ok(()), |second| self.seconds.add(second, to))
    }
}

/// Writes the latencies of all shards, and notes what was measured in each second. The shards that are
/// cut or changed are told: with them, nothing is written.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(
    logs: Vec<Log>,
    merging: &mut Merging,
    folder: &RunFolder,
) -> Result<Vec<LeftOut>, Refusal> {
    let part = folder.begin(LATENCY_FILE).map_err(|error| refused(&error))?;
    let mut log = IntervalLog::new(part);
    let began = merging.began();
    let written = log.begin(began).and_then(|()| write_seconds(logs, merging, &mut log));
    let placed = written.and_then(|left_out| {
        if left_out.is_empty() {
            folder.place(log.into_inner())?;
        }
        Ok(left_out)
    });
    placed.map_err(|source| {
        refused(&FolderError::File { path: folder.path().join(LATENCY_FILE), source })
    })
}

fn write_seconds(
    logs: Vec<Log>,
    merging: &mut Merging,
    to: &mut IntervalLog<impl io::Write>,
) -> io::Result<Vec<LeftOut>> {
    let devices = merging.devices();
    let seconds = devices.len() as u64;
    thread::scope(|scope| {
        let adding = shared_out(logs).into_iter().map(|logs| {
            let (hand_over, parts) = sync_channel(AHEAD);
            (parts, scope.spawn(move || add_up(logs, seconds, &hand_over)))
        });
        let (parts, adding): (Vec<_>, Vec<_>) = adding.unzip();
        let written = (0..).zip(devices).try_for_each(|(no, devices)| {
            // A thread that hands over no more has panicked, which is told where it is joined.
            let added = parts.iter().filter_map(|part| part.recv().ok());
            let recorder = added.reduce(|mut sum: Recorder, part| {
                sum.merge(&part);
                sum
            });
            let second = Second { no, devices, recorder: recorder.unwrap_or_default() };
            merging.measure(&second);
            to.write(&second)
        });
        drop(parts);
        let left_out = adding
            .into_iter()
            .flat_map(|adding| adding.join().unwrap_or_else(|panic| resume_unwind(panic)));
        let left_out: Vec<_> = left_out.collect();
        written.map(|()| left_out)
    })
}

/// The logs in as many parts as there are cores: to decode them is most of the work.
fn shared_out(logs: Vec<Log>) -> Vec<Vec<Log>> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut parts: Vec<Vec<Log>> = Vec::new();
    parts.resize_with(threads.min(logs.len()), Vec::new);
    let n_parts = parts.len();
    for (nth, log) in logs.into_iter().enumerate() {
        parts[nth % n_parts].push(log);
    }
    parts
}

/// Adds up some logs, and hands over each second. Those that are cut or changed are told in the end.
fn add_up(mut logs: Vec<Log>, seconds: u64, hand_over: &SyncSender<Recorder>) -> Vec<LeftOut> {
    let mut left_out = Vec::new();
    for second in 0..seconds {
        let mut sum = Recorder::default();
        logs.retain_mut(|log| match log.add(second, &mut sum) {
            Ok(()) => true,
            Err(error) => {
                left_out.push(LeftOut::unreadable(&log.folder, Some(log.shard), &error));
                false
            }
        });
        if hand_over.send(sum).is_err() {
            // What is handed over cannot be written.
            return left_out;
        }
    }
    for Log { folder, shard, seconds, .. } in logs {
        if let Err(error) = seconds.finish() {
            left_out.push(LeftOut::unreadable(&folder, Some(shard), &error));
        }
    }
    left_out
}

fn refused(error: &FolderError) -> Refusal {
    Refusal::not_done(&error.to_string())
}
