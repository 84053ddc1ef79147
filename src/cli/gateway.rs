//! Options of `serve` that put API Gateway in front of it.

use std::fmt::Write as _;
use std::num::NonZeroU32;

use clap::error::ErrorKind;
use clap::{Args, ValueEnum};
use thiserror::Error;

use crate::report::counted;
use crate::scenario::{DurationError, parse_duration};
use crate::server::{Gated, Gateway, Place, SETTINGS, Setting};

/// API Gateway in front of the server.
#[derive(Args, Clone, Debug)]
pub(super) struct GatewayArgs {
    /// Whether API Gateway's limits, error frames and throttling are emulated in front
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = GatewayArg::Off)]
    gateway: GatewayArg,
    /// Divides every time of the gateway by N: idle, lifetime, integration-timeout, event-patience.
    /// Needs --gateway emulate
    #[arg(long, value_name = "N")]
    gateway_clock: Option<NonZeroU32>,
    /// Sets a limit or a guess of the gateway, as in idle=5m; repeatable. docs/gateway.md has them
    /// all. Needs --gateway emulate
    #[arg(long, value_name = "KEY=VALUE")]
    gateway_set: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GatewayArg {
    Off,
    Emulate,
}

impl GatewayArgs {
    /// What is asked for; `None` for no gateway.
    ///
    /// # Errors
    /// Every setting that is wrong, or options that need a gateway without one.
    pub(super) fn gateway(&self) -> Result<Option<Gateway>, clap::Error> {
        if self.gateway == GatewayArg::Off {
            let clock = self.gateway_clock.map(|_| "--gateway-clock");
            let idle = clock.or((!self.gateway_set.is_empty()).then_some("--gateway-set"));
            return idle.map_or(Ok(None), |option| {
                let message = format!(
                    "{option} says how the gateway is emulated, and none is: give --gateway \
                     emulate as well"
                );
                Err(clap::Error::raw(ErrorKind::MissingRequiredArgument, message))
            });
        }
        let (mut gateway, mut mistakes) = (Gateway::default(), String::new());
        for text in &self.gateway_set {
            if let Err(mistake) = set(&mut gateway, text) {
                let between = if mistakes.is_empty() { "" } else { "\n" };
                let _ = write!(mistakes, "{between}--gateway-set {text}: {mistake}");
            }
        }
        if !mistakes.is_empty() {
            return Err(clap::Error::raw(ErrorKind::ValueValidation, mistakes));
        }
        Ok(Some(match self.gateway_clock {
            Some(clock) => gateway.faster(clock),
            None => gateway,
        }))
    }
}

/// Tells what the gateway did.
pub(super) fn told(gated: &Gated) -> String {
    let Gated { connects_throttled, requests_throttled, complaints, lost, idle, lifetime } = gated;
    format!(
        "gateway: throttled {} and {}, answered {} itself, lost {} to clients; ended {} for \
         idleness and {} at their lifetime",
        counted(*connects_throttled, "connect"),
        counted(*requests_throttled, "request"),
        counted(*complaints, "request"),
        counted(*lost, "message"),
        counted(*idle, "connection"),
        counted(*lifetime, "connection"),
    )
}

/// Why a text sets nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum SettingError {
    #[error("write it like idle=5m")]
    NoPair,
    #[error("there is no such setting; there are {}", keys())]
    Unknown,
    #[error("there is no such setting; did you mean `{0}`?")]
    Misspelt(&'static str),
    #[error(transparent)]
    Duration(#[from] DurationError),
    #[error("a time of nothing leaves no time at all")]
    NoTime,
    #[error("write a whole number above 0")]
    Number,
    #[error("write on or off")]
    Switch,
    #[error(
        "write a close code from 1000 to 4999 that may be sent, or none, which cuts the connection"
    )]
    Close,
    #[error("write an HTTP status from 400 to 599")]
    Status,
    #[error("write every how many, 1 or more, or never")]
    Every,
    #[error("write a text")]
    Text,
}

fn keys() -> String {
    SETTINGS.iter().map(|setting| setting.key).collect::<Vec<_>>().join(", ")
}

fn set(gateway: &mut Gateway, text: &str) -> Result<(), SettingError> {
    let (key, value) = text.split_once('=').ok_or(SettingError::NoPair)?;
    let setting = Setting::find(key.trim()).ok_or_else(|| unknown(key.trim()))?;
    let value = value.trim();
    match setting.place {
        Place::Number(of) => *of(gateway) = value.parse().map_err(|_| SettingError::Number)?,
        Place::Time(of) => {
            let time = parse_duration(value)?;
            let may_be_none = setting.key == "event-patience";
            if time.is_zero() && !may_be_none {
                return Err(SettingError::NoTime);
            }
            *of(gateway) = time;
        }
        Place::Switch(of) => {
            *of(gateway) = match value {
                "on" => true,
                "off" => false,
                _ => return Err(SettingError::Switch),
            }
        }
        Place::Close(of) => *of(gateway) = or_none(value, "none", close_code)?,
        Place::Status(of) => {
            let status = value.parse().ok().filter(|status| (400..600).contains(status));
            *of(gateway) = status.ok_or(SettingError::Status)?;
        }
        Place::Every(of) => {
            let every = |text: &str| text.parse().map_err(|_| SettingError::Every);
            *of(gateway) = or_none(value, "never", every)?;
        }
        Place::Text(of) if !value.is_empty() => *of(gateway) = value.into(),
        Place::Text(_) => return Err(SettingError::Text),
    }
    Ok(())
}

