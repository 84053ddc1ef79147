//! Servers that break in the middle of a load of a hundred devices: what happens is counted under
//! its layer, memory stays bounded, and the run ends when the scenario says.

use std::time::{Duration, Instant};

use super::mischief::Mischief;
use super::server::Whom;
use super::{run, side_by_side};

/// Eight seconds of load, and what a busy machine makes of the end.
const IN_TIME: Duration = Duration::from_secs(90);

/// What such a run may take of memory, in bytes, in a build that is not optimised.
const MEMORY: u64 = 400 << 20;

#[track_caller]
fn check(mischief: Mischief, errors: &[&str]) {
    let began_at = Instant::now();
    let ran = run("load.yaml", mischief, Whom::All);
    let told = format!("{mischief:?}: {}{}", ran.ended.err, ran.ended.out);
    assert!(began_at.elapsed() < IN_TIME, "{told}");
    assert!(!told.contains("panicked"), "{told}");
    assert_eq!(ran.ended.code, Some(1), "{told}");
    let memory = ran.record["generator"]["peak_rss_bytes"].as_u64().unwrap();
    assert!(memory < MEMORY, "{memory} bytes of memory: {told}");
    let all = ran.errors();
    let is_counted = all.iter().any(|error| errors.contains(&error.as_str()));
    assert!(errors.is_empty() || is_counted, "{all:?}: {told}");
    let steps = ran.record["scenarios"][0]["steps"].as_array().unwrap();
    let skipped: u64 = steps.iter().map(|step| step["skipped"].as_u64().unwrap()).sum();
    assert!(skipped < 20_000, "{skipped} steps skipped: {told}");
}

#[test]
fn a_service_that_breaks_under_load_is_survived() {
    side_by_side(
        &[
            (Mischief::Dies(20), &["network/reset"][..]),
            (Mischief::Resets(12), &["network/reset"]),
            (Mischief::Freezes(12), &["integration/response_timeout"]),
        ],
        |(mischief, errors)| check(mischief, errors),
    );
    // What is too much is no error: it is read, judged and forgotten.
    check(Mischief::Flood, &[]);
}
