//! What is known of a session itself, and that an update event says the same (EVENT-9).

use std::time::Duration;

use crate::conformance::finding::words;
use crate::conformance::{ClauseId, Finding, Sink};
use crate::protocol::{Json, Observation, digits};

/// What never changes in a session, and whether somebody joined it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    id: Option<u64>,
    org: Option<u64>,
    initiator: Option<u64>,
    is_tenants: Option<bool>,
    pub(super) joined: Joined,
    /// Whether an update event was the first to say so.
    pub(super) is_told: bool,
}

/// Whether somebody has joined a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Joined {
    #[default]
    Unknown,
    /// Nobody had when this was asked.
    NotAt(Duration),
    /// This one.
    By(u64),
}

impl Facts {
    pub(super) fn of(session: &Json, asked_at: Duration) -> Self {
        let joiner = &session["chatJoinedByEntityId"];
        Self {
            id: digits(&session["id"]),
            org: digits(&session["orgId"]),
            initiator: digits(&session["chatInitiatedByEntityId"]),
            is_tenants: session["chatInitiatedByEntityType"].as_str().map(|kind| kind == "TENANT"),
            joined: match digits(joiner) {
                Some(joiner) => Joined::By(joiner),
                None if joiner.is_null() && session.is_object() => Joined::NotAt(asked_at),
                None => Joined::Unknown,
            },
            is_told: false,
        }
    }

    /// Takes what is newly known; of what was known, the first stays.
    pub(super) fn learn(&mut self, other: Self) {
        self.id = self.id.or(other.id);
        self.org = self.org.or(other.org);
        self.initiator = self.initiator.or(other.initiator);
        self.is_tenants = self.is_tenants.or(other.is_tenants);
        self.joined = match (self.joined, other.joined) {
            (Joined::By(joiner), _) => Joined::By(joiner),
            (Joined::NotAt(one), Joined::NotAt(two)) => Joined::NotAt(one.max(two)),
            (known, Joined::Unknown) => known,
            (_, new) => new,
        };
    }

    pub(super) fn is_joined_by_another(self, other: Self) -> bool {
        matches!((self.joined, other.joined), (Joined::By(one), Joined::By(two)) if one != two)
    }

    /// The key of the first field in which two sayings differ.
    fn difference(self, other: Self) -> Option<&'static str> {
        let differ =
            |one: Option<u64>, two: Option<u64>| one.is_some() && two.is_some() && one != two;
        let kinds = (self.is_tenants.map(u64::from), other.is_tenants.map(u64::from));
        [
            ("id", differ(self.id, other.id)),
            ("orgId", differ(self.org, other.org)),
            ("chatInitiatedByEntityId", differ(self.initiator, other.initiator)),
            ("chatInitiatedByEntityType", differ(kinds.0, kinds.1)),
            ("chatJoinedByEntityId", self.is_joined_by_another(other)),
        ]
        .into_iter()
        .find_map(|(key, differs)| differs.then_some(key))
    }
}

/// EVENT-9: the payload of an update agrees with the session. `was_told` is whether this connection
/// was told before that somebody had joined.
pub(super) fn judge(
    known: Facts,
    (session, was_told): (&Json, bool),
    seen: &Observation<'_>,
    to: &mut dyn Sink,
) {
    to.checked(ClauseId::Event9);
    let told = Facts::of(session, seen.at);
    let mut differs = known.difference(told);
    if differs.is_none() {
        let is_half = session["chatJoinedByEntityType"].is_null()
            != session["chatJoinedByEntityId"].is_null();
        let is_undone = was_told && matches!(told.joined, Joined::NotAt(_));
        differs = (is_half || is_undone).then_some("chatJoinedByEntityId");
    }
    if session["chatSessionId"].is_string()
        && seen_session(seen).is_some_and(|channel| session["chatSessionId"] != channel)
    {
        differs = Some("chatSessionId");
    }
    if let Some(key) = differs {
        to.found(Finding {
            message: format!("a session update disagrees with its session about {key}"),
            expected: "what the session's replies say".into(),
            actual: words(&session[key].to_string()),
            pointer: format!("/payload/chatSession/{key}"),
            ..Finding::on(seen, ClauseId::Event9)
        });
    }
}

fn seen_session<'a>(seen: &'a Observation<'_>) -> Option<&'a str> {
    use crate::protocol::{EventKind, FrameKind, Happening};
    let Happening::Received { frame, .. } = &seen.what else { return None };
    match &frame.kind {
        FrameKind::Event { kind: EventKind::Update(session), .. } => Some(session.as_str()),
        _ => None,
    }
}
