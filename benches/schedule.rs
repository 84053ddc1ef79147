//! What a schedule costs: planned starts, and the timers that a worker waits by, with how late they
//! wake.

use std::fs;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use deskbell::device::{Clock, PunctualClock, Sleep};
use deskbell::load::{Arrivals, Leg, Spacing};
use deskbell::metrics::Latency;
use tokio::runtime::Builder;
use tokio::task::{JoinSet, LocalSet};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The best of so many rounds is told, as other processes only ever add to it.
const ROUNDS: usize = 100;
const TARGET_NS: u128 = 100;
const SEED: u64 = 1;
/// Devices of one worker that wait for their turns,
const DEVICES: u32 = 5_000;
/// each so often, evenly dealt out over that time.
const EVERY: Duration = Duration::from_millis(500);
const TURNS: u32 = 6;

/// How a clock is waited by.
type Wait = fn(&dyn Clock, Duration) -> Sleep;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    for (name, arrivals) in arrivals() {
        let starts = arrivals.count();
        let best = best(|| {
            arrivals.offsets(SEED).for_each(|at| {
                black_box(at);
            })
        });
        println!(
            "{name}: {} ns a start (target {TARGET_NS})",
            best.as_nanos() / u128::from(starts)
        );
    }
    let waits: [(&str, Wait); 2] = [
        ("coarse", |clock, at| clock.sleep_until(at)),
        ("punctual", |clock, at| clock.wake_at(at)),
    ];
    for (name, wait) in waits {
        let (lateness, cpu) = turns(wait);
        let late = |share| lateness.quantile(share).unwrap_or_default().as_micros();
        let spent = cpu.as_secs_f64() / (EVERY * TURNS).as_secs_f64();
        println!(
            "{name} timers, {DEVICES} devices, {} turns: p50 {} us late, p99 {} us, {:.0} % of a \
             core",
            lateness.count(),
            late(0.5),
            late(0.99),
            100.0 * spent,
        );
    }
}

/// Starts as scenarios plan them, with names.
fn arrivals() -> [(&'static str, Arrivals); 4] {
    let second = Duration::from_secs(1);
    let constant = || [Leg::flat(1_000.0, 20 * second)];
    let stages = (1..=20).map(|nth| Leg::flat(f64::from(nth) * 100.0, second));
    let ramp = [Leg { from: 0.0, to: 2_000.0, time: 20 * second }];
    [
        ("a constant rate", Arrivals::staged(constant(), Spacing::Uniform)),
        ("twenty stages", Arrivals::staged(stages, Spacing::Uniform)),
        ("a ramp", Arrivals::staged(ramp, Spacing::Uniform)),
        ("Poisson arrivals", Arrivals::staged(constant(), Spacing::Poisson)),
    ]
}

/// All devices wait for their turns, on one thread as a worker's do. How late they woke, and the CPU
/// time that this took.
fn turns(wait: Wait) -> (Latency, Duration) {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime needs nothing but a few descriptors");
    let before = cpu_of_this_thread();
    let lateness = LocalSet::new().block_on(&runtime, async {
        let clock: Rc<dyn Clock> = Rc::new(PunctualClock::start(tokio::time::Instant::now()));
        let mut devices = JoinSet::new();
        for device in 0..DEVICES {
            let clock = Rc::clone(&clock);
            devices.spawn_local(async move {
                let first = EVERY * device / DEVICES;
                let mut late = [Duration::ZERO; TURNS as usize];
                for (turn, late) in (0..TURNS).zip(&mut late) {
                    let at = first + EVERY * turn;
                    wait(&*clock, at).await;
                    *late = clock.now().saturating_sub(at);
                }
                late
            });
        }
        let mut lateness = Latency::new();
        for late in devices.join_all().await {
            late.into_iter().for_each(|late| lateness.record(late));
        }
        lateness
    });
    (lateness, cpu_of_this_thread().saturating_sub(before))
}

/// As Linux tells; zero elsewhere.
fn cpu_of_this_thread() -> Duration {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = schedstat.split(' ').next().and_then(|ns| ns.parse().ok());
    Duration::from_nanos(spent.unwrap_or_default())
}

fn best(mut work: impl FnMut()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let started_at = Instant::now();
        work();
        best = started_at.elapsed().min(best);
    }
    best
}
