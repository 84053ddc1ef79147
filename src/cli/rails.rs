//! What keeps a run gentle: the bounds that options set, and those that hold unless they do.

use crate::metrics::Threshold;
use crate::run::{Safety, ScenarioPlan};

use super::refusal::Refusal;
use super::run::{AbortOn, ConnectRate, RunArgs};

/// Connects a second, where none is asked for.
const RATE_ON_LOOPBACK: f64 = 500.0;
const RATE_ELSEWHERE: f64 = 50.0;

/// Scenarios side by side, where nothing is asked for: another's desk of people is not flooded.
const JOBS_ON_LOOPBACK: usize = 8;
const JOBS_ELSEWHERE: usize = 1;

/// The bounds of a run: the caps, and when it stops by itself. Away from loopback it does so where
/// most of what it asks for fails.
pub(super) fn safety(args: &RunArgs, caps: &Safety, is_remote: bool) -> Safety {
    let abort_on = match &args.abort_on {
        Some(AbortOn::Holds(bound)) => Some(bound.as_ref().clone()),
        Some(AbortOn::Never) => None,
        None => is_remote.then(Safety::broken_service),
    };
    Safety { abort_on, ..caps.clone() }
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

/// How many connects a second there may be; `None` sets no bound.
///
/// # Errors
/// More than the cap allows.
pub(super) fn connect_rate(
    asked: Option<ConnectRate>,
    is_remote: bool,
    safety: &Safety,
) -> Result<Option<f64>, Refusal> {
    let usual = if is_remote { RATE_ELSEWHERE } else { RATE_ON_LOOPBACK };
    let rate = match asked {
        Some(ConnectRate::Unbounded) => None,
        Some(ConnectRate::PerSecond(rate)) => Some(rate),
        None => Some(usual),
    };
    match (asked, safety.most_connects_per_s) {
        (Some(ConnectRate::PerSecond(rate)), Some(most)) if rate > most => {
            Err(Refusal::usage(format!(
                "error: --connect-rate: {rate}/s is asked for, and caps.connect_rate allows \
                 {most}/s; ask for less, or raise the cap"
            )))
        }
        _ => Ok(safety.connects_per_s(rate)),
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
