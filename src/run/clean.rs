//! The one door to the record of a run: nothing gets past it with a secret or, unless it is to be
//! shown, with personal data.

use std::time::Duration;

use crate::conformance::{Finding, IdSets};
use crate::protocol::{Clean, Frame, Route, SessionId};

use super::conversation::{Conversation, ConversationFrame};
use super::event::{RunEvent, StopReason, Unmet};

/// What is told of a run, as it may be kept.
pub(super) fn event(clean: &Clean, event: RunEvent) -> RunEvent {
    match event {
        RunEvent::Found { scenario, finding: found, waiver, conversation: seen } => {
            let finding = Box::new(finding(clean, *found));
            let conversation = seen.map(|seen| Box::new(conversation(clean, *seen)));
            RunEvent::Found { scenario, finding, waiver, conversation }
        }
        RunEvent::Unmet { scenario, step, unmet, conversation: seen } => {
            let Unmet { shard, device, message, expected, actual } = *unmet;
            let [message, expected, actual] = [message, expected, actual].map(|t| clean.text(&t));
            let unmet = Box::new(Unmet { shard, device, message, expected, actual });
            let conversation = seen.map(|seen| Box::new(conversation(clean, *seen)));
            RunEvent::Unmet { scenario, step, unmet, conversation }
        }
        RunEvent::Trouble { scenario, text } => {
            RunEvent::Trouble { scenario, text: clean.text(&text) }
        }
        RunEvent::Reading { name, value } => RunEvent::Reading { name, value: clean.value(value) },
        RunEvent::Stopped(reason) => RunEvent::Stopped(match reason {
            StopReason::Unreachable(why) => StopReason::Unreachable(clean.text(&why)),
            other => other,
        }),
        counts @ (RunEvent::Interval { .. }
        | RunEvent::Passed { .. }
        | RunEvent::Done { .. }
        | RunEvent::ClockSkew(_)) => counts,
    }
}

/// A finding as it may be kept: a value that it quotes from its frame is masked by its place there,
/// and what is left can be told as it is.
pub(super) fn finding(clean: &Clean, finding: Finding) -> Finding {
    let frame = || Frame::from_text(finding.frame.as_deref().unwrap_or_default());
    let actual = if finding.is_plain || finding.actual.is_empty() {
        clean.text(&finding.actual)
    } else {
        clean.quote(&finding.actual, &frame().json, &finding.pointer)
    };
    Finding {
        session: finding.session.map(|one| session(clean, &one)),
        route: finding.route.map(|one| route(clean, one)),
        event: finding.event.map(|event| clean.text(&event).into()),
        message: clean.text(&finding.message),
        expected: clean.text(&finding.expected),
        actual,
        pointer: clean.text(&finding.pointer),
        frame: finding.frame.as_deref().map(|frame| clean.frame(frame)),
        at: in_micros(finding.at),
        is_plain: true,
        ..finding
    }
}

/// The ids of a run as they may be kept; keys and numbers tell nothing.
pub(super) fn ids(clean: &Clean, ids: IdSets) -> IdSets {
    ids.retold(|one| session(clean, one))
}

/// A conversation as it may be kept: ids of sessions and unusual names are a server's words.
fn conversation(clean: &Clean, seen: Conversation) -> Conversation {
    let frame = |frame: ConversationFrame| ConversationFrame {
        session: frame.session.map(|one| session(clean, &one)),
        route: frame.route.map(|one| route(clean, one)),
        event: frame.event.map(|event| clean.text(&event).into()),
        ..frame
    };
    Conversation {
        at: in_micros(seen.at),
        session: seen.session.map(|one| session(clean, &one)),
        frames: seen.frames.into_iter().map(frame).collect(),
        ..seen
    }
}

/// An instant as it stands in files: in whole microseconds.
fn in_micros(at: Duration) -> Duration {
    Duration::new(at.as_secs(), at.subsec_micros() * 1000)
}

fn session(clean: &Clean, session: &SessionId) -> SessionId {
    SessionId::new(clean.text(session.as_str()))
}

