//! Drafts of waivers, a place at a time.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::conformance::{CATALOGUE, ClauseId, Level};
use crate::protocol::{EventKind, Route};

/// How long a draft holds, after the run's start.
const DAYS: i32 = 30;

/// Where findings of a kind came from; what is empty is left out of the draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The clause, by its place in the catalogue.
    pub(super) clause: usize,
    route: String,
    event: String,
    pointer: String,
    scenario: String,
}

impl Place {
    /// A clause wherever it is violated.
    pub(super) fn anywhere(clause: ClauseId) -> Self {
        Self { clause: clause as usize, ..Self::default() }
    }

    /// Where a finding that can fail a run came from; none where it cannot.
    pub(super) fn of(
        clause: ClauseId,
        (route, event): (Option<&str>, Option<&str>),
        pointer: &str,
        scenario: &str,
    ) -> Option<Self> {
        let route = route.filter(|route| Route::parse(route).is_documented());
        let event = event.filter(|event| EventKind::NAMES.contains(event));
        (clause.level() != Level::Info).then(|| Self {
            clause: clause as usize,
            route: route.unwrap_or_default().to_owned(),
            event: event.unwrap_or_default().to_owned(),
            pointer: starred(pointer),
            scenario: scenario.to_owned(),
        })
    }
}

/// The last day of a draft from a run that started then (RFC 3339).
pub(super) fn last_day(started_at: &str) -> Option<Date> {
    let started_at: Timestamp = started_at.parse().ok()?;
    started_at.to_zoned(TimeZone::UTC).date().checked_add(DAYS.days()).ok()
}

/// A waiver of a place, with so many findings there.
pub(super) fn entry(place: &Place, findings: u64, reason: &str, until: Date) -> String {
    let clause = CATALOGUE[place.clause].id;
    let mut text = format!("# {}", clause.clause().title);
    text += &match findings {
        0 => "\n".to_owned(),
        1 => " (1 finding)\n".to_owned(),
        many => format!(" ({many} findings)\n"),
    };
    text += &format!("- clause: {clause}\n");
    let narrowed = [
        ("route", &place.route),
        ("event", &place.event),
        ("pointer", &place.pointer),
        ("scenario", &place.scenario),
    ];
    for (key, value) in narrowed.into_iter().filter(|(_, value)| !value.is_empty()) {
        text += &format!("  {key}: {}\n", quoted(value));
    }
    text + &format!("  reason: {}\n  until: {until}\n", quoted(reason))
}

/// A pointer with `*` for every index: which element of a list it was says nothing of the next run.
fn starred(pointer: &str) -> String {
    let is_index = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    let keys = pointer.split('/').map(|key| if is_index(key) { "*" } else { key });
    keys.collect::<Vec<_>>().join("/")
}

/// A text as YAML reads it on one line: JSON's strings are YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pointer: &str, expected: &str) {
        assert_eq!(starred(pointer), expected);
    }

    #[test]
    fn an_index_becomes_a_star() {
        check("", "");
        check("/body/messages/12/id", "/body/messages/*/id");
        check("/body/b2", "/body/b2");
    }
}
