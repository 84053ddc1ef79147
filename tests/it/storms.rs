//! Whole runs over a network with faults, by seeds: how deskbell tests itself (docs/self-test.md).
//!
//! Everything is drawn from a seed beforehand, and the same seed is the same run, to the last byte of
//! its record.

mod count;
mod explained;
mod faults;
mod flows;
mod framing;
mod invariants;
mod network;
mod passage;
mod playing;
mod storm;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::ops::Range;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use deskbell::run::RunRecord;
use sha2::{Digest, Sha256};

use playing::{Played, play};
use storm::{LARGE, Storm};

/// The seeds of every build.
const SEEDS: Range<u64> = 0..1000;

/// In how many tests they are played, so that these can run side by side.
const TESTS: u64 = 8;

/// How long a storm may take on the clock on the wall.
const LONGEST: Duration = Duration::from_secs(180);

/// The seeds that are asked for: one, or a range of them.
fn asked() -> Option<Range<u64>> {
    let number = |text: &str| text.trim().parse::<u64>().expect("a seed is a number");
    if let Ok(seed) = std::env::var("DESKBELL_SEED") {
        return Some(number(&seed)..number(&seed) + 1);
    }
    let range = std::env::var("DESKBELL_SEEDS").ok()?;
    let (from, to) = range.split_once("..").expect("seeds are a range: 1000..2000");
    Some(number(from)..number(to))
}

/// Plays the share of one test of the seeds.
fn share(nth: u64) {
    let seeds = asked().unwrap_or(SEEDS);
    for seed in seeds.skip(usize::try_from(nth).unwrap()).step_by(TESTS as usize) {
        let digest = hold(Storm::of(seed));
        if asked().is_some() {
            // Past the test's own capture, for whoever asked.
            writeln!(io::stdout().lock(), "seed {seed}: {digest}").unwrap();
        }
    }
}

/// Plays a storm, and sees that all holds that has to; the digest of its run.json.
fn hold(storm: Storm) -> String {
    let seed = storm.seed;
    let told = format!("{storm:#?}");
    let (sender, receiver) = mpsc::channel();
    let began_at = Instant::now();
    // In a thread of its own, so that one that hangs is named as well.
    let playing = thread::spawn(move || {
        let played = play(&storm);
        // The receiver may have given up.
        let _ = sender.send((breaches(&storm, &played), digest(&played.record)));
    });
    let outcome = receiver.recv_timeout(LONGEST);
    let why = match outcome {
        Ok((breaches, digest)) if breaches.is_empty() => return digest,
        Ok((breaches, _)) => breaches.join("\n"),
        Err(mpsc::RecvTimeoutError::Timeout) => format!("goes on after {:?}", began_at.elapsed()),
        Err(mpsc::RecvTimeoutError::Disconnected) => match playing.join() {
            Ok(()) => "said nothing".to_owned(),
            Err(panic) => in_words(panic.as_ref()),
        },
    };
    panic!("{told}\n{why}\n\nDESKBELL_SEED={seed} cargo test --test it storms::seeds");
}

fn in_words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("panicked").to_owned()
}

/// What does not hold of a storm that was played.
fn breaches(storm: &Storm, played: &Played) -> Vec<String> {
    let mut breaches = invariants::breaches(played);
    breaches.extend(explained::unexplained(storm, &played.record));
    breaches
}

fn digest(record: &RunRecord) -> String {
    let json = serde_json::to_vec(record).unwrap();
    let mut text = String::new();
    Sha256::digest(&json).iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
    text
}

macro_rules! shares {
    ($($name:ident $nth:literal,)*) => {
        $(#[test]
        fn $name() {
            share($nth);
        })*
    };
}

shares! {
    seeds_of_the_first_share_hold 0,
    seeds_of_the_second_share_hold 1,
    seeds_of_the_third_share_hold 2,
    seeds_of_the_fourth_share_hold 3,
    seeds_of_the_fifth_share_hold 4,
    seeds_of_the_sixth_share_hold 5,
    seeds_of_the_seventh_share_hold 6,
    seeds_of_the_eighth_share_hold 7,
}

#[test]
fn a_seed_is_the_same_run_again() {
    for seed in 0..12 {
        let (first, second) = (play(&Storm::of(seed)), play(&Storm::of(seed)));
        assert_eq!(first.record, second.record, "seed {seed}");
    }
}

#[test]
fn a_seed_is_the_same_run_in_another_process() {
    for seed in [3, 4] {
        let told = Command::new(std::env::current_exe().unwrap())
            .args(["storms::seeds_of_the_first_share_hold", "--exact"])
            .env("DESKBELL_SEED", seed.to_string())
            .output()
            .unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        let digest = digest(&play(&Storm::of(seed)).record);
        assert!(told.contains(&format!("seed {seed}: {digest}")), "{told}");
    }
}

#[test]
fn thousands_of_devices_come_through() {
    for seed in LARGE..LARGE + 2 {
        hold(Storm::of(seed));
    }
}
