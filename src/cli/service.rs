//! Options of `serve` that make it take its time.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;
use clap::error::ErrorKind;
use thiserror::Error;

use crate::report::counted;
use crate::scenario::{DurationError, parse_duration};
use crate::server::{Served, Service, ServiceTime, Stall};

/// How a server takes its time.
#[derive(Args, Clone, Debug)]
pub(super) struct ServiceArgs {
    /// Serves each request for so long: 50ms; or 20ms..80ms, evenly spread; or lognormal:50ms,0.5, by
    /// median and sigma. Its answer and events leave together after that time; upgrades,
    /// acknowledgments and uploads take none
    #[arg(long, value_name = "SPEC", value_parser = service_time)]
    latency: Option<ServiceTime>,
    /// Does nothing for FOR from each multiple of EVERY since its start on: 10s,1s. What came in
    /// meanwhile is served right after it
    #[arg(long, value_name = "EVERY,FOR", value_parser = stall)]
    stall: Option<Stall>,
    /// Serves at most N requests at once, over all connections, so N / mean latency a second; the
    /// others wait their turn. Needs --latency
    #[arg(long, value_name = "N")]
    capacity: Option<NonZeroU32>,
}

impl ServiceArgs {
    /// What is asked for.
    ///
    /// # Errors
    /// A capacity that bounds nothing.
    pub(super) fn service(&self) -> Result<Service, clap::Error> {
        if let (Some(capacity), None) = (self.capacity, self.latency) {
            let message = format!(
                "--capacity {capacity} bounds how many requests are in service at once, and without \
                 --latency none is for any time: give both, as in --latency 50ms --capacity {capacity}"
            );
            return Err(clap::Error::raw(ErrorKind::MissingRequiredArgument, message));
        }
        Ok(Service { time: self.latency, stall: self.stall, capacity: self.capacity })
    }
}

/// Tells how long requests took, as served.
pub(super) fn told(served: &Served) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let requests = counted(served.count, "request");
    if served.count == 0 {
        return format!("served {requests}");
    }
    format!(
        "served {requests}: p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms from read to written",
        ms(served.p50),
        ms(served.p99),
        ms(served.max)
    )
}

/// The largest sigma: beyond, one request in a hundred takes ten thousand times the median.
const LARGEST_SIGMA: f64 = 4.0;

/// Why a text says nothing of how a server takes its time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum ServiceError {
    #[error(transparent)]
    Duration(#[from] DurationError),
    #[error("write it like 50ms, 20ms..80ms or lognormal:50ms,0.5")]
    Latency,
    #[error("a latency of nothing is none; leave it out")]
    NoLatency,
    #[error("sigma is a number above 0, {LARGEST_SIGMA} at most, as in lognormal:50ms,0.5")]
    Sigma,
    #[error("write it like 10s,1s: how often, and for how long")]
    Stall,
    #[error("a stall is over before the next one begins, as in 10s,1s")]
    Endless,
}

fn service_time(text: &str) -> Result<ServiceTime, ServiceError> {
    let (time, longest) = if let Some(skewed) = text.strip_prefix("lognormal:") {
        let (median, sigma) = skewed.split_once(',').ok_or(ServiceError::Latency)?;
        let median = parse_duration(median)?;
        let sigma: f64 = sigma.trim().parse().map_err(|_| ServiceError::Sigma)?;
        if !(sigma > 0.0 && sigma <= LARGEST_SIGMA) {
            return Err(ServiceError::Sigma);
        }
        (ServiceTime::LogNormal { median, sigma }, median)
    } else if let Some((shortest, longest)) = text.split_once("..") {
        let (shortest, longest) = (parse_duration(shortest)?, parse_duration(longest)?);
        if shortest > longest {
            return Err(DurationError::Reversed.into());
        }
        (ServiceTime::Uniform(shortest, longest), longest)
    } else {
        let time = parse_duration(text).map_err(|error| match error {
            DurationError::Malformed => ServiceError::Latency,
            other => other.into(),
        })?;
        (ServiceTime::Constant(time), time)
    };
    if longest.is_zero() { Err(ServiceError::NoLatency) } else { Ok(time) }
}

fn stall(text: &str) -> Result<Stall, ServiceError> {
    let (every, lasts) = text.split_once(',').ok_or(ServiceError::Stall)?;
    Stall::new(parse_duration(every)?, parse_duration(lasts)?).ok_or(ServiceError::Endless)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[track_caller]
    fn check_time(text: &str, expected: Result<ServiceTime, &str>) {
        let read = service_time(text).map_err(|error| error.to_string());
        assert_eq!(read, expected.map_err(str::to_owned), "{text}");
    }

    #[track_caller]
    fn check_stall(text: &str, expected: Result<(u64, u64), &str>) {
        let read = stall(text).map_err(|error| error.to_string());
        let expected = expected.map(|(every, lasts)| Stall::new(ms(every), ms(lasts)).unwrap());
        assert_eq!(read, expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn a_latency_is_constant_spread_or_skewed() {
        check_time("50ms", Ok(ServiceTime::Constant(ms(50))));
        check_time("20ms..80ms", Ok(ServiceTime::Uniform(ms(20), ms(80))));
        check_time("0s..1s", Ok(ServiceTime::Uniform(ms(0), ms(1000))));
        let skewed = ServiceTime::LogNormal { median: ms(50), sigma: 0.5 };
        check_time("lognormal:50ms,0.5", Ok(skewed));
        check_time("lognormal:50ms, 0.5", Ok(skewed));
    }

    #[test]
    fn what_is_no_latency_is_told_how_to_write_one() {
        let how = "write it like 50ms, 20ms..80ms or lognormal:50ms,0.5";
        for text in ["", "soon", "lognormal:50ms", "normal:50ms,1"] {
            check_time(text, Err(how));
        }
        check_time("50", Err("a duration needs a unit; did you mean `50s`?"));
        check_time("80ms..20ms", Err("the shorter duration stands first, as in `1s..3s`"));
        for text in ["0s", "0s..0s", "lognormal:0s,1"] {
            check_time(text, Err("a latency of nothing is none; leave it out"));
        }
        for sigma in ["0", "-1", "NaN", "inf", "5", "", "0.5,1"] {
            let expected = "sigma is a number above 0, 4 at most, as in lognormal:50ms,0.5";
            check_time(&format!("lognormal:50ms,{sigma}"), Err(expected));
        }
    }

    #[test]
    fn a_stall_says_how_often_and_for_how_long() {
        check_stall("10s,1s", Ok((10_000, 1_000)));
        check_stall("1m, 250ms", Ok((60_000, 250)));
        check_stall("10s", Err("write it like 10s,1s: how often, and for how long"));
        check_stall("10s,1", Err("a duration needs a unit; did you mean `1s`?"));
        for text in ["1s,1s", "1s,2s", "1s,0s"] {
            check_stall(text, Err("a stall is over before the next one begins, as in 10s,1s"));
        }
    }

    #[test]
    fn what_was_served_is_told_in_a_line() {
        let served = Served { count: 12_345, p50: ms(50), p99: ms(51), max: ms(1_050) };
        let expected = "served 12 345 requests: p50 50.00 ms, p99 51.00 ms, max 1050.00 ms from \
                        read to written";
        assert_eq!(told(&served), expected);
        assert_eq!(told(&Served::default()), "served 0 requests");
    }
}
