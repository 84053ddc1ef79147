//! Silences about what is refused, and how.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::protocol::{Call, Form, Frame, FrameKind, NotOpened, Route, TokenKind};

use super::observed::Told;
use super::tape::{Exchange, Got, STRANGER, Tape};
use super::traces::{Heard, What};

/// How something was refused, or not.
fn how(got: Got<'_>) -> String {
    match got {
        Got::Answer(answer) => answered(answer.frame),
        Got::Nothing => "no answer".into(),
        Got::CutOff => "a close".into(),
    }
}

fn answered(frame: &Frame) -> String {
    match (&frame.kind, frame.status()) {
        (FrameKind::GatewayError, _) => "a gateway's error".into(),
        (FrameKind::Response { .. }, Some(200)) => "status 200".into(),
        (FrameKind::Response { .. }, Some(status)) => {
            let has_message = frame.body()["message"].is_string();
            format!("status {status}{}", if has_message { "" } else { " without a message" })
        }
        _ => "a frame of another shape".into(),
    }
}

fn is_expected(how: &str) -> bool {
    how == "a gateway's error"
        || how
            .strip_prefix("status ")
            .is_some_and(|status| status.parse::<u16>().is_ok_and(|status| status >= 400))
}

/// How a session was refused, where none was opened: there is nothing to probe without one.
pub fn refused_session(heard: &[Heard]) -> Option<String> {
    let tape = Tape { heard, epoch: Duration::ZERO };
    if tape.successes(Call::Init).next().is_some() {
        return None;
    }
    Some(tape.calls(Call::Init).next().map_or("it was not asked".into(), |one| how(one.got)))
}

/// What was tried that a service should refuse.
fn trials(tape: Tape<'_>) -> Vec<(&'static str, String)> {
    let ended_at = tape.successes(Call::End).next().map(|(_, answer)| answer.at);
    let is_after_end = |one: &Exchange<'_>| ended_at.is_some_and(|at| one.sent_at > at);
    let opened = tape.successes(Call::Init).find_map(|(_, answer)| answer.frame.session_id());
    let mut told = Vec::new();
    for one in tape.exchanges() {
        let is_unknown = one.request.call() == Call::Session && one.request.session_id() != opened;
        let what = match one.form {
            Form::NotJson => "no JSON",
            Form::Incomplete | Form::OtherAction => "a binary frame",
            Form::Request if one.device == STRANGER && one.request.session_id().is_some() => {
                "another tenant's session"
            }
            Form::Request if matches!(one.request.route, Route::Other(_)) => "an unknown route",
            Form::Request
                if one.request.call() == Call::Ping && one.request.session_id().is_none() =>
            {
                "a missing field"
            }
            Form::Request if is_unknown => "an unknown session",
            Form::Request if is_after_end(&one) && one.request.call() == Call::Send => {
                "a send to a closed session"
            }
            Form::Request => continue,
        };
        told.push((what, how(one.got)));
    }
    let refused = tape.heard.iter().find_map(|one| match one.what {
        What::NotOpened { token: TokenKind::Garbled, why } => Some(why),
        _ => None,
    });
    let garbled = tape
        .heard
        .iter()
        .any(|one| matches!(one.what, What::Opened { token: TokenKind::Garbled, .. }));
    match refused {
        Some(NotOpened::Status(status)) => told.push(("a wrong token", format!("HTTP {status}"))),
        Some(_) => told.push(("a wrong token", "no upgrade".into())),
        None if garbled => told.push(("a wrong token", "let in at first".into())),
        None => {}
    }
    told
}

pub(super) fn errors(tape: Tape<'_>) -> Told {
    let trials = trials(tape);
    if trials.is_empty() {
        return Told::not_seen("nothing came to be refused");
    }
    let mut by_how: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (what, how) in &trials {
        let whats = by_how.entry(how).or_default();
        if !whats.contains(what) {
            whats.push(what);
        }
    }
    let told: Vec<_> =
        by_how.iter().map(|(how, whats)| format!("{how}: {}", whats.join(", "))).collect();
    let agrees = trials.iter().all(|(what, how)| *what == "a wrong token" || is_expected(how));
    Told::whether(agrees, told.join("; "))
}

pub(super) fn bad_values(tape: Tape<'_>) -> Told {
    let unsend = tape.exchanges().find(|one| {
        one.request.route == Route::Unsend && one.request.body["messageId"].is_string()
    });
    match unsend {
        Some(one) => Told::whether(
            true,
            format!("messageId as text: {}; nothing else was tried", how(one.got)),
        ),
        None => Told::not_seen("none was tried: the flow did not get so far"),
    }
}
