//! Silences about answers: ids and times, metadata, listings.

use std::collections::{BTreeMap, BTreeSet};

use crate::conformance::ClauseId;
use crate::protocol::{Call, FrameKind, Json, MetadataKey, Object, digits, holds_digits};
use crate::run::FoundViolation;

use super::observed::Told;
use super::tape::Tape;

/// Places that the document spells in another way than the rest of an answer.
const NUMBERS_IN_ANSWERS: [&str; 2] = ["body.messageId", "floors.floorId"];

/// Places shown of those that are spelled in another way.
const MOST_PLACES: usize = 3;

/// How ids and times are spelled, by place.
#[derive(Default)]
struct Spelling {
    texts: BTreeMap<String, usize>,
    numbers: BTreeMap<String, usize>,
    others: BTreeMap<String, usize>,
}

impl Spelling {
    /// Notes every id and instant below a value; metadata is the caller's.
    fn note(&mut self, value: &Json, within: &str) {
        match value {
            Json::Array(items) => items.iter().for_each(|item| self.note(item, within)),
            Json::Object(object) => {
                for (key, value) in object.iter() {
                    if holds_digits(key) {
                        self.count(value, format!("{within}.{key}"));
                    } else if !["metadata", "metdata"].contains(&key) {
                        self.note(value, key);
                    }
                }
            }
            _ => {}
        }
    }

    fn count(&mut self, value: &Json, place: String) {
        let to = match value {
            Json::Null => return,
            Json::Number(_) => &mut self.numbers,
            Json::String(_) if digits(value).is_some() => &mut self.texts,
            _ => &mut self.others,
        };
        *to.entry(place).or_default() += 1;
    }
}

pub(super) fn ids_and_times(tape: Tape<'_>) -> Told {
    let (mut answers, mut events) = (Spelling::default(), Spelling::default());
    for came in tape.frames() {
        match came.frame.kind {
            FrameKind::Event { .. } => events.note(came.frame.payload(), "payload"),
            FrameKind::Response { .. } if came.frame.is_ok() && came.role.answers().is_some() => {
                answers.note(came.frame.body(), "body");
            }
            _ => {}
        }
    }
    for place in NUMBERS_IN_ANSWERS {
        let (numbers, texts) = (answers.numbers.remove(place), answers.texts.remove(place));
        answers.texts.extend(numbers.map(|count| (place.to_owned(), count)));
        answers.numbers.extend(texts.map(|count| (place.to_owned(), count)));
    }
    if answers.texts.is_empty() && answers.numbers.is_empty() {
        return Told::not_seen("no answer held an id");
    }
    let answer = spelled(
        ("as documented", &answers.texts),
        ("otherwise", &answers.numbers),
        &answers.others,
    );
    let event =
        spelled(("as documented", &events.numbers), ("otherwise", &events.texts), &events.others);
    let drifts = !(answers.numbers.is_empty() && events.texts.is_empty());
    let is_strange = !(answers.others.is_empty() && events.others.is_empty());
    let told = Told::whether(!drifts && !is_strange, format!("answers: {answer}; events: {event}"));
    told.setting("dialect", if drifts { "lenient" } else { "documented" })
}

type Spelled<'a> = (&'a str, &'a BTreeMap<String, usize>);

/// As documented, and where not.
fn spelled(
    documented: Spelled<'_>,
    drifted: Spelled<'_>,
    others: &BTreeMap<String, usize>,
) -> String {
    let count = documented.1.values().sum::<usize>();
    let mut told = vec![format!("{} ({count})", documented.0)];
    for (how, places) in [drifted, ("neither", others)] {
        if !places.is_empty() {
            let shown: Vec<_> = places.keys().take(MOST_PLACES).map(String::as_str).collect();
            let more = if places.len() > MOST_PLACES { ", ..." } else { "" };
            told.push(format!("{how} at {}{more}", shown.join(", ")));
        }
    }
    told.join(", ")
}

const KEYS: [MetadataKey; 2] = [MetadataKey::Metdata, MetadataKey::Metadata];

pub(super) fn metadata_key(tape: Tape<'_>) -> Told {
    let mut returned = BTreeMap::new();
    for (asked, answer) in tape.successes(Call::Send) {
        for key in KEYS {
            let Some(sent) = asked.request.body.get(key.as_str()).filter(|sent| sent.is_object())
            else {
                continue;
            };
            let message = answer.frame.message();
            let back = KEYS.into_iter().find(|back| holds(&message[back.as_str()], sent));
            returned.entry(key.as_str()).or_insert(back.map(MetadataKey::as_str));
        }
    }
    if returned.is_empty() {
        return Told::not_seen("no message with metadata was accepted");
    }
    let told = returned.iter().map(|(sent, back)| match back {
        Some(back) => format!("sent as {sent}, back as {back}"),
        None => format!("sent as {sent}, not back"),
    });
    let mut told: Vec<_> = told.collect();
    let listed =
        places(tape.successes(Call::Messages).flat_map(|(_, answer)| {
            answer.frame.body()["messages"].as_array().into_iter().flatten()
        }));
    let in_events = places(tape.events().map(|(came, _)| came.frame.message()));
    told.extend(listed.map(|key| format!("in listings {key}")));
    told.extend(in_events.map(|key| format!("in events {key}")));
    let comes_back = |key: MetadataKey| matches!(returned.get(key.as_str()), Some(Some(_)));
    let [metdata, metadata] = KEYS.map(comes_back);
    let key = if !metdata && metadata { "metadata" } else { "metdata" };
    Told::whether(metdata, told.join("; ")).setting("metadata_key", key)
}

