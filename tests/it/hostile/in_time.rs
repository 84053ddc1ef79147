//! Servers that die midway, talk garbage or fall silent: the run ends in time all the same, having
//! counted what happened, with no panic and no hang.

use std::time::{Duration, Instant};

use super::mischief::Mischief;
use super::server::Whom;
use super::{CHAT, HASTY, LATE, PATIENT, run, side_by_side};

/// The slowest of these runs takes a fourth of it on a busy machine.
const IN_TIME: Duration = Duration::from_secs(60);

/// What such a run may take of memory, in bytes, in a build that is not optimised.
const MEMORY: u64 = 150 << 20;

/// Runs a scenario against a bad server: it ends in time with this exit status, and among its
/// violated clauses and its errors are some that begin so.
#[track_caller]
fn check(
    (scenario, mischief, whom): (&str, Mischief, Whom),
    exit: i32,
    violated: &[&str],
    errors: &[&str],
) {
    let began_at = Instant::now();
    let ran = run(scenario, mischief, whom);
    let told = format!("{mischief:?}: {}{}", ran.ended.err, ran.ended.out);
    assert!(began_at.elapsed() < IN_TIME, "{told}");
    assert!(!told.contains("panicked"), "{told}");
    assert_eq!(ran.ended.code, Some(exit), "{told}");
    let memory = ran.record["generator"]["peak_rss_bytes"].as_u64().unwrap();
    assert!(memory < MEMORY, "{memory} bytes of memory: {told}");
    for (all, expected) in [(ran.violated(), violated), (ran.errors(), errors)] {
        for start in expected {
            assert!(all.iter().any(|one| one.starts_with(start)), "{start} of {all:?}: {told}");
        }
    }
}

#[test]
fn a_server_that_dies_midway_is_told_by_how_its_connections_ended() {
    side_by_side(
        &[
            (CHAT, Mischief::Dies(7), &["network/"][..]),
            (LATE, Mischief::Dies(7), &["network/", "network/connect_refused"]),
            (PATIENT, Mischief::Dies(3), &["network/"]),
        ],
        |(scenario, mischief, errors)| check((scenario, mischief, Whom::All), 1, &[], errors),
    );
}

#[test]
fn garbage_is_found_and_does_no_harm() {
    side_by_side(
        &[
            (Mischief::RandomBytes(1), "ENV-", "network/websocket_protocol"),
            (Mischief::RandomBytes(2), "ENV-", "network/websocket_protocol"),
            (Mischief::RandomBytes(3), "ENV-", "network/websocket_protocol"),
            (Mischief::RandomJson(1), "ENV-3", "schema/"),
            (Mischief::RandomJson(2), "ENV-3", "schema/"),
            (Mischief::RandomJson(3), "ENV-3", "schema/"),
            (Mischief::Announces(1 << 30), "ENV-", "schema/too_large"),
            (Mischief::Announces(1 << 62), "ENV-", "schema/too_large"),
            (Mischief::Fragments(100), "ENV-", "schema/too_large"),
            (Mischief::Fragments(0), "ENV-3", "integration/response_timeout"),
            (Mischief::Pings, "ENV-3", "integration/response_timeout"),
        ],
        |(mischief, clause, error)| {
            check((HASTY, mischief, Whom::All), 1, &[clause], &[error]);
        },
    );
}

#[test]
fn silence_is_waited_for_only_so_long() {
    let timeout = "integration/response_timeout";
    side_by_side(
        &[
            (HASTY, Mischief::Freezes(3), 1, &["ENV-3"][..], timeout),
            (HASTY, Mischief::Silence, 1, &["ENV-3"], timeout),
            (HASTY, Mischief::Freezes(0), 1, &["ENV-3"], timeout),
            (HASTY, Mischief::Mute, 3, &[], "network/connect_timeout"),
            (HASTY, Mischief::EndlessHeaders, 3, &[], "network/handshake_invalid"),
        ],
        |(scenario, mischief, exit, violated, error)| {
            check((scenario, mischief, Whom::All), exit, violated, &[error]);
        },
    );
}
