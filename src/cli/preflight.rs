//! What is looked at before the first connect: open files, and the quotas of API Gateway.

use crate::report::grouped;
use crate::run::{Nearness, Outlook, Quota};

use super::refusal::Refusal;

/// Sees that there are open files enough, a socket being one: of the devices, of the embedded server,
/// which has as many, and of uploads.
///
/// # Errors
/// Too few, exit 3, with what to do.
pub(super) fn check_open_files(outlook: &Outlook) -> Result<(), Refusal> {
    match too_few(outlook, raise_open_files()) {
        Some(told) => Err(Refusal::not_done(&told)),
        None => Ok(()),
    }
}

/// Raises the limit of open files as far as it goes; what it is now.
pub(super) fn raise_open_files() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX)
}

/// What is wrong with a limit of open files.
fn too_few(outlook: &Outlook, limit: u64) -> Option<String> {
    let needed = outlook.open_files;
    if needed <= limit {
        return None;
    }
    let sockets = grouped(outlook.sockets);
    let both = if outlook.sockets > outlook.devices_at_once {
        " (the server's and those of uploads among them)"
    } else {
        ""
    };
    let (limit, enough) = (grouped(limit), round_up(needed));
    Some(format!(
        "the run needs {sockets} sockets{both}, the limit is {limit}: ulimit -n {enough}, by root where \
         the hard limit is lower, or ask for fewer devices"
    ))
}

/// The next number of one digit and noughts.
fn round_up(number: u64) -> u64 {
    let unit = 10_u64.pow(number.checked_ilog10().unwrap_or(0));
    number.div_ceil(unit) * unit
}

/// A sentence for each quota that the run comes near, or beyond, and what would mend it.
pub(super) fn quota_warnings(outlook: &Outlook) -> Vec<String> {
    let touched = |quota: &&Quota| matches!(quota.nearness, Nearness::Near | Nearness::Over);
    outlook.quotas.iter().filter(touched).map(warning).collect()
}

fn warning(quota: &Quota) -> String {
    let Quota { name, unit, limit, used, nearness, remedy: mend } = quota;
    let (used, limit) = (whole(used.unwrap_or_default()), whole(*limit));
    let near = match nearness {
        Nearness::Over => "is over",
        Nearness::Far | Nearness::Near | Nearness::Unknown => "comes near",
    };
    format!("{name}: {used} {unit} {near} what API Gateway allows, {limit} {unit}: {mend}")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and no quota is negative"
)]
fn whole(number: f64) -> String {
    grouped(number.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_rounded(number: u64, expected: u64) {
        assert_eq!(round_up(number), expected, "{number}");
    }

    #[test]
    fn a_limit_is_told_as_a_round_number() {
        check_rounded(15_064, 20_000);
        check_rounded(1_000, 1_000);
        check_rounded(1_001, 2_000);
        check_rounded(96, 100);
        check_rounded(0, 0);
    }

    #[test]
    fn a_warning_says_what_would_mend_it() {
        let quota = |used, nearness| Quota {
            name: "connects",
            unit: "/s",
            limit: 500.0,
            used: Some(used),
            nearness,
            remedy: "lower --connect-rate",
        };
        let over =
            "connects: 1 200 /s is over what API Gateway allows, 500 /s: lower --connect-rate";
        assert_eq!(warning(&quota(1_199.6, Nearness::Over)), over);
        assert!(warning(&quota(400.0, Nearness::Near)).starts_with("connects: 400 /s comes near"));
    }
}
