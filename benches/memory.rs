//! How much memory a monitor holds for an idle session.

mod conversation;

use deskbell::protocol::SchemaSet;
use peak_alloc::PeakAlloc;

use conversation::{Conversation, Found, Seen, monitor};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const SESSIONS: usize = 1000;
const TARGET: usize = 1024;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    for turns in [0, 20] {
        let mut conversation = Conversation::open(0);
        (0..turns).for_each(|_| conversation.talk());
        let frames = conversation.seen.iter().filter_map(Seen::received).count();
        let held = held_after(&conversation.seen);
        println!("{held} bytes a session after {frames} frames (target {TARGET})");
    }
}

/// Bytes that a monitor holds some time after it has seen all this.
fn held_after(seen: &[Seen]) -> usize {
    let schemas = SchemaSet::builtin();
    let idle_until = seen.last().map(|last| last.observation().at * 2).unwrap_or_default();
    let mut monitors = Vec::with_capacity(SESSIONS);
    let mut found = Found::default();
    let before = ALLOCATOR.current_usage();
    for _ in 0..SESSIONS {
        let mut monitor = monitor(&schemas);
        for seen in seen.iter().map(Seen::observation) {
            monitor.observe(&seen, &mut found);
        }
        monitor.advance(idle_until, &mut found);
        monitors.push(monitor);
    }
    let held = ALLOCATOR.current_usage() - before;
    assert!(found.0.is_empty(), "by the book, and yet: {:?}", found.0[0]);
    held / SESSIONS + size_of_val(&monitors[0])
}
