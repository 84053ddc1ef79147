//! What the concierge does after a restart.

use std::time::Duration;

use crate::server::Wire;
use crate::server::concierge::{Concierge, Part};

use super::{check, quiet};

fn with_concierge(concierge: Concierge) -> (Wire, Concierge) {
    (quiet().0, concierge)
}

#[test]
fn a_session_that_nobody_joined_is_joined_after_a_restart() {
    check(
        with_concierge(Concierge { part: Part::Join, ..Concierge::default() }),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        = again
        + tablet 34
        tablet > init-chat-with-concierge {"newSession":false,"chatSessionId":"$1"}
        < tablet client/init-chat-with-concierge 200 {"chatSession":{"id":"1","chatJoinedByEntityType":null},"connection":{"id":"2"}}
        . 40
        < tablet chat-session-update-$1 {"chatSession":{"chatJoinedByEntityType":"BACKEND_USER"}}
        = again
        + watch 34
        watch > init-chat-with-concierge {"newSession":false,"chatSessionId":"$1"}
        < watch client/init-chat-with-concierge 200 {"chatSession":{"chatJoinedByEntityType":"BACKEND_USER"}}
        . 1000
        "#,
    );
}

#[test]
fn texts_are_replied_to_and_seen_once_over_a_restart() {
    let concierge =
        Concierge { seen_after: Some(Duration::from_millis(200)), ..Concierge::default() };
    check(
        with_concierge(concierge),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a"}
        < phone client/send-message 200
        < phone chat-message-$1
        . 60
        < phone chat-session-update-$1
        < phone chat-message-$1 {"chatMessage":{"id":2}}
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"b"}
        < phone client/send-message 200
        < phone chat-message-$1 {"chatMessage":{"id":3}}
        phone > send-message {"chatSessionId":"$1","contentType":"TEXT","messageContent":"a slip"}
        < phone client/send-message 200
        < phone chat-message-$1 {"chatMessage":{"id":4}}
        phone > delete-message {"chatSessionId":"$1","messageId":4}
        < phone client/delete-message 200
        < phone chat-message-delete
        = again
        + tablet 34
        tablet > init-chat-with-concierge {"newSession":false,"chatSessionId":"$1"}
        < tablet client/init-chat-with-concierge 200
        . 60
        < tablet chat-message-$1 {"chatMessage":{"id":5,"messageContent":"Thank you for message 3. How may we help?"}}
        . 200
        tablet > get-chat-messages?page=1&limit=9 {"chatSessionId":"$1"}
        < tablet client/get-chat-messages?page=1&limit=9 200 {"messages":[{"id":"1","status":4},{"id":"2","status":3},{"id":"3","status":4},{"id":"5","status":3}]}
        tablet > get-unread-msg-count {}
        < tablet client/get-unread-msg-count 200 {"unreadMsgCount":"2"}
        "#,
    );
}

#[test]
fn a_session_is_ended_by_the_concierge_after_a_restart_as_well() {
    let concierge =
        Concierge { ends_after: Some(Duration::from_millis(500)), ..Concierge::default() };
    check(
        with_concierge(concierge),
        r#"
        + phone 34
        phone > init-chat-with-concierge {"newSession":true}
        < phone client/init-chat-with-concierge 200
        . 40
        < phone chat-session-update-$1
        = again
        + tablet 34
        tablet > init-chat-with-concierge {"newSession":false,"chatSessionId":"$1"}
        < tablet client/init-chat-with-concierge 200
        . 500
        < tablet chat-session-update-$1 {"chatSession":{"isSessionClosed":true}}
        "#,
    );
}
