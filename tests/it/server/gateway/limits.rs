//! Sizes, times, and clients that do not read.

use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::*;

const FRAME: usize = 32 * 1024;

/// A request of exactly so many bytes, in frames of at most so many.
fn padded(length: usize, frame: usize) -> Vec<Message> {
    let text = unread().into_text().unwrap();
    let padded = format!("{text}{}", " ".repeat(length - text.len()));
    let parts: Vec<_> = padded.as_bytes().chunks(frame).map(Bytes::copy_from_slice).collect();
    let last = parts.len() - 1;
    let frame = |(nth, part)| {
        let data = if nth == 0 { Data::Text } else { Data::Continue };
        Message::Frame(Frame::message(part, OpCode::Data(data), nth == last))
    };
    parts.into_iter().enumerate().map(frame).collect()
}

/// Sends messages, and holds what is heard next to what is expected.
async fn check_sent(messages: Vec<Message>, expected: Heard) {
    let world = World::new(gated(|_| {}));
    let (mut phone, id) = phone(&world, "phone").await;
    for message in messages {
        phone.send(message).await.ok();
    }
    assert_eq!(hear(&mut phone, &id).await, expected);
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_frame_may_be_32_kib_and_no_more() {
    check_sent(padded(FRAME, FRAME), Heard::Status(200)).await;
    check_sent(padded(FRAME + 1, FRAME + 1), Heard::Closed(Some(1009))).await;
    check_sent(padded(FRAME + 1, FRAME), Heard::Status(200)).await;
}

#[tokio::test(start_paused = true)]
async fn a_message_in_fragments_may_be_128_kib_and_no_more() {
    check_sent(padded(4 * FRAME, FRAME), Heard::Status(200)).await;
    check_sent(padded(4 * FRAME, 1000), Heard::Status(200)).await;
    check_sent(padded(4 * FRAME + 1, FRAME), Heard::Closed(Some(1009))).await;
}

#[tokio::test(start_paused = true)]
async fn a_binary_message_is_refused_with_1003() {
    check_sent(vec![Message::binary(vec![1, 2, 3])], Heard::Closed(Some(1003))).await;
}

/// Sends at these minutes, and tells at which second the connection ends, and with what.
async fn lifetime(
    change: impl Fn(&mut Gateway),
    message: Message,
    at: &[u64],
) -> (u64, Option<u16>, Gated) {
    let world = World::new(gated(change));
    let opened_at = Instant::now();
    let (mut phone, _) = phone(&world, "phone").await;
    for at in at {
        tokio::time::sleep_until(opened_at + seconds(at * 60)).await;
        phone.send(message.clone()).await.unwrap();
    }
    let code = loop {
        match tokio::time::timeout(seconds(100_000), phone.next()).await.unwrap() {
            Some(Ok(Message::Close(frame))) => break frame.map(|frame| frame.code.into()),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => break None,
        }
    };
    let took = opened_at.elapsed().as_secs();
    (took, code, world.end().await.gated.unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_ten_minutes() {
    let idle = Gated { idle: 1, ..Gated::default() };
    assert_eq!(lifetime(|_| {}, unread(), &[]).await, (600, Some(1001), idle));
    assert_eq!(lifetime(|_| {}, unread(), &[9, 18]).await, (28 * 60, Some(1001), idle));
}

#[tokio::test(start_paused = true)]
async fn control_pings_keep_a_connection_only_where_that_is_set() {
    let ping = || Message::Ping("".into());
    assert_eq!(lifetime(|_| {}, ping(), &[9]).await.0, 600);
    let kept = lifetime(|gateway| gateway.pings_reset_idle = true, ping(), &[9]).await;
    assert_eq!(kept.0, 19 * 60);
}

#[tokio::test(start_paused = true)]
async fn a_busy_connection_is_closed_after_two_hours_or_cut_where_that_is_set() {
    let busy: Vec<_> = (1..24).map(|nth| nth * 5).collect();
    let ended = Gated { lifetime: 1, ..Gated::default() };
    assert_eq!(lifetime(|_| {}, unread(), &busy).await, (7200, Some(1001), ended));
    let cut = lifetime(|gateway| gateway.lifetime_close = None, unread(), &busy).await;
    assert_eq!(cut, (7200, None, ended));
}

#[tokio::test(start_paused = true)]
async fn a_faster_clock_brings_the_same_ends_sooner() {
    let faster = |gateway: &mut Gateway| *gateway = Gateway::default().faster(n(60));
    assert_eq!(lifetime(faster, unread(), &[]).await.0, 10);
}

/// How many of fifty messages a client hears that reads none of them before all are sent, and what
/// the gateway and the server did about it.
async fn deaf(slow_reader_stays: bool) -> (usize, bool, Stats) {
    let world = World::new(gated(|gateway| {
        gateway.buffer_bytes = n(4096);
        gateway.slow_reader_stays = slow_reader_stays;
    }));
    let (mut sender, _) = phone(&world, "phone").await;
    let session = open(&mut sender).await;
    let line = world.line(4096).await;
    let (mut deaf, _) = client_async(url(&token(34, 60), "deaf"), line).await.unwrap();
    let resume = json!({ "newSession": false, "chatSessionId": session });
    call(&mut deaf, "init-chat-with-concierge", resume).await;
    for turn in 0..50 {
        send(&mut sender, &session, &format!("message {turn}")).await;
    }
    let mut n_heard = 0;
    let is_open = loop {
        match tokio::time::timeout(seconds(60), deaf.next()).await {
            Ok(Some(Ok(_))) => n_heard += 1,
            Ok(_) => break false,
            Err(_) => break true,
        }
    };
    (n_heard, is_open, world.end().await)
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_loses_events_or_is_cut_off() {
    let (n_heard, is_open, stats) = deaf(true).await;
    let lost = stats.gated.unwrap().lost;
    assert!(is_open && lost > 0 && n_heard as u64 + lost == 50, "{n_heard} heard, {lost} lost");
    assert_eq!(stats.evicted, 0);
    let (_, is_open, stats) = deaf(false).await;
    assert_eq!((is_open, stats.evicted), (false, 1));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_is_cut_off_at_the_end_of_its_time() {
    let world = World::new(gated(|_| {}));
    let (mut sender, _) = phone(&world, "phone").await;
    let session = open(&mut sender).await;
    let line = world.line(4096).await;
    let (mut deaf, _) = client_async(url(&token(34, 60), "deaf"), line).await.unwrap();
    let resume = json!({ "newSession": false, "chatSessionId": session });
    call(&mut deaf, "init-chat-with-concierge", resume).await;
    for turn in 0..20 {
        send(&mut sender, &session, &format!("message {turn}")).await;
    }
    tokio::time::sleep(seconds(601)).await;
    assert_eq!(world.end().await.gated.unwrap().idle, 2);
}
