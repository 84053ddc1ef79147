//! Silences about connections: acknowledgment, lifetimes, closes, clocks.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::protocol::{Call, Form, NotOpened, Role, TokenKind};

use super::observed::Told;
use super::shape::{shape, word};
use super::tape::{PHONE, TABLET, Tape, instant, ms};
use super::traces::What;

/// A time limit is raised where more than half of it was used up.
const DEFAULT_LIMIT: Duration = Duration::from_secs(5);

pub(super) fn acknowledgment(tape: Tape<'_>) -> Told {
    let opened = tape
        .heard
        .iter()
        .filter(|one| matches!(one.what, What::Opened { token: TokenKind::Valid, .. }));
    let acknowledged = opened.clone().filter_map(|open| {
        let mut frames = tape.frames().filter(|came| came.role == Role::Acknowledgment);
        let its = |came: &super::tape::Came<'_>| {
            (came.device, came.connection) == (open.device, open.connection)
        };
        let came = frames.find(its)?;
        Some((came.at.saturating_sub(open.at), came.frame))
    });
    let (opened, acknowledged) = (opened.count(), acknowledged.collect::<Vec<_>>());
    if opened == 0 {
        return Told::not_seen("no connection was opened");
    }
    let slowest = acknowledged.iter().map(|(took, _)| *took).max();
    let (Some(slowest), Some((_, frame))) = (slowest, acknowledged.first()) else {
        let observed = format!("none came on {opened} connections");
        return Told::whether(false, observed).setting("ack", "never");
    };
    let channel = match frame.json["channel"].as_str() {
        Some(channel) => format!(", channel {}", word(channel)),
        None => String::new(),
    };
    let count = acknowledged.len();
    let observed = format!(
        "{count} of {opened} connections, within {}: {}{channel}",
        ms(slowest),
        shape(&frame.json)
    );
    let told = Told::whether(count == opened, observed);
    match count == opened {
        true if slowest * 2 > DEFAULT_LIMIT => told.setting("ack_timeout", generous(slowest)),
        true => told.setting("ack", "expect"),
        false => told.setting("ack", "accept"),
    }
}

/// Three times what was seen, in whole seconds.
fn generous(time: Duration) -> String {
    format!("{}s", (time * 3).as_secs() + 1)
}

pub(super) fn time(tape: Tape<'_>) -> Told {
    let Some(response) = tape.exchanges().filter_map(|one| one.took()).max() else {
        return Told::not_seen("no request was answered");
    };
    let delivered = tape.successes(Call::Send).flat_map(|(sent, answer)| {
        let id = instant(&answer.frame.message()["id"]).and_then(|id| u64::try_from(id).ok());
        let told = [PHONE, TABLET].map(|device| tape.told(device, id));
        told.into_iter().flatten().map(move |came| came.at.saturating_sub(sent.sent_at))
    });
    let delivered = delivered.max();
    let event =
        delivered.map_or("none came".to_owned(), |slowest| format!("within {}", ms(slowest)));
    let told = Told::whether(true, format!("answers within {}, events {event}", ms(response)));
    match delivered {
        Some(slowest) if slowest * 2 > DEFAULT_LIMIT => {
            told.setting("delivery_timeout", generous(slowest))
        }
        _ => told,
    }
}

/// How far from an hour a connection may expire before it is told as a difference.
const NEARLY: i64 = 1000;

pub(super) fn expired_at(tape: Tape<'_>) -> Told {
    const HOUR: i64 = 3_600_000;
    let distances = tape.exchanges().filter_map(|one| {
        let connection = &one.success()?.frame.body()["connection"];
        let [expired, updated] = ["expiredAt", "updatedAt"].map(|key| instant(&connection[key]));
        Some((one.connection, one.request.call(), expired?, expired? - updated?))
    });
    let seen: Vec<_> = distances.collect();
    let Some((_, _, first, distance)) = seen.first() else {
        return Told::not_seen("no answer told of a connection");
    };
    let on_first = seen.iter().filter(|(connection, ..)| *connection == seen[0].0);
    let moved =
        on_first.clone().any(|(_, call, expired, _)| *call == Call::Ping && expired != first);
    let moves = if moved { "a ping moves it" } else { "a ping does not move it" };
    let is_hour = seen.iter().all(|(.., distance)| (distance - HOUR).abs() <= NEARLY);
    Told::whether(is_hour, format!("{} min after updatedAt; {moves}", distance / 60_000))
}

