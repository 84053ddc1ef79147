//! The tester is tested: each deliberate defect of the reference server is caught by one of its
//! clauses and by none that is unrelated, each clause catches a defect, and the faithful server
//! violates nothing.

mod outcome;
mod play;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use deskbell::conformance::{CATALOGUE, ClauseId};
use deskbell::server::{DEFECTS, Defect, Needs};

use outcome::{Matrix, Outcome, strays};

/// Names of the defects to be played, with commas between them; all of them where it is not set.
const ONLY: &str = "DESKBELL_TEST_DEFECTS";

/// What is played over real sockets too.
const OVER_SOCKETS: [&str; 10] = [
    "ack-twice",
    "reply-twice",
    "channel-of-another-route",
    "event-twice",
    "events-to-everybody",
    "unread-as-a-number",
    "token-never-verified",
    "ids-go-back",
    "unsent-id-as-text",
    "seen-not-kept",
];

#[test]
fn each_defect_is_caught_by_its_clauses_and_each_clause_catches_one() {
    let only = std::env::var(ONLY).ok();
    let is_asked = |name: &str| only.as_ref().is_none_or(|only| only.split(',').any(|n| n == name));
    // What only a restart shows is not shown here: servers in memory and paused time are not killed.
    let shows = |defect: &&Defect| defect.needs != Needs::Restart && is_asked(defect.name);
    let defects: Vec<_> = DEFECTS.iter().filter(shows).collect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let play = |defect| Outcome::of(defect, &play::simulate(Some(defect)));
    let matrix = Matrix(on_threads(threads, &defects, play));
    tell(&matrix);
    let caught = |clause: &ClauseId| matrix.0.iter().any(|one| one.catches(clause.as_str()));
    let idle: Vec<_> = clauses().filter(|id| only.is_none() && !caught(id)).collect();
    let faults = matrix.faults();
    assert!(faults.is_empty() && idle.is_empty(), "\n{faults}  catch nothing: {idle:?}");
}

#[test]
fn the_faithful_server_violates_nothing_and_exercises_every_clause() {
    let record = play::simulate(None);
    let strays = strays(&record, &[]);
    assert!(strays.is_empty(), "\n  {}", strays.join("\n  "));
    let checked = |id: &ClauseId| record.clauses[*id as usize].checked > 0;
    let idle: Vec<_> = clauses().filter(|id| !checked(id)).collect();
    assert!(idle.is_empty(), "not exercised: {idle:?}");
}

#[test]
fn defects_are_caught_over_real_sockets_too() {
    let named = |name: &&str| DEFECTS.iter().find(|defect| defect.name == *name).expect(name);
    let defects: Vec<&'static Defect> = OVER_SOCKETS.iter().map(named).collect();
    // Such a run mostly waits, so that all of them can do so at once.
    let matrix = Matrix(on_threads(defects.len(), &defects, |defect| {
        Outcome::of(defect, &play::over_sockets(defect))
    }));
    // What else is touched depends on which frames meet, which in real time is another each time.
    let missed: Vec<_> =
        matrix.0.iter().filter(|one| !one.is_caught()).map(|one| one.defect.name).collect();
    assert!(missed.is_empty(), "missed: {missed:?}");
}

#[test]
fn a_defect_has_a_name_of_its_own_and_names_clauses_that_there_are() {
    let names: BTreeSet<_> = DEFECTS.iter().map(|defect| defect.name).collect();
    assert_eq!(names.len(), DEFECTS.len());
    for defect in DEFECTS {
        assert!(!defect.clauses.is_empty(), "{}", defect.name);
        for clause in defect.clauses.iter().chain(defect.related) {
            assert!(ClauseId::parse(clause).is_some(), "{}: {clause}", defect.name);
        }
    }
}

fn clauses() -> impl Iterator<Item = ClauseId> {
    CATALOGUE.iter().map(|clause| clause.id)
}

/// Works off every item on so many threads; results stand in the order of the items.
fn on_threads<T: Copy + Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let take = || next.fetch_add(1, Ordering::Relaxed);
        let items = std::iter::repeat_with(take).map_while(|at| Some((at, *items.get(at)?)));
        items.map(|(at, item)| (at, work(item))).collect::<Vec<_>>()
    };
    let mut done: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Prints the table, and writes it down for the docs.
#[expect(clippy::print_stdout, reason = "the kill rate is what this is for")]
fn tell(matrix: &Matrix) {
    println!("{matrix}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("defect-matrix.json");
    fs::write(path, format!("{:#}\n", matrix.json())).unwrap();
}
