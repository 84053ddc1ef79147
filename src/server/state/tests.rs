//! The state machine by scripts: what clients do, and every effect that follows.
//!
//! `+ phone 34` connects tenant 34's phone, `- phone` disconnects it, `. 60` lets so many
//! milliseconds pass, `= again` restarts the server, `phone > route body` is a request and `phone ! text` a raw frame. The lines
//! that begin with `<` are all the effects of the line above, in order: `< phone channel status
//! body` and `< phone,tablet channel payload`. Bodies match as subsets; `$1` is the id of the
//! first session opened.

mod concierge;
mod restart;
mod stage;

use crate::protocol::PayloadKey;
use crate::server::concierge::Part;
use crate::server::store::MemoryStore;

use super::*;

use stage::Stage;

const START: EpochMillis = EpochMillis(1_727_938_788_101);

fn quiet() -> (Wire, Concierge) {
    let wire = Wire { ack: false, ..Wire::default() };
    (wire, Concierge { part: Part::Off, ..Concierge::default() })
}

#[track_caller]
fn check((wire, concierge): (Wire, Concierge), script: &str) {
    let mut stage = Stage::new(wire, concierge, START);
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("< ") {
            Some(expected) => stage.expect(expected),
            None => {
                assert!(stage.is_done(), "before {line:?}: {stage:#?}");
                stage.perform(line);
            }
        }
    }
    assert!(stage.is_done(), "at the end: {stage:#?}");
}

#[test]
fn a_new_connection_is_acknowledged_unless_told_not_to() {
    let acknowledging = (Wire::default(), quiet().1);
    check(acknowledging, "+ phone 34\n< phone connection 200 {\"deviceId\":\"phone\"}");
    check(quiet(), "+ phone 34");
}

#[test]
fn a_new_session_is_open_and_carries_the_full_tenant() {
    check(
        quiet(),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200 {"chatSessionId":"$1","chatSession":{"id":"1","orgId":"367","chatSessionId":"$1","chatInitiatedByEntityType":"TENANT","chatInitiatedByEntityId":"34","lastPingedByChatInitiator":"1727938788101","chatJoinedByEntityType":null,"chatJoinedByEntityId":null,"lastPingedByChatJoiner":null,"isSessionClosed":false},"connection":{"id":"1","entityType":"TENANT","entityId":"34","deviceId":"phone","expiredAt":"1727942388101","createdAt":"1727938788101","updatedAt":"1727938788101","orgId":"367"},"tenant":{"id":"34","residentProfile":{"firstName":"Somchai"},"propertyOwnerProfile":{"isActive":true}}}
        "#,
    );
}

#[test]
fn a_session_is_got_resumed_and_pinged_with_the_brief_tenant() {
    check(
        quiet(),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        . 1000
        phone > get-chat-session {"chatSessionId":"$1"}
        < phone client/get-chat-session 200 {"chatSessionId":"$1","chatSession":{"lastPingedByChatInitiator":"1727938788101"},"tenant":{"id":"34","code":"+66"}}
        phone > init-chat-with-concierge {"newSession":false,"chatSessionId":"$1"}
        < phone client/init-chat-with-concierge 200 {"chatSessionId":"$1","chatSession":{"id":"1"}}
        . 1000
        phone > ping-on-chat-session {"chatSessionId":"$1"}
        < phone client/ping-on-chat-session 200 {"chatSession":{"lastPingedByChatInitiator":"1727938790101"}}
        "#,
    );
}

