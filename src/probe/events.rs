//! Silences about events: their envelope, their fields, and who gets them.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::{Call, DeviceNo, EventKind, FrameKind, Json, PayloadKey, digits};

use super::observed::Told;
use super::shape::{shape, word};
use super::tape::{PHONE, STRANGER, TABLET, Tape};

pub(super) fn frames(tape: Tape<'_>) -> Told {
    let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
    let mut bare = None;
    for (came, _) in tape.events() {
        let FrameKind::Event { key, .. } = &came.frame.kind else { continue };
        *keys.entry(key.map_or("neither", PayloadKey::as_str)).or_default() += 1;
        if key.is_none() {
            bare = bare.or(Some(&came.frame.json));
        }
    }
    if keys.is_empty() {
        return Told::not_seen("no event came");
    }
    let told: Vec<_> =
        keys.iter().map(|(key, count)| format!("`{key}` ({count} events)")).collect();
    let told = format!("payload under {}", told.join(", "));
    match bare {
        Some(json) => Told::whether(false, format!("{told}: {}", shape(json))),
        None => Told::whether(true, told),
    }
}

/// Of messages that the phone sent: how many, and of how many a device was told.
fn heard_of(tape: Tape<'_>, device: DeviceNo, is_joined: bool) -> (usize, usize) {
    let joined_at = tape.joined_at(device);
    let (mut sent, mut heard) = (0, 0);
    for (asked, answer) in tape.successes(Call::Send).filter(|(asked, _)| asked.device == PHONE) {
        let joined = joined_at.is_some_and(|at| at <= asked.sent_at);
        if joined != is_joined {
            continue;
        }
        let id = digits(&answer.frame.message()["id"]);
        sent += 1;
        heard += usize::from(tape.told(device, id).next().is_some());
    }
    (sent, heard)
}

pub(super) fn own_echo(tape: Tape<'_>) -> Told {
    match heard_of(tape, PHONE, true) {
        (0, _) => Told::not_seen("no message was sent"),
        (sent, 0) => {
            Told::whether(false, format!("none of {sent} messages")).setting("own_echo", "never")
        }
        (sent, heard) if sent == heard => {
            Told::whether(true, format!("each of {sent} messages")).setting("own_echo", "expect")
        }
        (sent, heard) => Told::whether(false, format!("{heard} of {sent} messages"))
            .setting("own_echo", "accept"),
    }
}

pub(super) fn audience(tape: Tape<'_>) -> Told {
    let (sent, heard) = heard_of(tape, TABLET, true);
    if sent == 0 {
        return Told::not_seen("no message was sent while a second device took part");
    }
    let (before, unasked) = heard_of(tape, TABLET, false);
    let mut told = vec![
        format!("a second device that resumed: {heard} of {sent}"),
        format!("one that only connected: {unasked} of {before}"),
    ];
    let sessions: BTreeSet<_> =
        tape.calls(Call::Init).filter_map(|one| one.success()?.frame.session_id()).collect();
    let overheard = tape.events().filter(|(came, kind)| {
        let session = match kind {
            EventKind::Message(session) | EventKind::Update(session) => Some(session),
            EventKind::Delete | EventKind::Other(_) => None,
        };
        came.device == STRANGER && session.is_some_and(|session| sessions.contains(session))
    });
    let overheard = overheard.count();
    told.push(match tape.exchanges().any(|one| one.device == STRANGER) {
        true => format!("another tenant's device: {overheard}"),
        false => "another tenant's: not tried with one tenant".into(),
    });
    Told::whether(heard == sent && unasked == 0 && overheard == 0, told.join("; "))
}

pub(super) fn types(tape: Tape<'_>) -> Told {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (came, kind) in tape.events() {
        let message = came.frame.message();
        if matches!(kind, EventKind::Message(_)) && message.is_object() {
            let content = message["contentType"].as_str().unwrap_or("no contentType");
            seen.entry(word(content)).or_default().insert(word(&message["type"].to_string()));
        }
    }
    if seen.is_empty() {
        return Told::not_seen("no message came as an event");
    }
    let known =
        |types: &BTreeSet<String>| types.iter().all(|one| matches!(&**one, "1" | "2" | "3"));
    let told = seen.iter().map(|(content, types)| {
        format!("{content} {}", types.iter().cloned().collect::<Vec<_>>().join(" or "))
    });
    let told = told.collect::<Vec<_>>().join(", ");
    Told::whether(seen.values().all(known), told)
}

const JOINED: [&str; 3] =
    ["chatJoinedByEntityType", "chatJoinedByEntityId", "lastPingedByChatJoiner"];

pub(super) fn joined_fields(tape: Tape<'_>) -> Told {
    let updates = tape.events().filter_map(|(came, _)| {
        let session = &came.frame.payload()["chatSession"];
        session.is_object().then_some(session)
    });
    let in_events = told_of(updates);
    let replies = tape.successes(Call::Init).map(|(_, answer)| &answer.frame.body()["chatSession"]);
    let in_init = told_of(replies);
    if in_events.is_empty() && in_init.is_empty() {
        return Told::not_seen("no session was shown");
    }
    let listed = |words: &BTreeSet<&'static str>| match words.len() {
        0 => "not seen".to_owned(),
        _ => words.iter().copied().collect::<Vec<_>>().join(" or "),
    };
    let agrees = !in_init.contains("set") && !in_events.contains("left out");
    Told::whether(
        agrees,
        format!("new session: {}; events: {}", listed(&in_init), listed(&in_events)),
    )
}

/// How the joined fields stand in some sessions.
fn told_of<'a>(sessions: impl Iterator<Item = &'a Json>) -> BTreeSet<&'static str> {
    let fields = sessions.flat_map(|session| JOINED.map(|key| session.get(key)));
    let how = fields.map(|value| match value {
        None => "left out",
        Some(Json::Null) => "null",
        Some(_) => "set",
    });
    how.collect()
}