/// Whether all of some metadata came back.
fn holds(back: &Json, sent: &Json) -> bool {
    let mut sent = sent.as_object().into_iter().flat_map(Object::iter);
    back.is_object() && sent.all(|(key, value)| back.get(key).is_some_and(|back| back == value))
}

/// The keys that metadata stands under.
fn places<'a>(messages: impl Iterator<Item = &'a Json>) -> Option<String> {
    let keys = messages.flat_map(|message| {
        KEYS.into_iter().map(MetadataKey::as_str).filter(|key| message[*key].is_object())
    });
    let keys: BTreeSet<_> = keys.collect();
    (!keys.is_empty()).then(|| keys.into_iter().collect::<Vec<_>>().join(" and "))
}

pub(super) fn listing_channel(tape: Tape<'_>) -> Told {
    let Some((asked, answer)) = tape.successes(Call::Messages).next() else {
        return Told::not_seen("no listing was answered");
    };
    let FrameKind::Response { query, .. } = &answer.frame.kind else {
        return Told::not_seen("no listing was answered");
    };
    match (query.as_deref(), asked.request.query.as_deref()) {
        (None, _) => Told::whether(false, "the channel comes back without a query"),
        (back, sent) if back == sent => Told::whether(true, "the query comes back as it was sent"),
        _ => Told::whether(false, "another query comes back"),
    }
}

pub(super) fn page_cap(tape: Tape<'_>) -> Told {
    let listing = tape.successes(Call::Messages).find_map(|(asked, answer)| {
        let limit = asked.request.query.as_deref()?.split('&').find_map(|part| {
            part.strip_prefix("limit=")?.parse::<u64>().ok().filter(|limit| *limit > 0)
        })?;
        Some((limit, answer.frame.body()))
    });
    let Some((limit, body)) = listing else { return Told::not_seen("no listing was answered") };
    let listed = body["messages"].as_array().map_or(0, <[_]>::len);
    match digits(&body["paginate"]["per_page"]) {
        Some(size) if size < limit => {
            Told::whether(true, format!("capped: {size} a page, asked for {limit}"))
        }
        Some(size) if size == limit => {
            Told::whether(true, format!("{listed} messages on a page of {limit}, as asked for"))
        }
        Some(size) => Told::whether(false, format!("{size} a page, asked for {limit}")),
        None => Told::whether(false, "the answer tells no size of a page"),
    }
}

pub(super) fn listing_session(tape: Tape<'_>) -> Told {
    let strangers = tape.successes(Call::Messages).flat_map(|(asked, answer)| {
        let session = asked.request.body["chatSessionId"].clone();
        let listed = answer.frame.body()["messages"].as_array().into_iter().flatten();
        listed.map(move |message| message["chatSessionId"] != session)
    });
    let strangers: Vec<_> = strangers.collect();
    let wrong = strangers.iter().filter(|is_strange| **is_strange).count();
    match strangers.len() {
        0 => Told::not_seen("no message was listed"),
        all => {
            Told::whether(wrong == 0, format!("{wrong} of {all} messages are another session's"))
        }
    }
}

pub(super) fn seen_session(tape: Tape<'_>) -> Told {
    let Some((asked, answer)) = tape.successes(Call::Seen).next() else {
        return Told::not_seen("no message of a concierge could be marked as seen");
    };
    let (sent, message) = (&asked.request.body, answer.frame.message());
    let is_asked = message["chatSessionId"] == sent["chatSessionId"]
        && digits(&message["id"]) == digits(&sent["messageId"]);
    let told =
        if is_asked { "the session and message asked for" } else { "another one comes back" };
    Told::whether(is_asked, told)
}

pub(super) fn message_status(tape: Tape<'_>) -> Told {
    let of = |call| {
        let status = tape
            .successes(call)
            .filter_map(|(_, answer)| answer.frame.message()["status"].as_i64());
        status.collect::<BTreeSet<_>>()
    };
    let (sent, seen) = (of(Call::Send), of(Call::Seen));
    if sent.is_empty() {
        return Told::not_seen("no message told its status");
    }
    let listed = |all: &BTreeSet<i64>| {
        let all: Vec<_> = all.iter().map(i64::to_string).collect();
        if all.is_empty() { "not seen".to_owned() } else { all.join(" or ") }
    };
    let agrees = sent.iter().all(|status| *status == 3) && seen.iter().all(|status| *status == 4);
    Told::whether(agrees, format!("sent: {}; marked as seen: {}", listed(&sent), listed(&seen)))
}

pub(super) fn absent_values(findings: &[FoundViolation]) -> Told {
    let in_tenant = |clause| {
        let findings = findings.iter().map(|found| &found.finding);
        let its = findings.filter(move |finding| finding.clause == clause);
        its.filter(move |finding| {
            clause == ClauseId::Init8 || finding.pointer.starts_with("/body/tenant")
        })
    };
    let places: BTreeSet<_> = [ClauseId::Env5, ClauseId::Init8]
        .into_iter()
        .flat_map(in_tenant)
        .map(|finding| finding.pointer.clone())
        .collect();
    if places.is_empty() {
        return Told::whether(true, "every tenant is as the examples show one");
    }
    Told::whether(
        false,
        format!("{} places of a tenant are not as the examples show", places.len()),
    )
}