#[test]
fn a_message_reaches_those_who_opened_or_resumed_and_nobody_else() {
    check(
        quiet(),
        r#"
        + phone 34
        + tablet 34
        + idle 34
        + stranger 35
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        tablet > init-chat-with-concierge {"newSession":false,"chatSessionId":"$1"}
        < tablet client/init-chat-with-concierge 200
        idle > get-chat-session {"chatSessionId":"$1"}
        < idle client/get-chat-session 200
        idle > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":" ก็ 👩‍👩‍👧 \"\n","metdata":{"k":[1.5,null]}}
        < idle client/send-message 200 {"chatSessionId":"$1","chatMessage":{"id":"1","orgId":"367","chatSessionId":"$1","senderEntityType":"TENANT","senderEntityId":"34","messageContent":" ก็ 👩‍👩‍👧 \"\n","sentAt":"1727938788101","status":3,"seenAt":null,"deliveredAt":"1727938788101","contentType":"TEXT","metdata":{"k":[1.5,null]}}}
        < phone,tablet chat-message-$1 {"chatMessage":{"id":1,"type":1,"chatSessionId":"$1","contentType":"TEXT","deliveredAt":1727938788101,"messageContent":" ก็ 👩‍👩‍👧 \"\n","metadata":{"k":[1.5,null]},"orgId":367,"seenAt":null,"senderEntityId":34,"senderEntityType":"TENANT","sentAt":1727938788101,"status":3}}
        phone > send-message {"chatSessionId":"$1","contentType":"IMAGE","messageContent":"i","metadata":{"b":1}}
        < phone client/send-message 200 {"chatMessage":{"metdata":{"b":1}}}
        < phone,tablet chat-message-$1 {"chatMessage":{"type":2,"metadata":{"b":1}}}
        - tablet
        phone > send-message {"chatSessionId":"$1","contentType":"FILE","messageContent":"f"}
        < phone client/send-message 200 {"chatMessage":{"metdata":null}}
        < phone chat-message-$1 {"chatMessage":{"type":3,"metadata":null}}
        "#,
    );
}

#[test]
fn without_own_echo_the_cause_of_an_event_is_not_told() {
    let wire = Wire { own_echo: false, ..quiet().0 };
    check(
        (wire, quiet().1),
        r#"
        + phone 34
        + tablet 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        tablet > init-chat-with-concierge {"newSession":false,"chatSessionId":"$1"}
        < tablet client/init-chat-with-concierge 200
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 200
        < tablet chat-message-$1
        phone > delete-message {"chatSessionId":"$1","messageId":1}
        < phone client/delete-message 200
        < tablet chat-message-delete {"messageId":1}
        tablet > end-chat-with-concierge {"chatSessionId":"$1"}
        < tablet client/end-chat-with-concierge 200
        < phone chat-session-update-$1 {"chatSession":{"isSessionClosed":true}}
        "#,
    );
}

#[test]
fn messages_are_listed_in_pages_capped_by_the_server() {
    let wire = Wire { page_cap: 2, event_key: PayloadKey::Body, ..quiet().0 };
    check(
        (wire, quiet().1),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 200
        < phone chat-message-$1
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"b"}
        < phone client/send-message 200
        < phone chat-message-$1
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"c"}
        < phone client/send-message 200
        < phone chat-message-$1
        phone > get-chat-messages?page=2&limit=1 {"chatSessionId":"$1"}
        < phone client/get-chat-messages?page=2&limit=1 200 {"messages":[{"id":"2","messageContent":"b","metadata":null}],"paginate":{"per_page":1,"offset":1,"page":2}}
        phone > get-chat-messages?page=2&limit=50 {"chatSessionId":"$1"}
        < phone client/get-chat-messages?page=2&limit=50 200 {"messages":[{"id":"3"}],"paginate":{"per_page":2,"offset":2,"page":2}}
        phone > delete-message {"chatSessionId":"$1","messageId":2}
        < phone client/delete-message 200 {"messageId":2}
        < phone chat-message-delete {"messageId":2}
        phone > get-chat-messages {"chatSessionId":"$1"}
        < phone client/get-chat-messages 200 {"messages":[{"id":"1"},{"id":"3"}]}
        phone > get-chat-messages?page=4294967295&limit=4294967295 {"chatSessionId":"$1"}
        < phone client/get-chat-messages?page=4294967295&limit=4294967295 200 {"messages":[]}
        "#,
    );
}

