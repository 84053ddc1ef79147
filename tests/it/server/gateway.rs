//! The server with API Gateway in front, as a plain client meets it.

mod handshake;
mod limits;

use std::num::NonZeroU32;

use deskbell::server::{Concierge, Gated, Gateway, Part, Service, ServiceTime};

use super::*;

fn n(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A server without a concierge behind a gateway.
fn gated(change: impl Fn(&mut Gateway)) -> Config {
    let mut gateway = Gateway::default();
    change(&mut gateway);
    let concierge = Concierge { part: Part::Off, ..Concierge::default() };
    Config { gateway: Some(gateway), concierge, ..Config::default() }
}

/// What a service does that takes so long over each request.
fn taking(time: Duration) -> Service {
    Service { time: Some(ServiceTime::Constant(time)), ..Service::default() }
}

/// A connection whose acknowledgment was read, and the id that this told.
async fn phone(world: &World, device: &str) -> (Phone, String) {
    let mut phone = world.phone(device).await;
    let acknowledgment = next_json(&mut phone).await;
    let id = acknowledgment["body"]["connectionId"].as_str().unwrap().to_owned();
    (phone, id)
}

fn unread() -> Message {
    request("get-unread-msg-count", &json!({}))
}

/// What a connection hears next.
#[derive(Debug, PartialEq)]
enum Heard {
    Status(u64),
    Event,
    /// An error of the gateway's own.
    Error(String),
    /// `None` without a code; the end of the connection follows.
    Closed(Option<u16>),
}

/// The next thing that is heard over a connection with this id.
async fn hear(phone: &mut Phone, id: &str) -> Heard {
    match tokio::time::timeout(seconds(100_000), phone.next()).await.unwrap() {
        Some(Ok(Message::Close(frame))) => Heard::Closed(frame.map(|frame| frame.code.into())),
        Some(Ok(message)) => {
            let frame: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
            match frame["status"].as_u64() {
                Some(status) => Heard::Status(status),
                None if frame["payload"].is_object() => Heard::Event,
                None => {
                    assert_eq!(frame["connectionId"], id, "{frame}");
                    let is_refused_body = frame["message"] == "Bad request body";
                    let key = if is_refused_body { "messageId" } else { "requestId" };
                    assert!(frame[key].as_str().unwrap().ends_with('='), "{frame}");
                    assert_eq!(frame.as_object().unwrap().len(), 3, "{frame}");
                    Heard::Error(frame["message"].as_str().unwrap().to_owned())
                }
            }
        }
        Some(Err(_)) | None => Heard::Closed(None),
    }
}

fn error(message: &str) -> Heard {
    Heard::Error(message.to_owned())
}

/// Sends messages to a server, one by one, and holds what is heard after each to what is expected.
async fn check(
    config: Config,
    messages: impl IntoIterator<Item = Message>,
    expected: Vec<Heard>,
) -> Stats {
    let world = World::new(config);
    let (mut phone, id) = phone(&world, "phone").await;
    let mut heard = Vec::new();
    for message in messages {
        phone.send(message).await.unwrap();
        heard.push(hear(&mut phone, &id).await);
    }
    assert_eq!(heard, expected);
    world.end().await
}

#[tokio::test(start_paused = true)]
async fn a_message_that_leads_nowhere_is_forbidden_and_the_connection_stays() {
    let messages = [Message::text("not json"), Message::text(r#"{"action":"x"}"#), unread()];
    let forbidden = || error("Forbidden");
    let off = gated(|gateway| gateway.default_route = false);
    let expected = vec![forbidden(), forbidden(), Heard::Status(200)];
    let stats = check(off, messages.clone(), expected).await;
    assert_eq!(stats.gated.unwrap(), Gated { complaints: 2, ..Gated::default() });
    let expected = vec![Heard::Status(400), Heard::Status(400), Heard::Status(200)];
    check(gated(|_| {}), messages, expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_does_not_fit_the_model_has_a_bad_body() {
    let config = gated(|gateway| gateway.request_model = true);
    let messages = [Message::text(r#"{"action":"api"}"#), unread()];
    check(config, messages, vec![error("Bad request body"), Heard::Status(200)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_is_an_internal_error() {
    let config = gated(|gateway| gateway.integration_fails = Some(n(2)));
    let failed = || error("Internal server error");
    let expected = vec![Heard::Status(200), failed(), Heard::Status(200), failed()];
    check(config, [unread(), unread(), unread(), unread()], expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_too_long_is_a_timeout_and_does_its_work_all_the_same() {
    let service = Service { capacity: Some(n(1)), ..taking(seconds(20)) };
    let world = World::new(Config { service, ..gated(|_| {}) });
    let (mut phone, id) = phone(&world, "phone").await;
    let session = open(&mut phone).await;
    let asked_at = Instant::now();
    phone.send(unread()).await.unwrap();
    let body = json!({ "chatSessionId": session, "contentType": "TEXT", "messageContent": "hi" });
    phone.send(request("send-message", &body)).await.unwrap();
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push((hear(&mut phone, &id).await, asked_at.elapsed().as_secs()));
    }
    // The answer to the second one is nobody's any more; the event that it causes is.
    let timed_out = error("Endpoint request timed out");
    assert_eq!(heard, [(Heard::Status(200), 20), (timed_out, 29), (Heard::Event, 40)]);
    assert_eq!(world.end().await.gated.unwrap().complaints, 1);
}

#[tokio::test(start_paused = true)]
async fn requests_over_the_rate_are_throttled_until_there_are_tokens_again() {
    let config = gated(|gateway| {
        (gateway.requests_per_second, gateway.burst) = (n(1), n(2));
        gateway.throttled_message = "Limit exceeded".into();
        gateway.events_spend = false;
    });
    let world = World::new(config);
    let (mut phone, id) = phone(&world, "phone").await;
    let mut heard = Vec::new();
    for wait in [0, 0, 0, 0, 1, 0] {
        tokio::time::sleep(seconds(wait)).await;
        phone.send(unread()).await.unwrap();
        heard.push(hear(&mut phone, &id).await);
    }
    let (ok, throttled) = (|| Heard::Status(200), || error("Limit exceeded"));
    assert_eq!(heard, [ok(), ok(), throttled(), throttled(), ok(), throttled()]);
    assert_eq!(world.end().await.gated.unwrap().requests_throttled, 3);
}

/// When the events of four messages are read, in seconds, and how many are lost: three of them find
/// tokens, and the fourth is sent a second later, with the only one that came meanwhile.
async fn events(patience: u64) -> (Vec<u64>, u64) {
    let mut config = gated(|gateway| {
        (gateway.requests_per_second, gateway.burst) = (n(1), n(6));
        gateway.event_patience = seconds(patience);
    });
    config.wire.own_echo = false;
    let world = World::new(config);
    let (mut sender, sender_id) = phone(&world, "phone").await;
    let session = open(&mut sender).await;
    let (mut tablet, _) = phone(&world, "tablet").await;
    let resume = json!({ "newSession": false, "chatSessionId": session });
    call(&mut tablet, "init-chat-with-concierge", resume).await;
    // The bucket fills up again.
    tokio::time::sleep(seconds(60)).await;
    let sent_at = Instant::now();
    let body = json!({ "chatSessionId": session, "contentType": "TEXT", "messageContent": "hi" });
    for _ in 0..3 {
        sender.send(request("send-message", &body)).await.unwrap();
        assert_eq!(hear(&mut sender, &sender_id).await, Heard::Status(200));
    }
    // Three messages and three events took all there is.
    tokio::time::sleep(seconds(1)).await;
    sender.send(request("send-message", &body)).await.unwrap();
    assert_eq!(hear(&mut sender, &sender_id).await, Heard::Status(200));
    let mut came_at = Vec::new();
    while let Ok(Some(Ok(_))) = tokio::time::timeout(seconds(60), tablet.next()).await {
        came_at.push(sent_at.elapsed().as_secs());
    }
    (came_at, world.end().await.gated.unwrap().lost)
}

#[tokio::test(start_paused = true)]
async fn an_event_takes_a_token_and_waits_for_it_or_is_lost() {
    assert_eq!(events(1).await, (vec![1, 1, 1, 2], 0));
    assert_eq!(events(0).await, (vec![1, 1, 1], 1));
}
