//! How a worker watches itself under load: a heartbeat, which tells how late it wakes, and the CPU time
//! of its thread.
//!
//! It knows nothing of what the worker does. Devices that connect, set up or take their leave come in
//! crowds, and say nothing of how it keeps up with its flows: meanwhile, nothing is counted. Start from
//! [`Pulse::beat`].

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::device::Clock;

use super::effort::thread_cpu;
use super::tally::Tally;

/// How often the heart beats.
const BEAT: Duration = Duration::from_millis(10);

/// Over how long CPU time is taken.
const SECOND: Duration = Duration::from_secs(1);

/// How many flow instances of a worker are on their way in or out.
#[derive(Debug, Default)]
pub(super) struct Transit(Cell<usize>);

/// One flow instance on its way, until this is dropped.
#[derive(Debug)]
pub(super) struct InTransit(Rc<Transit>);

impl Transit {
    pub(super) fn enter(self: &Rc<Self>) -> InTransit {
        self.0.set(self.0.get() + 1);
        InTransit(Rc::clone(self))
    }
}

impl Drop for InTransit {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() - 1);
    }
}

/// The heartbeat of a worker while it plays a scenario.
pub(super) struct Pulse {
    pub(super) worker: usize,
    pub(super) clock: Rc<dyn Clock>,
    pub(super) transit: Rc<Transit>,
    pub(super) tally: Rc<Tally>,
}

/// A stretch of time without anybody in transit.
struct Calm {
    since: Duration,
    /// When its running second began, and the CPU time of the thread then.
    began: (Duration, Duration),
}

impl Pulse {
    /// Beats until it is dropped.
    pub(super) async fn beat(self) {
        let mut planned_at = self.clock.now();
        let mut calm = None;
        loop {
            planned_at += BEAT;
            self.clock.wake_at(planned_at).await;
            let now = self.clock.now();
            if self.transit.0.get() > 0 {
                calm = None;
                continue;
            }
            let calm = calm.get_or_insert_with(|| Calm::begin(now));
            // A beat that was due before is late for those who were on their way.
            if planned_at >= calm.since {
                self.tally.with(|interval| interval.recorder.late_by(now - planned_at));
            }
            if let Some((cpu, took)) = calm.second(now) {
                self.tally.with(|interval| {
                    interval.strains.entry(self.worker).or_default().record(cpu, took);
                });
            }
        }
    }
}

impl Calm {
    fn begin(now: Duration) -> Self {
        Self { since: now, began: (now, thread_cpu()) }
    }

    /// The CPU time that the thread used in the running second, once that is over, and how long that was.
    fn second(&mut self, now: Duration) -> Option<(Duration, Duration)> {
        let (began_at, cpu_before) = self.began;
        let took = now - began_at;
        if took < SECOND {
            return None;
        }
        let cpu = thread_cpu();
        self.began = (now, cpu);
        Some((cpu.saturating_sub(cpu_before), took))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use tokio::task::{LocalSet, spawn_local};
    use tokio::time::{Instant, sleep};

    use crate::device::{Target, TokioClock};
    use crate::run::event::RunEvent;
    use crate::run::{LoadOverride, RunPlan, plan_scenarios};
    use crate::scenario::{ParseContext, SourceFile, parse};

    use super::*;

    fn plan() -> RunPlan {
        let context = ParseContext {
            env: &|_| None,
            read_file: &|_| Err(std::io::ErrorKind::NotFound.into()),
            list_folder: &|_| Ok(None),
        };
        let source = SourceFile::new("chat.yaml", "name: chat\nflow: [init, end]\n");
        let scenario = parse(source, Some(std::path::Path::new("")), &context).unwrap();
        RunPlan {
            scenarios: plan_scenarios(vec![scenario], &LoadOverride::default()).unwrap(),
            ..RunPlan::against(Target::parse("ws://127.0.0.1:80/uat").unwrap())
        }
    }

    /// Beats through phases of these milliseconds, each with or without somebody in transit; how many
    /// beats were counted, and how many seconds.
    #[track_caller]
    fn check(phases: &[(u64, bool)], beats: u64, seconds: u64) {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().start_paused(true).build().unwrap();
        let (sender, events) = channel();
        LocalSet::new().block_on(&runtime, async {
            let tally = Rc::new(Tally::new(&Arc::new(plan()), 0, sender));
            let transit = Rc::new(Transit::default());
            let clock = Rc::new(TokioClock::since(Instant::now()));
            let pulse =
                Pulse { worker: 0, clock, transit: Rc::clone(&transit), tally: Rc::clone(&tally) };
            let beating = spawn_local(pulse.beat());
            for (ms, is_in_transit) in phases {
                let _on_its_way = is_in_transit.then(|| transit.enter());
                sleep(Duration::from_millis(*ms)).await;
            }
            beating.abort();
            tally.flush(0);
        });
        let Ok(RunEvent::Interval { interval, .. }) = events.recv() else { panic!("an interval") };
        let lateness = interval.recorder.lateness().map_or(0, |lateness| lateness.count());
        let watched = interval.strains.get(&0).map_or(0, |strain| strain.watched.as_secs());
        assert_eq!((lateness, watched), (beats, seconds));
    }

    #[test]
    fn beats_and_seconds_count_while_nobody_is_in_transit() {
        check(&[(2_515, false)], 251, 2);
        check(&[(995, true), (2_520, false)], 252, 2);
    }

    #[test]
    fn nothing_is_counted_of_those_in_transit_and_seconds_begin_anew_after_them() {
        check(&[(5_000, true)], 0, 0);
        check(&[(905, false), (10, true), (910, false)], 181, 0);
    }
}
