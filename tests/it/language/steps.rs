//! Requests, raw frames, and who makes them.

use super::check;

#[test]
fn a_session_can_be_named_in_place_of_the_own() {
    check(
        r#"
        actors: { phone: { tenant: guest }, stranger: { tenant: other } }
        flow:
          - init: { as: opened }
          - init: { by: stranger }
          - session: { by: stranger }
          - session: { by: stranger, session: "${opened.chatSessionId}", expect: error }
          - send: { text: hello, by: stranger, session: "${opened.chatSessionId}", expect: error }
          - end: { by: stranger, session: "${opened.chatSessionId}", expect: error }
        "#,
        "
        0 init-chat-with-concierge new
        1 init-chat-with-concierge new
        1 get-chat-session s0
        1 get-chat-session s1
        1 send-message s1 TEXT hello metdata
        1 end-chat-with-concierge s1
        steps: init 1, init 1, session 1, session 1, send 1, end 1
        ",
    );
}

#[test]
fn any_route_is_called() {
    let observed = check(
        r#"
        flow:
          - init: { as: opened }
          - call: { route: "client/get-chat-messages?page=1&limit=2", body: { chatSessionId: "${opened.chatSessionId}" }, metric: listing, as: page }
          - call: { route: client/nowhere, body: { deep: [1, { of: "${page.body.messages}" }] }, schema: data/error.schema.json, metric: probe, expect: error }
          - call: { route: client/get-unread-msg-count, body: {}, schema: data/error.schema.json }
        "#,
        r#"
        0 init-chat-with-concierge new
        0 get-chat-messages?page=1&limit=2 s0
        0 nowhere deep=[1,{"of":[]}]
        0 get-unread-msg-count
        steps: init 1, call 1, call 1, call 0/1/0
        "#,
    );
    let latency = &observed.record.latency;
    assert_eq!((latency["rtt.listing"].count, latency["rtt.probe"].count), (1, 1));
}

#[test]
fn frames_are_sent_as_they_are() {
    check(
        r#"
        flow:
          - init
          - frame: { text: not json, expect: error-or-close }
          - connect
          - unread
          - frame: { hex: "00 ff 7f", expect: error-or-close }
          - connect
          - unread
          - frame: { fragments: ["not ", "all ", "json"], expect: error-or-close }
          - connect
          - frame: { text: '{"action":"api","data":{"route":"client/get-unread-msg-count","body":{}}}' }
          - frame: { fragments: ['{"action":"api","data":{"route":"client/', 'get-unread-msg-count","body":{}}}'] }
          - frame: { text: "{}", expect: any }
        "#,
        r#"
        0 init-chat-with-concierge new
        0 text not json
        1 get-unread-msg-count
        1 binary 00 ff 7f
        2 get-unread-msg-count
        2 text not  ...
        2 ... all  ...
        2 ... json
        3 get-unread-msg-count
        3 text {"action":"api","data":{"route":"client/ ...
        3 ... get-unread-msg-count","body":{}}}
        3 text {}
        steps: init 1, frame 1, connect 1, unread 1, frame 1, connect 1, unread 1, frame 1, connect 1, frame 1, frame 1, frame 1
        "#,
    );
}

#[test]
fn every_field_is_made_wrong() {
    check(
        r#"
        flow:
          - init
          - send: { text: hello, as: question }
          - mutate: { call: ping, fields: all, kinds: [missing, ill-typed] }
          - mutate: { call: send, fields: [contentType, messageContent, metdata] }
          - mutate: { call: { seen: question }, fields: [messageId], expect: any }
          - mutate: { call: resume, fields: [newSession, chatSessionId], kinds: [missing] }
          - mutate: { call: { send: { text: chosen, metadata: null } }, fields: [messageContent], kinds: [missing] }
        "#,
        r#"
        0 init-chat-with-concierge new
        0 send-message s0 TEXT hello metdata
        0 ping-on-chat-session s0
        0 ping-on-chat-session s0
        0 text {"action":"api"}
        0 text {"action":"api","data":"ill-typed"}
        0 ping-on-chat-session
        0 ping-on-chat-session
        0 ping-on-chat-session
        0 ping-on-chat-session chatSessionId=12345
        0 text {"action":"api","data":{"body":{"chatSessionId":"1aacae54-e37e-4d00-bbbb-7b55eff062a2"}}}
        0 text {"action":"api","data":{"body":{"chatSessionId":"1aacae54-e37e-4d00-bbbb-7b55eff062a2"},"route":12345}}
        0 get-unread-msg-count
        0 send-message s0 hello metdata
        0 send-message s0 contentType=12345 hello metdata
        0 send-message s0 TEXT metdata
        0 send-message s0 TEXT messageContent=12345 metdata
        0 send-message s0 TEXT hello metdata="ill-typed"
        0 get-unread-msg-count
        0 update-message-seen-at s0
        0 update-message-seen-at s0 messageId={"ill":"typed"}
        0 get-unread-msg-count
        0 init-chat-with-concierge s0
        0 init-chat-with-concierge again
        0 get-unread-msg-count
        0 send-message s0 TEXT
        0 get-unread-msg-count
        steps: init 1, send 1, mutate 1, mutate 1, mutate 1, mutate 1, mutate 1
        "#,
    );
}

#[test]
fn one_actor_or_all_of_a_group_make_a_step() {
    check(
        r#"
        actors: { phone: { tenant: guest }, audience: { tenant: guest, count: 3, join: manual } }
        flow:
          - init
          - resume: { by: audience }
          - send: { text: "by ${actor} ${device.index}", by: audience }
          - send: { text: "by ${actor} ${device.index}", by: "audience[1]" }
        "#,
        "
        0 init-chat-with-concierge new
        1 get-chat-session s0
        1 init-chat-with-concierge s0 again
        2 get-chat-session s0
        2 init-chat-with-concierge s0 again
        3 get-chat-session s0
        3 init-chat-with-concierge s0 again
        1 send-message s0 TEXT by audience[0] 1 metdata
        2 send-message s0 TEXT by audience[1] 2 metdata
        3 send-message s0 TEXT by audience[2] 3 metdata
        2 send-message s0 TEXT by audience[1] 2 metdata
        steps: init 1, resume 3, send 3, send 1
        ",
    );
}

#[test]
fn settings_say_how_messages_are_marked() {
    check(
        r#"
        settings: { metadata_key: metadata }
        flow:
          - init
          - send: hello
          - send: { text: hello, metadata: { topic: booking } }
          - send: { text: hello, metadata: null }
          - send: { content_type: VIDEO, content: film, expect: error }
        "#,
        r#"
        0 init-chat-with-concierge new
        0 send-message s0 TEXT hello metadata
        0 send-message s0 TEXT hello metadata={"topic":"booking"}
        0 send-message s0 TEXT hello
        0 send-message s0 VIDEO film metadata
        steps: init 1, send 1, send 1, send 1, send 1
        "#,
    );
}