fn or_none<T>(
    text: &str,
    none: &str,
    read: impl Fn(&str) -> Result<T, SettingError>,
) -> Result<Option<T>, SettingError> {
    if text == none { Ok(None) } else { read(text).map(Some) }
}

/// A code that an endpoint may send (RFC 6455 section 7.4).
fn close_code(text: &str) -> Result<u16, SettingError> {
    let code = text.parse().map_err(|_| SettingError::Close)?;
    let is_reserved = matches!(code, 1004..=1006 | 1015..=2999);
    if (1000..5000).contains(&code) && !is_reserved { Ok(code) } else { Err(SettingError::Close) }
}

/// The nearest key is told where one is near, and otherwise all of them.
fn unknown(key: &str) -> SettingError {
    const LIKE: f64 = 0.8;
    let likeness = |setting: &Setting| strsim::jaro_winkler(key, setting.key);
    let nearest = SETTINGS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|setting| likeness(setting) > LIKE) {
        Some(setting) => SettingError::Misspelt(setting.key),
        None => SettingError::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn args(emulate: bool, clock: Option<u32>, settings: &[&str]) -> GatewayArgs {
        GatewayArgs {
            gateway: if emulate { GatewayArg::Emulate } else { GatewayArg::Off },
            gateway_clock: clock.and_then(NonZeroU32::new),
            gateway_set: settings.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[track_caller]
    fn check(settings: &[&str], clock: Option<u32>, expected: impl Fn(&mut Gateway)) {
        let mut gateway = Gateway::default();
        expected(&mut gateway);
        assert_eq!(args(true, clock, settings).gateway().unwrap(), Some(gateway));
    }

    #[track_caller]
    fn check_refused(emulate: bool, settings: &[&str], expected: &[&str]) {
        let error = args(emulate, None, settings).gateway().unwrap_err().to_string();
        let lines: Vec<_> = error.lines().map(|line| line.trim_start_matches("error: ")).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn each_kind_of_setting_is_read() {
        check(&["frame-bytes=1024"], None, |gateway| {
            gateway.frame_bytes = NonZeroU32::new(1024).unwrap();
        });
        check(&["idle=5m", "event-patience=0s"], None, |gateway| {
            gateway.idle = Duration::from_secs(300);
            gateway.event_patience = Duration::ZERO;
        });
        check(&["default-route=off"], None, |gateway| gateway.default_route = false);
        check(&["idle-close=1000", "lifetime-close=none"], None, |gateway| {
            gateway.idle_close = Some(1000);
            gateway.lifetime_close = None;
        });
        check(&["connect-failed-status=500", "integration-fails=50"], None, |gateway| {
            gateway.connect_failed_status = 500;
            gateway.integration_fails = NonZeroU32::new(50);
        });
        check(&["throttled-message=Limit exceeded"], None, |gateway| {
            gateway.throttled_message = "Limit exceeded".into();
        });
    }

    #[test]
    fn the_clock_divides_times_that_were_set_too() {
        let idle = Duration::from_secs(5);
        check(&["idle=5m"], Some(60), |gateway| {
            *gateway = Gateway { idle: idle * 60, ..Gateway::default() }
                .faster(NonZeroU32::new(60).unwrap());
            assert_eq!(gateway.idle, idle);
        });
    }

    #[test]
    fn every_default_can_be_given_as_it_is_told() {
        for setting in SETTINGS {
            let text = format!("{}={}", setting.key, setting.default_text());
            check(&[&text], None, |_| {});
        }
    }

    #[test]
    fn every_mistake_is_told_with_what_to_write() {
        check_refused(
            true,
            &["idel=5m", "idle=5", "frame-bytes=0", "idle-close=1006", "default-route=maybe", "x"],
            &[
                "--gateway-set idel=5m: there is no such setting; did you mean `idle`?",
                "--gateway-set idle=5: a duration needs a unit; did you mean `5s`?",
                "--gateway-set frame-bytes=0: write a whole number above 0",
                "--gateway-set idle-close=1006: write a close code from 1000 to 4999 that may be \
                 sent, or none, which cuts the connection",
                "--gateway-set default-route=maybe: write on or off",
                "--gateway-set x: write it like idle=5m",
            ],
        );
        check_refused(
            true,
            &["idle=0s", "connect-fails=0", "url-status=200", "throttled-message="],
            &[
                "--gateway-set idle=0s: a time of nothing leaves no time at all",
                "--gateway-set connect-fails=0: write every how many, 1 or more, or never",
                "--gateway-set url-status=200: write an HTTP status from 400 to 599",
                "--gateway-set throttled-message=: write a text",
            ],
        );
        let all = format!("--gateway-set zzz=1: there is no such setting; there are {}", keys());
        check_refused(true, &["zzz=1"], &[&all]);
    }

    #[test]
    fn without_a_gateway_there_is_nothing_to_set() {
        let told = "--gateway-set says how the gateway is emulated, and none is: give --gateway \
                    emulate as well";
        check_refused(false, &["idle=5m"], &[told]);
    }

    #[test]
    fn what_it_did_is_told_in_a_line() {
        let gated = Gated { connects_throttled: 1, requests_throttled: 12, ..Gated::default() };
        assert_eq!(
            told(&gated),
            "gateway: throttled 1 connect and 12 requests, answered 0 requests itself, lost 0 \
             messages to clients; ended 0 connections for idleness and 0 connections at their \
             lifetime"
        );
    }
}
