//! `--start-at`: a run that begins at an instant, as others on other machines do.

use std::io::Write;
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::report::brief;

use super::refusal::Refusal;

/// Who means to wait for longer has mistaken the date or the zone.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// How often the clock is looked at: it may be set meanwhile, or the machine sleep.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How much later than planned a wait may end: beyond, the machine stood still.
const TOO_LATE: SignedDuration = SignedDuration::from_secs(1);

/// Reads `--start-at`.
pub(super) fn parse(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "write it with its zone, like 2026-11-23T17:00:00Z (RFC 3339)")
}

/// How long it is until then.
///
/// # Errors
/// An instant that is past, or more than a day ahead.
pub(super) fn time_left(start_at: Timestamp, now: Timestamp) -> Result<Duration, Refusal> {
    let left = start_at.duration_since(now);
    if left > LONGEST {
        let ahead = brief(left.unsigned_abs());
        return Err(Refusal::usage(format!(
            "error: --start-at {start_at} is {ahead} ahead, which is more than a day: look at its date \
             and zone"
        )));
    }
    Duration::try_from(left).map_err(|_| late(start_at, left))
}

fn late(start_at: Timestamp, left: SignedDuration) -> Refusal {
    let by = brief(left.unsigned_abs());
    Refusal::not_done(&format!(
        "--start-at {start_at} is past by {by}, and a shard that comes late would be no part of the \
         whole: start all of them again, and give them more time to get ready"
    ))
}

/// Says when the run begins, and waits until then by the wall clock, also where that is set meanwhile. A
/// signal ends the process.
///
/// # Errors
/// An instant that is past, or that has passed while the machine stood still.
pub(super) fn wait(start_at: Timestamp, err: &mut dyn Write) -> Result<(), Refusal> {
    let left = time_left(start_at, Timestamp::now())?;
    // Where even stderr is closed, nobody is there to be told.
    let _ = writeln!(err, "starts at {start_at}, in {}", brief(left));
    while let Some(rest) = rest(start_at, Timestamp::now())? {
        thread::sleep(rest);
    }
    Ok(())
}

/// How long to rest before the clock is looked at again; `None` where the instant has come.
fn rest(start_at: Timestamp, now: Timestamp) -> Result<Option<Duration>, Refusal> {
    let left = start_at.duration_since(now);
    if left < -TOO_LATE {
        return Err(late(start_at, left));
    }
    Ok(left.is_positive().then(|| left.unsigned_abs().min(LOOK_EVERY)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

    const START: &str = "2026-11-23T17:00:00Z";

    fn at(text: &str) -> Timestamp {
        parse(text).unwrap()
    }

    #[test]
    fn an_instant_has_a_zone() {
        assert_eq!(at("2026-11-24T00:00:00+07:00"), at(START));
        assert_eq!(at("2026-11-23T17:00:00.25Z").subsec_millisecond(), 250);
        for nonsense in ["17:00", "2026-11-23T17:00:00", "2026-11-31T17:00:00Z", "soon", ""] {
            assert!(parse(nonsense).unwrap_err().contains("2026-11-23T17:00:00Z"), "{nonsense}");
        }
    }

    #[track_caller]
    fn check(now: &str, expected: Result<Duration, (Exit, &str)>) {
        match (time_left(at(START), at(now)), expected) {
            (Ok(left), Ok(expected)) => assert_eq!(left, expected, "{now}"),
            (Err(refusal), Err((exit, says))) => {
                assert_eq!(refusal.exit, exit, "{now}");
                assert!(refusal.text.contains(says), "{now}: {}", refusal.text);
            }
            (left, _) => panic!("{now}: {left:?}"),
        }
    }

    #[test]
    fn an_instant_is_ahead_by_a_day_at_most_and_never_past() {
        check("2026-11-23T16:59:47.7Z", Ok(Duration::from_millis(12_300)));
        check(START, Ok(Duration::ZERO));
        check("2026-11-22T17:00:00Z", Ok(Duration::from_secs(24 * 3600)));
        check("2026-11-22T16:59:00Z", Err((Exit::Usage, "24 h 1 min ahead")));
        check("2026-11-23T17:00:03.2Z", Err((Exit::NotDone, "past by 3.2 s")));
    }

    #[test]
    fn the_clock_is_looked_at_again_until_the_instant_has_come() {
        let rest = |now| rest(at(START), at(now)).map_err(|refusal| refusal.text);
        assert_eq!(rest("2026-11-20T17:00:00Z"), Ok(Some(LOOK_EVERY)));
        assert_eq!(rest("2026-11-23T16:59:59.98Z"), Ok(Some(Duration::from_millis(20))));
        assert_eq!(rest(START), Ok(None));
        assert_eq!(rest("2026-11-23T17:00:00.9Z"), Ok(None));
        assert!(rest("2026-11-23T18:00:00Z").unwrap_err().contains("past by 1 h 0 min"));
    }
}
