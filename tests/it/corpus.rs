//! Whatever users, servers and old run folders hold, it is read or refused: no panic, no long wait, and
//! what must hold of it does. Each target reads the samples of its folder in `tests/corpus`, then
//! samples that were changed by chance, the same each time.
//!
//! `DESKBELL_TEST_CORPUS_SECONDS` gives each target more time than it takes by default;
//! `DESKBELL_TEST_CORPUS_SEED` another seed.

mod folder;
mod mutate;
mod targets;

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mutate::{LONGEST, Mutator};
use targets::TARGETS;

/// How many changed samples a target reads, in a time that no busy machine has to exceed.
const CHANGED: u64 = 1_500;
const USUAL_TIME: Duration = Duration::from_secs(4);

/// The longest that one of them may take, on a busy machine and without optimisation.
const LONGEST_TIME: Duration = Duration::from_secs(10);

/// How long targets go on, and how many changed samples they read at most.
fn budget() -> (Duration, u64) {
    let given = env::var("DESKBELL_TEST_CORPUS_SECONDS").ok();
    let given = given.map(|text| text.parse().expect("DESKBELL_TEST_CORPUS_SECONDS is a number"));
    given.map_or((USUAL_TIME, CHANGED), |seconds| (Duration::from_secs(seconds), u64::MAX))
}

fn seed() -> u64 {
    let given = env::var("DESKBELL_TEST_CORPUS_SEED").ok();
    given.map_or(8, |text| text.parse().expect("DESKBELL_TEST_CORPUS_SEED is a number"))
}

/// Where there are samples of a target beside its folder.
const SHIPPED: [(&str, &str); 3] = [
    ("scenario", "scenarios"),
    ("scenario", "scenarios/conformance"),
    ("scenario", "scenarios/load"),
];

/// The samples of a target, folder by folder in the order of their names.
fn samples(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let own = format!("tests/corpus/{target}");
    let shipped = SHIPPED.iter().filter(|(of, _)| *of == target).map(|(_, folder)| *folder);
    std::iter::once(own.as_str()).chain(shipped).flat_map(files).collect()
}

fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file() && path.extension().is_some_and(|end| end != "md"));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Reads something as a target does. Where that panics, what it was stays in a file, whose name is told.
fn read(what: &str, bytes: &[u8], target: impl FnOnce(&[u8])) {
    let began_at = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(bytes)));
    let took = began_at.elapsed();
    if outcome.is_ok() && took <= LONGEST_TIME {
        return;
    }
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("corpus-{what}"));
    fs::write(&kept, bytes).unwrap();
    match outcome {
        Ok(()) => panic!("{} took {took:?}", kept.display()),
        Err(panic) => {
            #[expect(clippy::print_stderr, reason = "a panic says what, and this says where")]
            {
                eprintln!("reading {} (seed {})", kept.display(), seed());
            }
            resume_unwind(panic);
        }
    }
}

#[track_caller]
fn check(target: &str) {
    let reads = |bytes: &[u8]| targets::read(target, bytes);
    let samples = samples(target);
    assert!(samples.len() >= 3, "{target} has {} samples", samples.len());
    for (path, bytes) in &samples {
        assert!(bytes.len() <= LONGEST, "{}", path.display());
        let name = path.file_name().unwrap().display();
        read(&format!("{target}-{name}"), bytes, reads);
    }
    let samples: Vec<_> = samples.into_iter().map(|(_, bytes)| bytes).collect();
    let (time, most) = budget();
    let began_at = Instant::now();
    for nth in 0..most {
        if began_at.elapsed() > time {
            return;
        }
        let bytes = Mutator::new(&samples, seed() ^ nth << 8).next();
        read(&format!("{target}-{nth}"), &bytes, reads);
    }
}

#[test]
fn frames_of_any_kind_are_read() {
    check("frame");
}

#[test]
fn conversations_of_any_kind_are_judged() {
    check("conversation");
}

#[test]
fn requests_of_any_kind_are_read() {
    check("request");
}

#[test]
fn scenarios_are_read_or_their_mistakes_told() {
    check("scenario");
}

#[test]
fn profiles_are_read_or_their_mistakes_told() {
    check("profile");
}

#[test]
fn waivers_are_read_or_their_mistakes_told() {
    check("waivers");
}

#[test]
fn settings_are_read_or_their_mistakes_told() {
    check("setting");
}

#[test]
fn templates_have_a_value_or_say_what_is_missing() {
    check("template");
}

#[test]
fn thresholds_read_as_they_print() {
    check("threshold");
}

#[test]
fn durations_and_rates_read_as_they_print() {
    check("duration");
}

#[test]
fn tokens_are_never_shown() {
    check("token");
}

#[test]
fn addresses_are_read_or_refused_in_words() {
    check("address");
}

#[test]
fn histograms_are_read_and_written_exactly() {
    check("histogram");
}

#[test]
fn every_folder_of_samples_has_its_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut folders: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut targets: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    targets.sort();
    assert_eq!(folders, targets);
}