pub(super) fn same_device_id(tape: Tape<'_>) -> Told {
    let openings = || {
        tape.heard.iter().filter_map(|one| match &one.what {
            What::Opened { device_id, .. } => Some((one, device_id.as_deref()?)),
            _ => None,
        })
    };
    let twin = openings().find_map(|(one, id)| {
        let mut others = openings().filter(|(other, same)| other.device == PHONE && *same == id);
        (one.device == TABLET).then(|| others.find(|(other, _)| other.at < one.at)).flatten()?;
        Some(one)
    });
    let Some(twin) = twin else { return Told::not_seen("no second connection was opened") };
    let mut closes = tape.closes();
    match closes.find(|(one, _)| one.device == PHONE && one.at >= twin.at) {
        Some((one, code)) => {
            let after = ms(one.at.saturating_sub(twin.at));
            Told::whether(
                true,
                format!("the older connection was closed after {after}{}", coded(code)),
            )
        }
        None => Told::whether(true, "both connections stayed"),
    }
}

fn coded(code: Option<u16>) -> String {
    code.map_or(" without a code".to_owned(), |code| format!(" with code {code}"))
}

pub(super) fn close_codes(tape: Tape<'_>) -> Told {
    let mut codes = BTreeSet::new();
    for (what, form) in
        [("text that is no JSON", Form::NotJson), ("a binary frame", Form::Incomplete)]
    {
        let bad = tape
            .exchanges()
            .find(|one| one.form == form && one.request.body.is_null() && !one.request.has_route());
        let Some(bad) = bad else { continue };
        let on_it = tape.closes().find(|(one, _)| {
            (one.device, one.connection) == (bad.device, bad.connection) && one.at >= bad.sent_at
        });
        if let Some((_, code)) = on_it {
            codes.insert(format!("{what} is answered with a close{}", coded(code)));
        }
    }
    let refused = tape.heard.iter().find_map(|one| match one.what {
        What::NotOpened { token: TokenKind::Garbled, why: NotOpened::Status(status) } => {
            Some(status)
        }
        _ => None,
    });
    codes.extend(refused.map(|status| format!("a wrong token is answered with HTTP {status}")));
    let idle = "an idle close takes 10 min, and was not waited for";
    if codes.is_empty() {
        return Told::not_seen(format!("none; {idle}"));
    }
    let codes: Vec<_> = codes.into_iter().collect();
    Told::whether(true, format!("{}; {idle}", codes.join("; ")))
}

pub(super) fn control_pings(tape: Tape<'_>) -> Told {
    let count = |fits: fn(&What) -> bool| tape.heard.iter().filter(|one| fits(&one.what)).count();
    let opened = count(|what| matches!(what, What::Opened { .. }));
    let pongs = tape.heard.iter().filter_map(|one| match one.what {
        What::Pong(after) => Some(after),
        _ => None,
    });
    match (pongs.clone().count(), pongs.max()) {
        (answered, Some(slowest)) => {
            let told =
                format!("a pong on {answered} of {opened} connections, within {}", ms(slowest));
            Told::whether(answered == opened, told)
        }
        _ if opened == 0 => Told::not_seen("no connection was opened"),
        _ => Told::whether(false, format!("no pong on {opened} connections")),
    }
}

/// Beyond this offset the tolerance is raised.
const MUCH: i64 = 10_000;

pub(super) fn clock(tape: Tape<'_>) -> Told {
    let offset = tape.successes(Call::Send).filter_map(|(sent, answer)| {
        let theirs = instant(&answer.frame.message()["sentAt"])?;
        let half = answer.at.saturating_sub(sent.sent_at) / 2;
        let ours = i64::try_from((tape.epoch + sent.sent_at + half).as_millis()).ok()?;
        Some((half, theirs - ours))
    });
    let Some((half, offset)) = offset.min_by_key(|(half, _)| *half) else {
        return Told::not_seen("no sent message told its sentAt");
    };
    let error = i64::try_from(half.as_millis()).unwrap_or(i64::MAX).max(1);
    let way = if offset < 0 { "behind" } else { "ahead of" };
    let size = offset.abs();
    let observed = format!("{size} ms {way} ours, give or take {error} ms");
    let told = Told::whether(size <= 30_000, observed);
    if size <= MUCH {
        return told;
    }
    told.setting("clock_tolerance", format!("{}s", size / 1000 + 30))
}