#[test]
fn an_ended_session_can_be_read_and_nothing_else() {
    check(
        quiet(),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 200
        < phone chat-message-$1
        phone > end-chat-with-concierge {"chatSessionId":"$1"}
        < phone client/end-chat-with-concierge 200 {"chatSessionId":"$1","chatSession":{"isSessionClosed":true}}
        < phone chat-session-update-$1 {"chatSession":{"id":1,"isSessionClosed":true,"chatInitiatedByEntityId":34,"chatJoinedByEntityId":null,"orgId":367}}
        phone > get-chat-session {"chatSessionId":"$1"}
        < phone client/get-chat-session 200 {"chatSession":{"isSessionClosed":true}}
        phone > get-chat-messages {"chatSessionId":"$1"}
        < phone client/get-chat-messages 200 {"messages":[{"id":"1"}]}
        phone > init-chat-with-concierge {"newSession":false,"chatSessionId":"$1"}
        < phone client/init-chat-with-concierge 409 {"message":"the chat session is closed"}
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 409
        phone > ping-on-chat-session {"chatSessionId":"$1"}
        < phone client/ping-on-chat-session 409
        phone > delete-message {"chatSessionId":"$1","messageId":1}
        < phone client/delete-message 409
        phone > end-chat-with-concierge {"chatSessionId":"$1"}
        < phone client/end-chat-with-concierge 409
        "#,
    );
}

#[test]
fn another_tenants_session_is_unknown() {
    let mut script = String::from(
        r#"
        + phone 34
        + stranger 35
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 200
        < phone chat-message-$1
        "#,
    );
    for route in [
        "init-chat-with-concierge",
        "get-chat-session",
        "get-chat-messages",
        "ping-on-chat-session",
        "send-message",
        "delete-message",
        "update-message-seen-at",
        "end-chat-with-concierge",
    ] {
        let rest = r#""newSession":false,"messageId":1,"contentType":"TEXT","messageContent":"a""#;
        script += &format!("stranger > {route} {{\"chatSessionId\":\"$1\",{rest}}}\n");
        script += &format!("< stranger client/{route} 404\n");
    }
    check(quiet(), &script);
}

#[test]
fn what_is_not_allowed_gets_an_error_and_the_connection_goes_on() {
    check(
        quiet(),
        r#"
        + phone 34
        phone ! not json
        < phone error 400 {"message":"the frame is not a JSON text"}
        phone ! {"action":"dance","data":{"route":"client/send-message","body":{}}}
        < phone client/send-message 400
        phone > no-such-route {}
        < phone client/no-such-route 404
        phone > init-chat-with-concierge {}
        < phone client/init-chat-with-concierge 400 {"message":"newSession is missing"}
        phone > init-chat-with-concierge {"newSession":"yes"}
        < phone client/init-chat-with-concierge 400 {"message":"newSession is not a boolean"}
        phone > init-chat-with-concierge {"newSession":false}
        < phone client/init-chat-with-concierge 400
        phone > get-chat-session {"chatSessionId":7}
        < phone client/get-chat-session 400
        phone > get-chat-session {"chatSessionId":"4482e256"}
        < phone client/get-chat-session 404
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        phone > send-message {"chatSessionId":"$1","contentType":"VIDEO","messageContent":"a"}
        < phone client/send-message 400
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT"}
        < phone client/send-message 400
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a","metdata":7}
        < phone client/send-message 400 {"message":"metdata is not an object"}
        phone > delete-message {"chatSessionId":"$1","messageId":"1"}
        < phone client/delete-message 400 {"message":"messageId is not a number"}
        phone > update-message-seen-at {"chatSessionId":"$1"}
        < phone client/update-message-seen-at 400
        phone > get-unread-msg-count {}
        < phone client/get-unread-msg-count 200 {"unreadMsgCount":"0"}
        "#,
    );
}

#[test]
fn the_same_seed_and_inputs_give_the_same_effects() {
    let run = || {
        let (wire, concierge) = (Wire::default(), Concierge::default());
        let mut state = State::new(MemoryStore::default(), wire, concierge, 7);
        let socket = SocketNo(1);
        let mut effects = state.apply(
            START,
            Input::Connect { socket, tenant: TenantId(34), device_id: "phone".into() },
        );
        let text = r#"{"action":"api","data":{"route":"client/init-chat-with-concierge","body":{"newSession":true}}}"#;
        effects.extend(state.apply(START, Input::Text { socket, text }));
        effects
    };
    assert_eq!(run(), run());
}
