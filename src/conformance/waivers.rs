//! Deviations that a team knows and lives with for a while: which findings they cover.
//!
//! It reads no file. Start from [`Waivers`].

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;

use crate::protocol::Route;

use super::{ClauseId, Finding};

/// One known deviation. All that it names must match a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The clause that is violated.
    pub clause: ClauseId,
    /// Only where this route was called.
    pub route: Option<Route>,
    /// Only where this event came, by its name without a session: `chat-message`.
    pub event: Option<Box<str>>,
    /// Only at this JSON pointer; a `*` stands for any one key or index.
    pub pointer: Option<String>,
    /// Only in this scenario.
    pub scenario: Option<String>,
    /// Why it is lived with.
    pub reason: String,
    /// Where it is followed up.
    pub ticket: Option<String>,
    /// The last day, in UTC, on which it holds.
    pub until: Date,
    /// Whether the deviation may also stay away.
    pub is_intermittent: bool,
}

impl Waiver {
    /// Whether it covers a finding of a scenario.
    pub fn covers(&self, finding: &Finding, scenario: &str) -> bool {
        self.clause == finding.clause
            && self.scenario.as_deref().is_none_or(|only| only == scenario)
            && self.route.as_ref().is_none_or(|only| finding.route.as_ref() == Some(only))
            && self.event.as_ref().is_none_or(|only| finding.event.as_ref() == Some(only))
            && self.pointer.as_deref().is_none_or(|only| points_to(only, &finding.pointer))
    }
}

/// `EVENT-5, event chat-message, pointer /payload/chatMessage/id`
impl fmt::Display for Waiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.clause)?;
        let narrowed = [
            ("route", self.route.as_ref().map(Route::as_str)),
            ("event", self.event.as_deref()),
            ("pointer", self.pointer.as_deref()),
            ("scenario", self.scenario.as_deref()),
        ];
        for (key, value) in narrowed {
            if let Some(value) = value {
                write!(f, ", {key} {value}")?;
            }
        }
        Ok(())
    }
}

/// The waivers of a run. Copies share one list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waivers {
    all: Arc<[Waiver]>,
    /// The day of the run; `None` where nothing is waived.
    day: Option<Date>,
}

impl Waivers {
    /// Waivers as they stand on the day, in UTC, on which a run starts.
    pub fn on(day: Date, all: Vec<Waiver>) -> Self {
        Self { all: all.into(), day: Some(day) }
    }

    /// All of them, in the order given.
    pub fn all(&self) -> &[Waiver] {
        &self.all
    }

    /// Whether the date of one is past: it covers nothing any more.
    pub fn is_past(&self, waiver: &Waiver) -> bool {
        self.day.is_some_and(|day| waiver.until < day)
    }

    /// The waivers that cover a finding of a scenario, as indices.
    pub fn covering(&self, finding: &Finding, scenario: &str) -> impl Iterator<Item = usize> {
        let covers = |waiver: &Waiver| waiver.covers(finding, scenario) && !self.is_past(waiver);
        self.all.iter().enumerate().filter(move |(_, one)| covers(one)).map(|(at, _)| at)
    }
}

/// Whether a pattern, in which `*` is any one key or index, fits a JSON pointer.
fn points_to(pattern: &str, pointer: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), pointer.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == "*" || wanted == given => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::protocol::DeviceNo;

    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("the tests write dates")
    }

    fn waiver() -> Waiver {
        Waiver {
            clause: ClauseId::Event5,
            route: None,
            event: None,
            pointer: None,
            scenario: None,
            reason: "ids are strings on UAT".into(),
            ticket: None,
            until: day("2027-03-31"),
            is_intermittent: false,
        }
    }

    fn finding() -> Finding {
        Finding {
            clause: ClauseId::Event5,
            at: Duration::ZERO,
            device: Some(DeviceNo(0)),
            session: None,
            route: None,
            event: Some("chat-message".into()),
            message: String::new(),
            expected: String::new(),
            actual: String::new(),
            is_plain: true,
            pointer: "/payload/messages/12/id".into(),
            frame: None,
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Waiver), covers: bool) {
        let mut waiver = waiver();
        change(&mut waiver);
        assert_eq!(waiver.covers(&finding(), "chat"), covers, "{waiver}");
    }

    #[test]
    fn all_that_a_waiver_names_must_match() {
        check(|_| {}, true);
        check(|waiver| waiver.clause = ClauseId::Env5, false);
        check(|waiver| waiver.scenario = Some("chat".into()), true);
        check(|waiver| waiver.scenario = Some("tour".into()), false);
        check(|waiver| waiver.event = Some("chat-message".into()), true);
        check(|waiver| waiver.event = Some("chat-message-delete".into()), false);
        check(|waiver| waiver.route = Some(Route::Send), false);
    }

    #[test]
    fn a_pointer_matches_whole_and_a_star_stands_for_one_key() {
        for (pointer, covers) in [
            ("/payload/messages/12/id", true),
            ("/payload/messages/*/id", true),
            ("/*/*/*/*", true),
            ("/payload/messages/*", false),
            ("/payload/messages/1*/id", false),
            ("", false),
        ] {
            check(|waiver| waiver.pointer = Some(pointer.into()), covers);
        }
    }

    #[test]
    fn a_waiver_holds_through_its_last_day() {
        for (on, covering) in [("2027-03-31", 1), ("2027-04-01", 0)] {
            let waivers = Waivers::on(day(on), vec![waiver()]);
            assert_eq!(waivers.covering(&finding(), "chat").count(), covering, "{on}");
        }
    }
}