fn route(clean: &Clean, route: Route) -> Route {
    match route {
        Route::Other(path) => Route::Other(clean.text(&path).into()),
        documented => documented,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::conformance::{Census, Claim, ClauseId};
    use crate::protocol::{AccountNo, ConnectionNo, DeviceNo, Secrets};
    use crate::run::conversation::Passage;
    use crate::scenario::StepNo;

    use super::*;

    const SECRET: &str = "opaque-token-of-34";
    const TELLTALES: [&str; 4] = [SECRET, "somchai", "Jaidee", "of another day"];

    fn clean() -> Clean {
        let secrets = Secrets::default();
        secrets.add(SECRET);
        Clean::new(secrets, false, "r-1")
    }

    /// Everything that is told, with secrets and personal data at each place that others fill.
    fn events() -> Vec<RunEvent> {
        let said = format!("{SECRET} somchai@example.com");
        let frame = json!({
            "channel": SECRET,
            "tenant": {"id": "34", "lastName": "Jaidee"},
            "body": {"chatMessage": {"senderEntityType": "TENANT", "messageContent": "of another day"}},
        });
        let found = |pointer: &str, actual: &str, is_plain| Finding {
            clause: ClauseId::Event3,
            at: Duration::ZERO,
            device: Some(DeviceNo(0)),
            session: Some(SessionId::new(SECRET)),
            route: Some(Route::Other(SECRET.into())),
            event: Some(SECRET.into()),
            message: said.clone(),
            expected: said.clone(),
            actual: actual.into(),
            is_plain,
            pointer: pointer.into(),
            frame: Some(frame.to_string()),
        };
        let content = "/body/chatMessage/messageContent";
        let mut events: Vec<_> = [
            found(content, "of another day", false),
            found("/tenant/lastName", "Jaidee", false),
            found(&format!("/{SECRET}"), &said, false),
            found("/status", &said, true),
            Finding { frame: None, ..found(content, "of another", false) },
        ]
        .map(|found| RunEvent::Found {
            scenario: 0,
            finding: Box::new(found),
            waiver: None,
            conversation: Some(Box::new(conversation())),
        })
        .into();
        let [message, expected, actual] = [&said, &said, &said].map(Clone::clone);
        let (shard, device) = (None, DeviceNo(0));
        let unmet = Box::new(Unmet { shard, device, message, expected, actual });
        events.extend([
            RunEvent::Unmet {
                scenario: 0,
                step: StepNo(0),
                unmet,
                conversation: Some(Box::new(conversation())),
            },
            RunEvent::Trouble { scenario: 0, text: said.clone() },
            RunEvent::Reading { name: "drift", value: json!({ said.as_str(): [said] }) },
            RunEvent::Stopped(StopReason::Unreachable(said.clone())),
        ]);
        events
    }

    /// What was seen, with a secret at each place that a server fills.
    fn conversation() -> Conversation {
        let (at, device) = (Duration::ZERO, DeviceNo(0));
        let session = Some(SessionId::new(SECRET));
        let frame = ConversationFrame {
            at,
            device,
            is_at_desk: false,
            connection: ConnectionNo(0),
            what: Passage::Event,
            route: Some(Route::Other(SECRET.into())),
            event: Some(SECRET.into()),
            status: None,
            request: None,
            session: session.clone(),
            message: None,
            is_by_concierge: false,
        };
        Conversation { at, device, session, frames: vec![frame] }
    }

    #[test]
    fn nothing_is_told_with_a_secret_or_personal_data() {
        for one in events() {
            let told = format!("{:?}", event(&clean(), one));
            for telltale in TELLTALES {
                assert!(!told.contains(telltale), "{telltale} in {told}");
            }
        }
    }

    #[test]
    fn the_id_of_a_strangers_session_is_told_without_a_secret() {
        let mut census = Census::new(Vec::new());
        let session = SessionId::new(SECRET);
        let (account, device, at) = (AccountNo(0), DeviceNo(0), Duration::ZERO);
        census.take(0, Claim::Foreign { session, account, device, at, event: "chat-message" });
        let (_, _, found) = census.finish();
        let told = format!("{:?}", ids(&clean(), found));
        assert!(told.contains("[redacted]") && !told.contains(SECRET), "{told}");
    }

    #[test]
    fn what_quotes_no_value_is_told_at_a_personal_place() {
        let events = events();
        let Some(RunEvent::Found { finding: found, .. }) = events.into_iter().nth(1) else {
            panic!("the second is a finding")
        };
        let plain = Finding { is_plain: true, actual: "an array".into(), ..*found };
        assert_eq!(finding(&clean(), plain).actual, "an array");
    }
}
