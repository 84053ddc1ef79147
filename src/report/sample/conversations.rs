//! The conversations of the fixed record: every passage there is.

use std::time::Duration;

use crate::protocol::{ConnectionNo, DeviceNo, MessageId, RequestNo, Route, SessionId};
use crate::run::{Conversation, ConversationFrame, ConversationRecord, Occasion, Passage};

use super::SESSION;

pub(super) fn conversations() -> Vec<ConversationRecord> {
    let unmet = Occasion::Step {
        file: "scenarios/chat.yaml".to_owned(),
        line: 13,
        step: "send".to_owned(),
        message: "the status is not the one expected".to_owned(),
        expected: "status 200".to_owned(),
        actual: "status 403".to_owned(),
    };
    vec![
        conversation(Occasion::Finding(0), (1_234_567, 1, Some(SESSION)), misspelt()),
        conversation(Occasion::Finding(1), (9_000_000, 2, Some(SESSION)), lost()),
        conversation(unmet, (9_800_000, 3, None), troubled()),
    ]
}

fn conversation(
    of: Occasion,
    (at_us, device, session): (u64, u32, Option<&str>),
    frames: Vec<ConversationFrame>,
) -> ConversationRecord {
    let at = Duration::from_micros(at_us);
    let session = session.map(SessionId::new);
    let conversation = Conversation { at, device: DeviceNo(device), session, frames };
    ConversationRecord { scenario: "chat".to_owned(), of, conversation }
}

fn frame(at_us: u64, device: u32, what: Passage) -> ConversationFrame {
    ConversationFrame {
        at: Duration::from_micros(at_us),
        device: DeviceNo(device),
        is_at_desk: false,
        connection: ConnectionNo(0),
        what,
        route: None,
        event: None,
        status: None,
        request: None,
        session: None,
        message: None,
        is_by_concierge: false,
    }
}

fn of_request(at_us: u64, device: u32, (no, route): (u64, Route)) -> ConversationFrame {
    let (request, session) = (Some(RequestNo(no)), Some(SessionId::new(SESSION)));
    let what = Passage::Request;
    ConversationFrame { route: Some(route), request, session, ..frame(at_us, device, what) }
}

fn answer(at_us: u64, device: u32, of: (u64, Route), status: u16) -> ConversationFrame {
    let (what, status) = (Passage::Response, Some(status));
    ConversationFrame { what, status, ..of_request(at_us, device, of) }
}

fn event(at_us: u64, device: u32, message: u64) -> ConversationFrame {
    ConversationFrame {
        event: Some("chat-message".into()),
        session: Some(SessionId::new(SESSION)),
        message: Some(MessageId(message)),
        ..frame(at_us, device, Passage::Event)
    }
}

/// A response whose ids are numbers.
fn misspelt() -> Vec<ConversationFrame> {
    let init = || (0, Route::Init);
    let asked = ConversationFrame { session: None, ..of_request(1_005_000, 1, init()) };
    vec![
        frame(1_000_000, 1, Passage::Opened),
        frame(1_001_000, 1, Passage::Acknowledgment),
        asked,
        answer(1_010_000, 1, init(), 200),
        of_request(1_230_000, 1, (1, Route::Send)),
        ConversationFrame {
            message: Some(MessageId(133)),
            ..answer(1_234_567, 1, (1, Route::Send), 200)
        },
    ]
}

/// A message that reaches the sender and a concierge's device, and not the other device.
fn lost() -> Vec<ConversationFrame> {
    vec![
        of_request(3_990_000, 1, (2, Route::Send)),
        ConversationFrame { is_at_desk: true, ..event(3_995_000, 4, 133) },
        event(4_000_000, 1, 133),
        ConversationFrame { is_by_concierge: true, ..event(4_060_000, 2, 134) },
        frame(8_000_000, 2, Passage::Pong),
    ]
}

/// All that can go wrong with a connection.
fn troubled() -> Vec<ConversationFrame> {
    let status = |status: u16, frame| ConversationFrame { status: Some(status), ..frame };
    let what = |what, frame| ConversationFrame { what, ..frame };
    let unheard_of = Route::Other("client/no-such-route".into());
    vec![
        status(401, frame(9_000_000, 3, Passage::NotOpened)),
        frame(9_100_000, 3, Passage::Opened),
        status(403, frame(9_150_000, 3, Passage::Upload)),
        answer(9_200_000, 3, (0, Route::Send), 403),
        what(Passage::GatewayError, of_request(9_250_000, 3, (1, unheard_of))),
        frame(9_300_000, 3, Passage::Stray),
        what(Passage::Expired, of_request(9_400_000, 3, (2, Route::Ping))),
        what(Passage::CutOff, of_request(9_500_000, 3, (3, Route::Ping))),
        frame(9_500_000, 3, Passage::Broken),
        status(1001, frame(9_600_000, 3, Passage::Closed)),
        frame(9_700_000, 3, Passage::Left),
    ]
}
