//! A server that takes its time: when its frames leave, held against what is reckoned by hand.

use std::num::NonZeroU32;

use deskbell::server::{Concierge, Part, Service, ServiceTime, Stall};

use super::*;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A server without a concierge, whose requests take 50 ms.
fn config() -> Config {
    let service = Service { time: Some(ServiceTime::Constant(ms(50))), ..Service::default() };
    let concierge = Concierge { part: Part::Off, ..Concierge::default() };
    Config { service, concierge, ..Config::default() }
}

fn ping() -> Message {
    request("get-unread-msg-count", &json!({}))
}

/// When so many frames come, in milliseconds since an instant.
async fn instants(phone: &mut Phone, since: Instant, count: usize) -> Vec<u128> {
    let mut instants = Vec::new();
    for _ in 0..count {
        next_json(phone).await;
        instants.push(since.elapsed().as_millis());
    }
    instants
}

#[tokio::test(start_paused = true)]
async fn an_answer_and_its_events_leave_together_after_the_service_time() {
    let world = World::new(config());
    let started_at = Instant::now();
    let mut phone = world.phone("phone").await;
    assert_eq!(instants(&mut phone, started_at, 1).await, [0], "the acknowledgment");
    let session = open(&mut phone).await;
    let mut tablet = world.phone("tablet").await;
    let resume = json!({ "newSession": false, "chatSessionId": session });
    call(&mut tablet, "init-chat-with-concierge", resume).await;
    let sent_at = Instant::now();
    let body = json!({ "chatSessionId": session, "contentType": "TEXT", "messageContent": "hi" });
    phone.send(request("send-message", &body)).await.unwrap();
    assert_eq!(instants(&mut phone, sent_at, 2).await, [50, 50]);
    assert_eq!(instants(&mut tablet, sent_at, 1).await, [50]);
    let served = world.end().await.served.unwrap();
    assert_eq!((served.count, served.p50, served.p99, served.max), (3, ms(50), ms(50), ms(50)));
}

#[tokio::test(start_paused = true)]
async fn requests_of_one_connection_are_served_side_by_side_up_to_the_capacity() {
    for (capacity, expected) in
        [(None, [50, 50, 50, 50]), (Some(2), [50, 50, 100, 100]), (Some(1), [50, 100, 150, 200])]
    {
        let mut config = config();
        config.wire.ack = false;
        config.service.capacity = capacity.and_then(NonZeroU32::new);
        let world = World::new(config);
        let mut phone = world.phone("phone").await;
        let asked_at = Instant::now();
        for _ in expected {
            phone.send(ping()).await.unwrap();
        }
        assert_eq!(instants(&mut phone, asked_at, 4).await, expected, "{capacity:?}");
        assert_eq!(world.end().await.served.unwrap().max, ms(expected[3] as u64));
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_stall_nothing_leaves_and_after_it_everything_in_order() {
    let mut config = Config::default();
    config.service.stall = Stall::new(ms(1_000), ms(500));
    let world = World::new(config);
    let started_at = Instant::now();
    let mut phone = world.phone("phone").await;
    let session = open(&mut phone).await;
    // The concierge's joining.
    assert_eq!(instants(&mut phone, started_at, 1).await, [40]);
    tokio::time::sleep_until(started_at + ms(980)).await;
    send(&mut phone, &session, "its reply is due in the stall").await;
    assert_eq!(instants(&mut phone, started_at, 1).await, [980]);
    tokio::time::sleep_until(started_at + ms(1_200)).await;
    let mut late = world.phone("late").await;
    phone.send(ping()).await.unwrap();
    late.send(ping()).await.unwrap();
    assert_eq!(instants(&mut late, started_at, 2).await, [1_500, 1_500]);
    assert_eq!(instants(&mut phone, started_at, 2).await, [1_500, 1_500]);
    phone.send(ping()).await.unwrap();
    assert_eq!(instants(&mut phone, started_at, 1).await, [1_500]);
    let served = world.end().await.served.unwrap();
    assert_eq!((served.count, served.p50, served.max), (5, ms(0), ms(300)));
}

#[tokio::test(start_paused = true)]
async fn what_a_connection_asked_for_is_done_after_it_is_gone() {
    let world = World::new(config());
    let mut phone = world.phone("phone").await;
    let session = open(&mut phone).await;
    let mut tablet = world.phone("tablet").await;
    let resume = json!({ "newSession": false, "chatSessionId": session });
    call(&mut tablet, "init-chat-with-concierge", resume).await;
    let body = json!({ "chatSessionId": session, "contentType": "TEXT", "messageContent": "bye" });
    phone.send(request("send-message", &body)).await.unwrap();
    phone.close(None).await.unwrap();
    let event = next_json(&mut tablet).await;
    assert_eq!(event["payload"]["chatMessage"]["messageContent"], "bye");
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asks_for_more_than_may_wait_is_cut_off() {
    let bounds = Bounds { queued_frames: 8, ..Bounds::default() };
    let world = World::new(Config { bounds, ..config() });
    let mut flood = world.phone("flood").await;
    let mut phone = world.phone("phone").await;
    for _ in 0..9 {
        flood.send(ping()).await.ok();
    }
    while let Some(Ok(_)) = next(&mut flood).await {}
    assert_eq!(call(&mut phone, "get-unread-msg-count", json!({})).await["unreadMsgCount"], "0");
    let stats = world.end().await;
    assert_eq!((stats.requests, stats.evicted), (10, 1));
}
