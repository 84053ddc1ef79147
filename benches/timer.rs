//! How late waits end, and what one costs: those of the clock that runs are timed by, beside those of
//! tokio's own timer. Lateness is only told by a machine that does nothing else meanwhile.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use deskbell::device::{Clock, PunctualClock, TokioClock};
use deskbell::metrics::Latency;
use futures_util::future::join_all;
use tokio::runtime::Builder;
use tokio::task::LocalSet;
use tokio::time::Instant;

/// Waits that end one after the other, as those of an open model of a thousand flows a second.
const WAITS: u32 = 5_000;
const APART: Duration = Duration::from_millis(1);

/// Waits that are begun and given up beside as many others.
const GIVEN_UP: u32 = 100_000;
const OTHERS: u32 = 15_000;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() -> std::io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let clocks: [(&str, Rc<dyn Clock>); 2] = [
            ("punctual", Rc::new(PunctualClock::start(Instant::now()))),
            ("tokio", Rc::new(TokioClock::since(Instant::now()))),
        ];
        for (name, clock) in clocks {
            let late = lateness(&*clock).await;
            let told = |share| late.quantile(share).unwrap_or_default().as_micros();
            let (p50, p99, cost) = (told(0.5), told(0.99), cost(&*clock).as_nanos());
            println!("{name}: p50 {p50} us late, p99 {p99} us; {cost} ns per wait given up");
        }
    });
    Ok(())
}

async fn lateness(clock: &dyn Clock) -> Latency {
    let begin_at = clock.now() + Duration::from_millis(100);
    let waits = (0..WAITS).map(|nth| async move {
        // Off the milliseconds that a coarse timer counts in.
        let at = begin_at + APART * nth + Duration::from_micros(u64::from(nth * 7 % 1000));
        clock.wake_at(at).await;
        clock.now() - at
    });
    let mut late = Latency::new();
    join_all(waits).await.into_iter().for_each(|one| late.record(one));
    late
}

/// What it costs to begin a wait and to give it up, among many others.
fn cost(clock: &dyn Clock) -> Duration {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let at = |nth: u32| clock.now() + Duration::from_secs(60) + Duration::from_micros(nth.into());
    let mut begin = |nth| {
        let mut wait = clock.wake_at(at(nth));
        let _ = black_box(wait.as_mut().poll(&mut cx));
        wait
    };
    let others: Vec<_> = (0..OTHERS).map(|nth| begin(nth * 97)).collect();
    let began_at = Instant::now();
    (0..GIVEN_UP).for_each(|nth| drop(begin(nth * 31)));
    let took = began_at.elapsed();
    drop(others);
    took / GIVEN_UP
}
