//! Connections: how they are opened, and how they end.

use super::check_as;
use super::told::Told;

#[test]
fn a_connection_is_opened_with_any_token_and_device_id() {
    let observed = check_as(
        Told::Wire,
        r#"
        actors: { phone: { tenant: guest }, stranger: { tenant: other } }
        flow:
          - connect: { by: stranger, auth: none, expect: error }
          - connect: { by: stranger, auth: garbled, expect: error }
          - connect: { by: stranger, auth: resigned, expect: error }
          - connect: { by: stranger, auth: expired, expect: error }
          - connect: { by: stranger, auth: garbled, expect: error-or-close }
          - connect: { by: stranger, auth: garbled, expect: any }
          - connect: { by: stranger, auth: garbled }
          - connect: { by: stranger, auth: other-tenant }
          - connect: { by: stranger, device_id: none, expect: any }
          - connect: { by: stranger, device_id: "mine-${device.index}" }
          - connect: { by: stranger, auth: valid, device_id: auto }
          - connect: { by: stranger, expect: error }
        "#,
        "
        0 opens /uat?Auth=<34>&deviceId=deskbell-simulated-0
        1 opens /uat?Auth=<35>&deviceId=deskbell-simulated-1
        2 opens /uat?deviceId=deskbell-simulated-1
        2 is gone
        3 opens /uat?Auth=<garbled>&deviceId=deskbell-simulated-1
        3 is gone
        4 opens /uat?Auth=<35, resigned>&deviceId=deskbell-simulated-1
        4 is gone
        5 opens /uat?Auth=<expired>&deviceId=deskbell-simulated-1
        5 is gone
        6 opens /uat?Auth=<garbled>&deviceId=deskbell-simulated-1
        6 is gone
        7 opens /uat?Auth=<garbled>&deviceId=deskbell-simulated-1
        7 is gone
        8 opens /uat?Auth=<garbled>&deviceId=deskbell-simulated-1
        8 is gone
        9 opens /uat?Auth=<34>&deviceId=deskbell-simulated-1
        1 is gone
        10 opens /uat?Auth=<35>
        10 is gone
        11 opens /uat?Auth=<35>&deviceId=mine-1
        9 is gone
        12 opens /uat?Auth=<35>&deviceId=deskbell-simulated-1
        11 is gone
        13 opens /uat?Auth=<35>&deviceId=deskbell-simulated-1
        13 get-unread-msg-count
        13 closes
        0 closes
        12 closes
        steps: connect 1, connect 1, connect 1, connect 1, connect 1, connect 1, connect 0/1/0, connect 1, connect 1, connect 1, connect 1, connect 0/1/0
        ",
    );
    // Those of the stranger that were let in after its first.
    assert_eq!(observed.record.totals.reconnects, 4);
}

#[test]
fn a_connection_ends_in_three_ways() {
    check_as(
        Told::Wire,
        r#"
        actors: { phone: { tenant: guest }, tablet: { tenant: guest } }
        flow:
          - init
          - disconnect: { by: tablet, how: drop }
          - resume: { by: tablet }
          - disconnect: { by: tablet }
          - resume: { by: tablet }
          - disconnect: { by: tablet, how: half-open }
          - resume: { by: tablet }
          - send: { text: hello, by: tablet }
        "#,
        "
        0 opens /uat?Auth=<34>&deviceId=deskbell-simulated-0
        1 opens /uat?Auth=<34>&deviceId=deskbell-simulated-1
        0 init-chat-with-concierge new
        1 get-chat-session s0
        1 init-chat-with-concierge s0 again
        1 is gone
        2 opens /uat?Auth=<34>&deviceId=deskbell-simulated-1
        2 get-chat-session s0
        2 init-chat-with-concierge s0 again
        2 closes
        3 opens /uat?Auth=<34>&deviceId=deskbell-simulated-1
        3 get-chat-session s0
        3 init-chat-with-concierge s0 again
        4 opens /uat?Auth=<34>&deviceId=deskbell-simulated-1
        4 get-chat-session s0
        4 init-chat-with-concierge s0 again
        4 send-message s0 TEXT hello metdata
        3 is gone
        0 closes
        4 closes
        steps: init 1, disconnect 1, resume 1, disconnect 1, resume 1, disconnect 1, resume 1, send 1
        ",
    );
}

#[test]
fn a_resume_keeps_a_connection_that_is_open() {
    check_as(
        Told::Wire,
        "flow: [init, resume, end, { resume: { expect: any } }]",
        "
        0 opens /uat?Auth=<34>&deviceId=deskbell-simulated-0
        0 init-chat-with-concierge new
        0 get-chat-session s0
        0 init-chat-with-concierge s0 again
        0 end-chat-with-concierge s0
        0 get-chat-session s0
        0 closes
        steps: init 1, resume 1, end 1, resume 1
        ",
    );
}

#[test]
fn each_tenant_has_its_own_sessions() {
    check_as(
        Told::Wire,
        r#"
        actors: { phone: { tenant: guest }, stranger: { tenant: other } }
        load: { devices: 4, iterations: 1 }
        flow:
          - init
          - init: { by: stranger }
          - send: "${session.id}"
          - send: { text: hello, by: stranger }
        "#,
        "
        0 opens /uat?Auth=<34>&deviceId=deskbell-simulated-0
        1 opens /uat?Auth=<35>&deviceId=deskbell-simulated-1
        0 init-chat-with-concierge new
        1 init-chat-with-concierge new
        0 send-message s0 TEXT 63283cba-f0fd-4ceb-9f64-79b197f3a88d metdata
        1 send-message s1 TEXT hello metdata
        0 closes
        1 closes
        2 opens /uat?Auth=<36>&deviceId=deskbell-simulated-2
        3 opens /uat?Auth=<37>&deviceId=deskbell-simulated-3
        2 init-chat-with-concierge new
        3 init-chat-with-concierge new
        2 send-message s2 TEXT 1b10185d-2602-4b36-90ce-b7d9f57d49d2 metdata
        3 send-message s3 TEXT hello metdata
        2 closes
        3 closes
        steps: init 2, init 2, send 2, send 2
        ",
    );
}

#[test]
fn an_upload_is_asked_for_made_and_read_back() {
    check_as(
        Told::Frames,
        r#"
        flow:
          - init
          - upload: { file: data/room.png, mime: image/png, as: photo }
          - send: { image: "${photo.resourceUrl}" }
          - upload: { file: data/room.png, mime: image/png, name: "room ${device.index}.JPG", as: named }
          - send: { image: "${named.fileName}" }
        "#,
        "
        0 init-chat-with-concierge new
        1 opens POST /file-new/get-upload-url
        2 opens PUT /chat-images
        3 opens /chat-images/0d806b16-806b-497c-9ec0-5bf915b07cae.png
        0 send-message s0 IMAGE http://127.0.0.1/chat-images/0d806b16-806b-497c-9ec0-5bf915b07cae.png metdata
        4 opens POST /file-new/get-upload-url
        5 opens PUT /chat-images
        6 opens /chat-images/d4d87c25-db27-4b7a-9d47-608084d56efb.JPG
        0 send-message s0 IMAGE room 0.JPG metdata
        steps: init 1, upload 1, send 1, upload 1, send 1
        ",
    );
}
