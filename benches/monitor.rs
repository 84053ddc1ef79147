//! What the monitor costs a frame beside its schema: two devices of one person who talk with the
//! concierge, count and list, seen from memory. Parsing and the check of schemas are measured apart, and the
//! latter is taken off what the monitor takes, as it makes that check itself.

mod conversation;

use std::hint::black_box;
use std::time::{Duration, Instant};

use deskbell::protocol::{Frame, FrameKind, SchemaName, SchemaSet};

use conversation::{Conversation, Found, Seen, limits, monitor};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Few, so that a round fits between two turns of other processes.
const TURNS: usize = 30;
/// The best of so many rounds is told, as other processes only ever add to it.
const ROUNDS: usize = 1000;
const TARGET_NS: u128 = 700;
/// The monitor may cost as much of what parsing costs in the same run. As a ratio it holds on a
/// slow machine too.
const MOST_OF_PARSING: f64 = 0.7;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    let (schemas, limits) = (SchemaSet::builtin(), limits());
    let mut conversation = Conversation::open(2);
    (0..TURNS).for_each(|_| conversation.talk());
    let seen = &conversation.seen;
    let frames: Vec<_> = seen.iter().filter_map(Seen::received).collect();
    let [parsing, checking, watching] = best([
        &mut || frames.iter().for_each(|(_, text)| drop(black_box(Frame::from_text(text)))),
        &mut || frames.iter().for_each(|(frame, _)| check(&schemas, frame)),
        &mut || {
            let (mut monitor, mut found) = (monitor(&schemas, &limits), Found::default());
            for seen in seen {
                monitor.observe(&seen.observation(), &mut found);
            }
            assert!(found.0.is_empty(), "by the book, and yet: {:?}", found.0[0]);
        },
    ]);
    let both_ways = seen.len() as u128;
    let bytes = frames.iter().map(|(_, text)| text.len()).sum::<usize>() / frames.len();
    let each = |time: Duration, frames: usize| time.as_nanos() / frames as u128;
    println!("{both_ways} frames, {} of them received, {bytes} bytes on average", frames.len());
    println!("parsing: {} ns a received frame", each(parsing, frames.len()));
    println!("schemas: {} ns a received frame", each(checking, frames.len()));
    let own = watching.saturating_sub(checking);
    println!("monitor beside them: {} ns a frame (target {TARGET_NS})", each(own, seen.len()));
    let share = own.as_secs_f64() / parsing.as_secs_f64();
    println!("that is {share:.2} of parsing (at most {MOST_OF_PARSING})");
    assert!(share < MOST_OF_PARSING, "the monitor has become too slow");
}

/// What the monitor has the schemas do.
fn check(schemas: &SchemaSet, frame: &Frame) {
    let name = match &frame.kind {
        FrameKind::Response { route, .. } => SchemaName::Response(route),
        FrameKind::Event { kind, .. } => SchemaName::Event(kind),
        _ => return,
    };
    assert!(black_box(schemas.fits(name, &frame.json)), "{:?}", schemas.drift(name, &frame.json));
}

/// How long each takes at best; in turns, so that a slower while of the machine hits all alike.
fn best<const N: usize>(mut works: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (work, best) in works.iter_mut().zip(&mut best) {
            let started_at = Instant::now();
            work();
            *best = started_at.elapsed().min(*best);
        }
    }
    best
}
