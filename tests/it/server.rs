//! The reference server over its transports: in memory and paused time, and once over TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what its steps share")]

mod durable;
mod gateway;
mod gateway_page;
mod service;

use std::time::Duration;

use deskbell::protocol::TenantId;
use deskbell::server::{Bounds, Config, DEVELOPMENT_SECRET, Listener, Stats, mint, serve};
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

type Phone = WebSocketStream<DuplexStream>;

/// A server over an in-memory transport.
struct World {
    door: mpsc::Sender<DuplexStream>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Stats>,
}

impl World {
    fn new(config: Config) -> Self {
        let (door, listener) = mpsc::channel(16);
        let (stop, stopped) = oneshot::channel();
        Self { door, stop, served: spawn(listener, config, stopped) }
    }

    /// A connection whose server side buffers so many bytes.
    async fn line(&self, bytes: usize) -> DuplexStream {
        let (near, far) = tokio::io::duplex(bytes);
        self.door.send(far).await.unwrap();
        near
    }

    async fn phone(&self, device: &str) -> Phone {
        let line = self.line(64 * 1024).await;
        client_async(url(&token(34, 60), device), line).await.unwrap().0
    }

    async fn end(self) -> Stats {
        self.stop.send(()).unwrap();
        self.served.await.unwrap()
    }
}

fn spawn<L: Listener + 'static>(
    listener: L,
    config: Config,
    stopped: oneshot::Receiver<()>,
) -> JoinHandle<Stats> {
    tokio::spawn(async move {
        serve(listener, config, async {
            let _ = stopped.await;
        })
        .await
    })
}

fn token(tenant: u64, ttl: u64) -> String {
    let secret = SecretString::from(DEVELOPMENT_SECRET);
    let now = Config::default().epoch_at_start;
    let token = mint(&secret, TenantId(tenant), Duration::from_secs(ttl), now);
    token.expose_secret().to_owned()
}

fn url(token: &str, device: &str) -> String {
    format!("ws://example.com/uat?Auth={token}&deviceId={device}")
}

fn request(route: &str, body: &Value) -> Message {
    let data = json!({ "route": format!("client/{route}"), "body": body });
    Message::text(json!({ "action": "api", "data": data }).to_string())
}

/// The next message, which must come as time passes.
async fn next<Io>(phone: &mut WebSocketStream<Io>) -> Option<tungstenite::Result<Message>>
where
    WebSocketStream<Io>: StreamExt<Item = tungstenite::Result<Message>> + Unpin,
{
    tokio::time::timeout(Duration::from_secs(60), phone.next()).await.expect("a message comes")
}

