//! What the concierge does, and what clients hear of it.

use std::time::Duration;

use crate::server::Wire;
use crate::server::concierge::{Concierge, Part};

use super::{check, quiet};

fn with_concierge(concierge: Concierge) -> (Wire, Concierge) {
    (quiet().0, concierge)
}

#[test]
fn the_concierge_joins_replies_and_is_counted_until_seen() {
    check(
        with_concierge(Concierge::default()),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        . 40
        < phone chat-session-update-$1 {"chatSession":{"chatJoinedByEntityId":32314,"chatJoinedByEntityType":"BACKEND_USER","lastPingedByChatJoiner":1727938788141,"isSessionClosed":false}}
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 200
        < phone chat-message-$1
        phone > send-message {"chatSessionId":"$1","contentType":"IMAGE","messageContent":"no reply to this"}
        < phone client/send-message 200
        < phone chat-message-$1
        . 60
        < phone chat-message-$1 {"chatMessage":{"id":3,"senderEntityType":"BACKEND_USER","senderEntityId":32314}}
        phone > get-unread-msg-count {}
        < phone client/get-unread-msg-count 200 {"unreadMsgCount":"1"}
        phone > delete-message {"chatSessionId":"$1","messageId":3}
        < phone client/delete-message 403
        phone > update-message-seen-at {"chatSessionId":"$1","messageId":1}
        < phone client/update-message-seen-at 403
        phone > update-message-seen-at {"chatSessionId":"$1","messageId":3}
        < phone client/update-message-seen-at 200 {"chatSessionId":"$1","chatMessage":{"id":"3","status":4,"seenAt":"1727938788201","senderEntityType":"BACKEND_USER","metadata":null}}
        . 10
        phone > update-message-seen-at {"chatSessionId":"$1","messageId":3}
        < phone client/update-message-seen-at 200 {"chatMessage":{"seenAt":"1727938788201"}}
        phone > get-unread-msg-count {}
        < phone client/get-unread-msg-count 200 {"unreadMsgCount":"0"}
        phone > get-chat-messages?page=2&limit=2 {"chatSessionId":"$1"}
        < phone client/get-chat-messages?page=2&limit=2 200 {"messages":[{"id":"3","status":4,"seenAt":"1727938788201"}]}
        "#,
    );
}

#[test]
fn a_message_is_neither_unsent_twice_nor_reached_under_another_session() {
    check(
        with_concierge(Concierge::default()),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200 {"chatSession":{"id":"2"}}
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 200
        < phone chat-message-$1
        . 60
        < phone chat-session-update-$1
        < phone chat-session-update-$2
        < phone chat-message-$1 {"chatMessage":{"id":2}}
        phone > delete-message {"chatSessionId":"$2","messageId":1}
        < phone client/delete-message 404
        phone > update-message-seen-at {"chatSessionId":"$2","messageId":2}
        < phone client/update-message-seen-at 404
        phone > delete-message {"chatSessionId":"$1","messageId":1}
        < phone client/delete-message 200 {"messageId":1}
        < phone chat-message-delete {"messageId":1}
        phone > delete-message {"chatSessionId":"$1","messageId":1}
        < phone client/delete-message 404
        "#,
    );
}

#[test]
fn the_concierge_keeps_its_schedule() {
    let concierge = Concierge {
        join_after: Duration::from_millis(500),
        reply_after: Duration::from_millis(10),
        seen_after: Some(Duration::from_millis(5)),
        ends_after: Some(Duration::from_millis(100)),
        unsends: true,
        ..Concierge::default()
    };
    check(
        with_concierge(concierge),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 200
        < phone chat-message-$1
        . 5
        < phone chat-session-update-$1 {"chatSession":{"chatJoinedByEntityId":32314}}
        phone > get-chat-messages {"chatSessionId":"$1"}
        < phone client/get-chat-messages 200 {"messages":[{"status":4,"seenAt":"1727938788106"}]}
        . 5
        < phone chat-message-$1 {"chatMessage":{"id":2}}
        . 10
        < phone chat-message-delete {"messageId":2}
        phone > get-unread-msg-count {}
        < phone client/get-unread-msg-count 200 {"unreadMsgCount":"0"}
        . 1000
        < phone chat-session-update-$1 {"chatSession":{"isSessionClosed":true}}
        phone > ping-on-chat-session {"chatSessionId":"$1"}
        < phone client/ping-on-chat-session 409
        "#,
    );
}

#[test]
fn a_concierge_that_only_joins_says_nothing() {
    check(
        with_concierge(Concierge { part: Part::Join, ..Concierge::default() }),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 200
        < phone chat-message-$1
        . 1000
        < phone chat-session-update-$1
        "#,
    );
}

#[test]
fn unread_messages_are_counted_over_all_sessions_and_tenants_apart() {
    check(
        with_concierge(Concierge::default()),
        r#"
        + phone 34
        + other 35
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        . 40
        < phone chat-session-update-$1
        < phone chat-session-update-$2
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 200
        < phone chat-message-$1
        phone > send-message {"chatSessionId":"$2","contentType":"TEXT","messageContent":"b"}
        < phone client/send-message 200
        < phone chat-message-$2
        . 60
        < phone chat-message-$1
        < phone chat-message-$2
        phone > end-chat-with-concierge {"chatSessionId":"$1"}
        < phone client/end-chat-with-concierge 200
        < phone chat-session-update-$1
        phone > get-unread-msg-count {}
        < phone client/get-unread-msg-count 200 {"unreadMsgCount":"2"}
        other > get-unread-msg-count {}
        < other client/get-unread-msg-count 200 {"unreadMsgCount":"0"}
        phone > update-message-seen-at {"chatSessionId":"$1","messageId":3}
        < phone client/update-message-seen-at 200
        phone > get-unread-msg-count {}
        < phone client/get-unread-msg-count 200 {"unreadMsgCount":"1"}
        "#,
    );
}
