//! How much memory a session takes in a monitor, with the devices that take part in it: what the
//! monitor holds at rest more than one that has seen nothing, and what that is itself.

mod conversation;

use std::time::Duration;

use deskbell::conformance::Monitor;
use deskbell::protocol::SchemaSet;
use peak_alloc::PeakAlloc;

use conversation::{Conversation, Found, Seen, limits, monitor};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MONITORS: usize = 1000;
/// Of an idle session: it is open, nothing was said in it yet, and nothing is owed.
const TARGET: usize = 1024;
/// How long nothing has happened then: longer than anything may be owed.
const REST: Duration = Duration::from_secs(60);

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    let empty = size_of::<Monitor>() + held_after(&[]);
    println!("a monitor that has seen nothing: {empty} bytes");
    for (devices, turns) in [(1, 0), (2, 0), (1, 30), (2, 30)] {
        let mut conversation = Conversation::open(devices);
        (0..turns).for_each(|_| conversation.talk());
        let held = held_after(&conversation.seen);
        let frames = conversation.seen.iter().filter_map(Seen::received).count();
        let target = if turns == 0 { format!(" (target {TARGET})") } else { String::new() };
        println!(
            "a session of {devices} device(s) at rest after {frames} frames: {held} bytes{target}, {} \
             with its monitor",
            held + empty,
        );
        assert!(turns > 0 || held < 2 * TARGET, "an idle session has become too large");
    }
}

/// Bytes that a monitor holds beside itself some time after it has seen all this.
fn held_after(seen: &[Seen]) -> usize {
    let (schemas, limits) = (SchemaSet::builtin(), limits());
    let idle_until = seen.last().map_or(Duration::ZERO, |last| last.observation().at + REST);
    let mut monitors = Vec::with_capacity(MONITORS);
    let mut found = Found::default();
    let before = ALLOCATOR.current_usage();
    for _ in 0..MONITORS {
        let mut monitor = monitor(&schemas, &limits);
        for seen in seen.iter().map(Seen::observation) {
            monitor.observe(&seen, &mut found);
        }
        monitor.advance(idle_until, &mut found);
        monitors.push(monitor);
    }
    let held = ALLOCATOR.current_usage() - before;
    assert!(found.0.is_empty(), "by the book, and yet: {:?}", found.0[0]);
    held / MONITORS
}
