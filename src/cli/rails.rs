//! What keeps a run gentle: the bounds that options set, and those that hold unless they do.

use crate::metrics::Threshold;
use crate::run::{Safety, ScenarioPlan};
use crate::scenario::Caps;

use super::precedence::ConnectRate;
use super::refusal::Refusal;
use super::run::{AbortOn, RunArgs};

/// Scenarios side by side, where nothing is asked for: another's desk of people is not flooded.
const JOBS_ON_LOOPBACK: usize = 8;
const JOBS_ELSEWHERE: usize = 1;

/// The bounds of a run: the caps, and when it stops by itself. Away from loopback it does so where
/// most of what it asks for fails.
pub(super) fn safety(args: &RunArgs, caps: Caps, is_remote: bool) -> Safety {
    let abort_on = match &args.abort_on {
        Some(AbortOn::Holds(bound)) => Some(bound.as_ref().clone()),
        Some(AbortOn::Never) => None,
        None => is_remote.then(Safety::broken_service),
    };
    Safety {
        most_devices: caps.devices.map(std::num::NonZeroU32::get),
        most_sends_per_s: caps.sends_per_s,
        most_connects_per_s: caps.connects_per_s,
        abort_on,
    }
}

/// How many scenarios without a load run side by side.
pub(super) fn jobs(
    args: &RunArgs,
    is_remote: bool,
    safety: &Safety,
    scenarios: &[ScenarioPlan],
) -> usize {
    let usual = if is_remote { JOBS_ELSEWHERE } else { JOBS_ON_LOOPBACK };
    let asked = args.jobs.map_or(usual, std::num::NonZeroUsize::get);
    let beside = scenarios.iter().filter(|plan| !plan.is_alone);
    safety.jobs(asked, beside.map(ScenarioPlan::devices).collect())
}

/// How many connects a second there may be, of those that are asked for; `None` sets no bound.
///
/// # Errors
/// More on the command line (`flag`) than the cap allows.
pub(super) fn connect_rate(
    flag: Option<ConnectRate>,
    asked: Option<f64>,
    safety: &Safety,
) -> Result<Option<f64>, Refusal> {
    match (flag, safety.most_connects_per_s) {
        (Some(ConnectRate::PerSecond(rate)), Some(most)) if rate > most => {
            Err(Refusal::usage(format!(
                "error: --connect-rate: {rate}/s is asked for, and caps.connect_rate allows \
                 {most}/s; ask for less, or raise the cap"
            )))
        }
        _ => Ok(safety.connects_per_s(asked)),
    }
}

/// Reads `--abort-on`.
pub(super) fn abort_on(text: &str) -> Result<AbortOn, String> {
    if text == "never" {
        return Ok(AbortOn::Never);
    }
    let bound = Threshold::parse(text).map_err(|error| error.to_string())?;
    Ok(AbortOn::Holds(Box::new(bound)))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::precedence::Asked;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        run: RunArgs,
    }

    fn args(line: &[&str]) -> RunArgs {
        Line::try_parse_from(["deskbell"].iter().chain(line)).unwrap().run
    }

    /// What a run is bound by: jobs, connects a second, and when it ends early.
    #[track_caller]
    fn check(
        line: &[&str],
        is_remote: bool,
        (jobs, connects_per_s, abort_on): (usize, Option<f64>, Option<&str>),
    ) {
        let args = args(line);
        let safety = safety(&args, Caps::default(), is_remote);
        assert_eq!(super::jobs(&args, is_remote, &safety, &[]), jobs);
        let asked = Asked::of(&args, None, is_remote).connect_rate.value.per_s();
        assert_eq!(connect_rate(args.connect_rate, asked, &safety).unwrap(), connects_per_s);
        assert_eq!(safety.abort_on.map(|bound| bound.to_string()).as_deref(), abort_on);
    }

    #[test]
    fn a_run_is_gentle_away_from_loopback_unless_more_is_asked_for() {
        check(&[], false, (8, Some(500.0), None));
        check(&[], true, (1, Some(50.0), Some("errors.rate > 50%")));
        let asked = ["-j", "4", "--connect-rate", "max", "--abort-on", "rtt.send.p99 > 5s"];
        check(&asked, true, (4, None, Some("rtt.send.p99 > 5s")));
        check(&["--abort-on", "never"], true, (1, Some(50.0), None));
    }

    #[test]
    fn no_more_connects_can_be_asked_for_than_a_cap_allows() {
        let safety = Safety { most_connects_per_s: Some(20.0), ..Safety::default() };
        let rate = |flag: Option<ConnectRate>| {
            connect_rate(flag, flag.map_or(Some(50.0), ConnectRate::per_s), &safety)
        };
        assert_eq!(rate(None).unwrap(), Some(20.0));
        assert_eq!(rate(Some(ConnectRate::Unbounded)).unwrap(), Some(20.0));
        assert_eq!(rate(Some(ConnectRate::PerSecond(5.0))).unwrap(), Some(5.0));
        let refusal = rate(Some(ConnectRate::PerSecond(30.0))).unwrap_err();
        assert!(refusal.text.contains("caps.connect_rate allows 20/s"), "{}", refusal.text);
    }

    #[test]
    fn when_a_run_ends_early_is_a_threshold_or_never() {
        assert_eq!(abort_on("never"), Ok(AbortOn::Never));
        assert!(matches!(abort_on("errors.rate > 5%"), Ok(AbortOn::Holds(_))));
        assert!(abort_on("errors").is_err());
    }
}
