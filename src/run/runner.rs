//! Runs a plan: on threads of its own against real sockets, or on this one in simulated time.

use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Barrier, Semaphore};
use tokio::task::{JoinError, LocalSet};
use tokio::time::Instant;

use crate::device::{PunctualClock, World, by};

use super::barrier::Barriers;
use super::disturbance::DisturbanceWatch;
use super::effort::{self, Effort};
use super::event::{RunEvent, StopReason};
use super::fold::{Fold, Times};
use super::onlooker::Onlooker;
use super::pace::Pace;
use super::plan::RunPlan;
use super::record::RunRecord;
use super::renewal::{RenewalThread, Renewing};
use super::stop::Stop;
use super::tenancy::Tenancy;
use super::worker::{Share, Worker};

/// How often a live display is told how the run stands.
const SNAPSHOT_EVERY: Duration = Duration::from_millis(500);

/// Why deskbell could not do its own work.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No thread or runtime to be had.
    #[error("failed to start a worker")]
    Start(#[source] io::Error),
    /// A worker panicked, which is a bug.
    #[error("a worker panicked; this is a bug in deskbell")]
    Panicked,
}

/// Runs a plan over TCP on `plan.workers` threads, and tells an onlooker of it from this one.
///
/// # Errors
/// Only what kept deskbell from its own work; a misbehaving server is in the record.
pub fn run(plan: RunPlan, stop: &Stop, onlooker: &mut dyn Onlooker) -> Result<RunRecord, RunError> {
    let plan = Arc::new(plan);
    plan.note_tokens();
    let origin = Instant::now();
    let started_at = Timestamp::now();
    onlooker.began(started_at);
    let (sender, events) = channel();
    let tenancy = Arc::new(Tenancy::new(plan.accounts.len()));
    let barriers = Arc::new(Barriers::new(&plan));
    let together = Arc::new(Barrier::new(plan.workers));
    let (jobs, pace) = (Arc::new(Semaphore::new(plan.jobs)), Arc::new(Pace::of(&plan)));
    let epoch =
        Duration::try_from(started_at.duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default();
    let renewal = RenewalThread::start(&plan, (origin, epoch)).map_err(RunError::Start)?;
    let watch = DisturbanceWatch::start(origin).map_err(RunError::Start)?;
    let workers = Workers::start(plan.workers)?;
    let share = |no| Share {
        plan: Arc::clone(&plan),
        no,
        events: sender.clone(),
        stop: stop.clone(),
        tenancy: Arc::clone(&tenancy),
        barriers: Arc::clone(&barriers),
        together: Arc::clone(&together),
        jobs: Arc::clone(&jobs),
        pace: Arc::clone(&pace),
        has_pulse: true,
    };
    let working = workers.begin(share, (origin, epoch));
    drop(sender);
    let mut fold = Fold::new(&plan);
    listen(&events, &mut fold, (origin, stop), onlooker);
    for worker in working {
        worker.join().map_err(|_| RunError::Panicked)??;
    }
    let disturbances = watch.end();
    if let Some(renewal) = renewal {
        let warnings = renewal.end().map_err(|_| RunError::Panicked)?.map_err(RunError::Start)?;
        tell_of_accounts(&mut fold, warnings, origin.elapsed());
    }
    if let Some(reason) = stop.reason() {
        fold.take(RunEvent::Stopped(reason), origin.elapsed());
    }
    let times = Times {
        started_at: started_at.to_string(),
        // Whatever the wall clock was set to meanwhile.
        ended_at: (started_at + origin.elapsed() + disturbances.slept).to_string(),
        elapsed: origin.elapsed(),
    };
    Ok(fold.finish(times, effort::of_this_process(disturbances), onlooker))
}

/// Keeps what failed of the renewal of tokens.
fn tell_of_accounts(fold: &mut Fold<'_>, warnings: Vec<String>, at: Duration) {
    for text in warnings {
        fold.take(RunEvent::Reading { name: "accounts", value: text.into() }, at);
    }
}

/// Threads that wait for their work, each with its runtime: there are all of them or none, since each
/// waits for the others where a scenario ends.
struct Workers(Vec<(Sender<Work>, Thread)>);

type Thread = JoinHandle<Result<(), RunError>>;

/// A share of the run, with its zero and the wall time then.
type Work = (Share, (Instant, Duration));

impl Workers {
    fn start(count: usize) -> Result<Self, RunError> {
        let start = |no| {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let (give, given) = channel();
            let worker = thread::Builder::new().name(format!("worker-{no}"));
            // Nothing is given where there is a worker too few.
            let work = move || match given.recv() {
                Ok(work) => on_thread(runtime, work),
                Err(_) => Ok(()),
            };
            Ok((give, worker.spawn(work)?))
        };
        let workers = (0..count).map(start).collect::<io::Result<_>>();
        workers.map(Self).map_err(RunError::Start)
    }

    /// Gives each its share.
    fn begin(
        self,
        share: impl Fn(usize) -> Share,
        times: (Instant, Duration),
    ) -> Vec<JoinHandle<Result<(), RunError>>> {
        let begun = self.0.into_iter().enumerate().map(|(no, (give, worker))| {
            // It waits for it, so that it takes it.
            let _ = give.send((share(no), times));
            worker
        });
        begun.collect()
    }
}

fn on_thread(runtime: Runtime, (share, (origin, epoch)): Work) -> Result<(), RunError> {
    let worked = LocalSet::new().block_on(&runtime, async {
        let clock = Rc::new(PunctualClock::start(origin));
        let world = World { clock, epoch, dial: share.plan.network.dial() };
        Worker::work(share, world).await
    });
    // What a thread of it is still blocked by, as a name that nobody resolves, is not waited for.
    runtime.shutdown_background();
    worked.map_err(|_: JoinError| RunError::Panicked)
}

/// Folds events as they come, until every worker is done.
fn listen(
    events: &Receiver<RunEvent>,
    fold: &mut Fold<'_>,
    (origin, stop): (Instant, &Stop),
    onlooker: &mut dyn Onlooker,
) {
    let mut show_at = SNAPSHOT_EVERY;
    loop {
        match events.recv_timeout(show_at.saturating_sub(origin.elapsed())) {
            Ok(event) => fold.take(event, origin.elapsed()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while let Some(second) = fold.next_second() {
            onlooker.second(&second);
        }
        // However fast events come.
        if origin.elapsed() >= show_at {
            onlooker.show(&fold.snapshot(origin.elapsed()));
            stop_where_asked(fold, origin.elapsed(), stop);
            show_at = origin.elapsed() + SNAPSHOT_EVERY;
        }
    }
}

/// Stops a run that is to end early.
fn stop_where_asked(fold: &Fold<'_>, elapsed: Duration, stop: &Stop) {
    if let Some(why) = fold.abort(elapsed) {
        stop.stop(StopReason::Aborted(why));
    }
}

/// Runs a plan as one worker in this task, over any streams and clock, and tells an onlooker of its
/// seconds: paused time and streams in memory make it a simulation, the same by seed. The run begins
/// when the world says. It has to run inside a [`LocalSet`].
///
/// # Errors
/// A flow that panicked, which is a bug.
pub async fn simulate(
    plan: RunPlan,
    world: World,
    stop: Stop,
    onlooker: &mut dyn Onlooker,
) -> Result<RunRecord, RunError> {
    let started_at = Timestamp::UNIX_EPOCH + world.epoch;
    onlooker.began(started_at);
    let plan = Arc::new(RunPlan { workers: 1, ..plan });
    plan.note_tokens();
    let (sender, events) = channel();
    let share = Share {
        plan: Arc::clone(&plan),
        no: 0,
        events: sender,
        stop: stop.clone(),
        tenancy: Arc::new(Tenancy::new(plan.accounts.len())),
        barriers: Arc::new(Barriers::new(&plan)),
        together: Arc::new(Barrier::new(1)),
        jobs: Arc::new(Semaphore::new(plan.jobs)),
        pace: Arc::new(Pace::of(&plan)),
        has_pulse: false,
    };
    let clock = Rc::clone(&world.clock);
    let mut fold = Fold::new(&plan);
    let renewing = Renewing::new(&plan, &*clock, world.epoch);
    let mut renewal = pin!(renewing.keep_on());
    let mut working = pin!(Worker::work(share, world));
    loop {
        let worked = tokio::select! {
            biased;
            worked = by(&*clock, clock.now() + SNAPSHOT_EVERY, working.as_mut()) => worked,
            never = renewal.as_mut() => match never {},
        };
        events.try_iter().for_each(|event| fold.take(event, clock.now()));
        while let Some(second) = fold.next_second() {
            onlooker.second(&second);
        }
        match worked {
            Some(done) => break done.map_err(|_| RunError::Panicked)?,
            None => stop_where_asked(&fold, clock.now(), &stop),
        }
    }
    if let Some(reason) = stop.reason() {
        fold.take(RunEvent::Stopped(reason), clock.now());
    }
    tell_of_accounts(&mut fold, renewing.warnings(), clock.now());
    let elapsed = clock.now();
    let ended_at = started_at + elapsed;
    let (started_at, ended_at) = (started_at.to_string(), ended_at.to_string());
    let times = Times { started_at, ended_at, elapsed };
    Ok(fold.finish(times, Effort::default(), onlooker))
}