async fn next_json(phone: &mut Phone) -> Value {
    let message = next(phone).await.unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

async fn call(phone: &mut Phone, route: &str, body: Value) -> Value {
    phone.send(request(route, &body)).await.unwrap();
    loop {
        let frame = next_json(phone).await;
        if frame["channel"] == format!("client/{route}") {
            return frame["body"].clone();
        }
    }
}

/// Opens a session; its id.
async fn open(phone: &mut Phone) -> String {
    let body = call(phone, "init-chat-with-concierge", json!({ "newSession": true })).await;
    body["chatSessionId"].as_str().unwrap().to_owned()
}

async fn send(phone: &mut Phone, session: &str, content: &str) -> Value {
    let body =
        json!({ "chatSessionId": session, "contentType": "TEXT", "messageContent": content });
    call(phone, "send-message", body).await
}

/// Everything that one phone hears of a conversation, with the instant of each frame.
async fn transcript(seed: u64) -> Vec<(Duration, Value)> {
    let started_at = Instant::now();
    let world = World::new(Config { seed, ..Config::default() });
    let mut phone = world.phone("phone").await;
    let session = open(&mut phone).await;
    let mut tablet = world.phone("tablet").await;
    let resume = json!({ "newSession": false, "chatSessionId": session });
    call(&mut tablet, "init-chat-with-concierge", resume).await;
    send(&mut phone, &session, "room for two?").await;
    let mut heard = Vec::new();
    for _ in 0..3 {
        let frame = next_json(&mut tablet).await;
        heard.push((started_at.elapsed(), frame));
    }
    world.end().await;
    heard
}

#[tokio::test(start_paused = true)]
async fn a_conversation_in_paused_time_keeps_its_schedule_and_repeats_by_seed() {
    let heard = transcript(7).await;
    let channels: Vec<&str> =
        heard.iter().map(|(_, frame)| frame["channel"].as_str().unwrap()).collect();
    let session = channels[0].strip_prefix("chat-message-").unwrap();
    assert_eq!(channels[1], format!("chat-session-update-{session}"));
    assert_eq!(channels[2], channels[0]);
    let delays: Vec<u128> = heard.iter().map(|(at, _)| at.as_millis()).collect();
    assert_eq!(delays, [0, 40, 60]);
    assert_eq!(transcript(7).await, heard);
    assert_ne!(transcript(8).await, heard);
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_is_granted_for_a_valid_token_and_a_device_id_only() {
    let world = World::new(Config::default());
    let (valid, expired) = (token(34, 60), token(34, 0));
    let garbled = format!("{valid}x");
    world.phone("first").await;
    tokio::time::advance(Duration::from_secs(1)).await;
    for (path, expected) in [
        (format!("/uat?Auth={valid}&deviceId=phone"), 101),
        (format!("/uat?deviceId=phone&Auth={valid}"), 101),
        ("/uat?deviceId=phone".to_owned(), 401),
        (format!("/uat?Auth={garbled}&deviceId=phone"), 401),
        (format!("/uat?Auth={expired}&deviceId=phone"), 401),
        (format!("/uat?Auth={valid}"), 400),
        (format!("/uat?Auth={valid}&deviceId="), 400),
        (format!("/other?Auth={valid}&deviceId=phone"), 404),
    ] {
        let line = world.line(64 * 1024).await;
        let status = match client_async(format!("ws://example.com{path}"), line).await {
            Ok((_, response)) => response.status(),
            Err(tungstenite::Error::Http(response)) => response.status(),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(status.as_u16(), expected, "{path}");
    }
    let stats = world.end().await;
    assert_eq!((stats.connections, stats.refused), (3, 5));
}

/// One HTTP request, and its answer.
async fn http(
    world: &World,
    method: &str,
    target: &str,
    content_type: &str,
    body: &[u8],
) -> (StatusCode, String, Bytes) {
    let io = TokioIo::new(world.line(64 * 1024).await);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("Host", "example.com")
        .header("Content-Type", content_type)
        .body(Full::new(Bytes::copy_from_slice(body)))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    let (head, body) = response.into_parts();
    let content_type = head.headers.get("content-type");
    let content_type = content_type.map_or("", |text| text.to_str().unwrap()).to_owned();
    (head.status, content_type, body.collect().await.unwrap().to_bytes())
}

const UPLOAD: &str = "/file-new/get-upload-url";
const JSON: &str = "application/json";

#[tokio::test(start_paused = true)]
async fn a_file_goes_up_to_its_signed_url_and_comes_down_from_its_public_one() {
    let world = World::new(Config::default());
    let call = json!({ "filename": "512x512.png", "mimeType": "image/png", "type": "chat-images" });
    let (status, _, body) = http(&world, "POST", UPLOAD, JSON, call.to_string().as_bytes()).await;
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_slice(&body).unwrap();
    let grant = &answer["data"]["uploadUrlData"];
    let text = |key: &str| grant[key].as_str().unwrap().to_owned();
    assert_eq!(text("resourceUrl"), format!("http://example.com{}", text("uploadPath")));
    let signed = text("uploadURL").replace("http://example.com", "");
    let path = text("uploadPath");

    let put = |target: String, mime: &'static str| {
        let world = &world;
        async move { http(world, "PUT", &target, mime, b"bytes").await.0.as_u16() }
    };
    assert_eq!(put(signed.clone(), "image/jpeg").await, 403);
    assert_eq!(put(path.clone(), "image/png").await, 403);
    assert_eq!(http(&world, "GET", &path, JSON, b"").await.0, 404);
    assert_eq!(put(signed.clone(), "image/png").await, 200);
    let (status, content_type, content) = http(&world, "GET", &path, JSON, b"").await;
    assert_eq!(
        (status.as_u16(), content_type.as_str(), &*content),
        (200, "image/png", &b"bytes"[..])
    );
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(put(signed, "image/png").await, 403);
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn http_requests_that_are_not_allowed_are_refused() {
    let bounds = Bounds { upload_bytes: 4, ..Bounds::default() };
    let world = World::new(Config { bounds, ..Config::default() });
    let call = br#"{"filename":"a.png","mimeType":"image/png","type":"chat-images"}"#;
    let (_, _, body) = http(&world, "POST", UPLOAD, JSON, call).await;
    let answer: Value = serde_json::from_slice(&body).unwrap();
    let signed = answer.pointer("/data/uploadUrlData/uploadURL").unwrap().as_str().unwrap();
    let signed = signed.strip_prefix("http://example.com").unwrap();
    for (method, target, content_type, body, expected) in [
        ("GET", "/uat", JSON, &b""[..], 426),
        ("POST", "/uat", JSON, b"", 405),
        ("GET", UPLOAD, JSON, b"", 405),
        ("GET", "/", JSON, b"", 404),
        ("DELETE", "/chat-images/a.png", JSON, b"", 404),
        ("POST", UPLOAD, "text/plain", call, 415),
        ("POST", UPLOAD, JSON, b"{", 400),
        ("POST", UPLOAD, JSON, br#"{"filename":"a.png","mimeType":"image/png"}"#, 400),
        ("POST", UPLOAD, JSON, br#"{"filename":"a","mimeType":"image/png","type":"../x"}"#, 400),
        ("POST", UPLOAD, JSON, &[b' '; 20_000], 413),
        ("PUT", signed, "image/png", b"bytes", 413),
    ] {
        let (status, _, answer) = http(&world, method, target, content_type, body).await;
        assert_eq!(status.as_u16(), expected, "{method} {target}");
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(answer["message"].is_string());
    }
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_cut_off_and_others_are_not() {
    let bounds = Bounds { queued_frames: 8, ..Bounds::default() };
    let world = World::new(Config { bounds, ..Config::default() });
    let mut phone = world.phone("phone").await;
    let session = open(&mut phone).await;
    let line = world.line(4096).await;
    let (mut deaf, _) = client_async(url(&token(34, 60), "deaf"), line).await.unwrap();
    let resume = json!({ "newSession": false, "chatSessionId": session });
    call(&mut deaf, "init-chat-with-concierge", resume).await;
    let n_sends = 50;
    for turn in 0..n_sends {
        let answer = send(&mut phone, &session, &format!("message {turn}")).await;
        assert_eq!(answer["chatMessage"]["messageContent"], format!("message {turn}"));
    }
    let mut n_heard = 0;
    while let Some(Ok(_)) = next(&mut deaf).await {
        n_heard += 1;
    }
    assert!(n_heard < n_sends, "{n_heard}");
    let stats = world.end().await;
    assert_eq!((stats.connections, stats.evicted), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_closes_with_going_away_and_does_not_wait_for_the_deaf() {
    let world = World::new(Config::default());
    let mut phone = world.phone("phone").await;
    open(&mut phone).await;
    let deaf = world.phone("deaf").await;
    let _silent = world.line(1024).await;
    let asked_at = Instant::now();
    let leaving = tokio::spawn(world.end());
    let close = loop {
        match next(&mut phone).await.unwrap().unwrap() {
            Message::Close(frame) => break frame.unwrap(),
            _ => continue,
        }
    };
    assert_eq!(close.code, CloseCode::Away);
    assert!(next(&mut phone).await.is_none());
    leaving.await.unwrap();
    assert!(asked_at.elapsed() <= Config::default().grace, "{:?}", asked_at.elapsed());
    drop(deaf);
}

#[tokio::test(start_paused = true)]
async fn frames_that_are_no_requests_are_answered_in_kind() {
    let world = World::new(Config::default());
    let mut phone = world.phone("phone").await;
    assert_eq!(next_json(&mut phone).await["channel"], "connection");
    phone.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    let refusal = next_json(&mut phone).await;
    assert_eq!((&refusal["channel"], &refusal["status"]), (&json!("error"), &json!(400)));
    phone.send(Message::Ping("are you there".into())).await.unwrap();
    assert_eq!(next(&mut phone).await.unwrap().unwrap(), Message::Pong("are you there".into()));
    phone.send(Message::text("x".repeat(2 * 1024 * 1024))).await.ok();
    match next(&mut phone).await.unwrap().unwrap() {
        Message::Close(Some(frame)) => assert_eq!(frame.code, CloseCode::Size),
        other => panic!("{other:?}"),
    }
    world.end().await;
}

#[tokio::test]
async fn a_conversation_runs_over_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let served = spawn(listener, Config::default(), stopped);
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut phone, _) = client_async(url(&token(34, 60), "phone"), stream).await.unwrap();
    phone.send(request("get-unread-msg-count", &json!({}))).await.unwrap();
    let acknowledgment = next(&mut phone).await.unwrap().unwrap();
    assert!(acknowledgment.to_text().unwrap().contains("connectionId"));
    let answer = next(&mut phone).await.unwrap().unwrap();
    let answer: Value = serde_json::from_str(answer.to_text().unwrap()).unwrap();
    assert_eq!(answer["body"], json!({ "unreadMsgCount": "0" }));
    phone.close(None).await.unwrap();
    stop.send(()).unwrap();
    assert_eq!(served.await.unwrap().requests, 1);
}
