//! A device of tenant 34 on a real socket, and files over HTTP.

use std::time::{Duration, SystemTime};

use deskbell::protocol::TenantId;
use deskbell::server::{DEVELOPMENT_SECRET, EpochMillis, mint};
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::process::PATIENCE;

/// A connection, and the events that came while something else was waited for.
pub(super) struct Line {
    socket: WebSocketStream<TcpStream>,
    events: Vec<Value>,
}

impl Line {
    pub(super) async fn connect(address: &str, device: &str) -> Self {
        let secret = SecretString::from(DEVELOPMENT_SECRET);
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
        let ttl = Duration::from_secs(3600);
        let token = mint(&secret, TenantId(34), ttl, EpochMillis(now));
        let url = format!("ws://{address}/uat?Auth={}&deviceId={device}", token.expose_secret());
        let stream = TcpStream::connect(address).await.unwrap();
        let mut line = Self { socket: client_async(url, stream).await.unwrap().0, events: vec![] };
        assert_eq!(line.frame().await.unwrap()["channel"], "connection");
        line
    }

    /// The next frame; `None` once the connection is gone.
    async fn frame(&mut self) -> Option<Value> {
        let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.unwrap();
        let message = message?.ok()?;
        serde_json::from_str(message.to_text().unwrap()).ok()
    }

    pub(super) async fn ask(&mut self, route: &str, body: &Value) {
        let data = json!({ "route": format!("client/{route}"), "body": body });
        let text = json!({ "action": "api", "data": data }).to_string();
        // A connection that is gone is told by what is not answered.
        let _ = self.socket.send(text.into()).await;
    }

    /// The next answer, whatever it is to; `None` once the connection is gone.
    pub(super) async fn answer(&mut self) -> Option<Value> {
        loop {
            let frame = self.frame().await?;
            if frame["status"].is_number() {
                return Some(frame);
            }
            self.events.push(frame);
        }
    }

    /// The body of the answer to a request, which has to be there.
    pub(super) async fn call(&mut self, route: &str, body: Value) -> Value {
        self.ask(route, &body).await;
        let answer = self.answer().await.expect("it is answered");
        assert_eq!(answer["channel"], format!("client/{route}"));
        answer["body"].clone()
    }

    /// Opens a session; its id.
    pub(super) async fn open(&mut self) -> String {
        let body = self.call("init-chat-with-concierge", json!({ "newSession": true })).await;
        body["chatSessionId"].as_str().unwrap().to_owned()
    }

    pub(super) async fn resume(&mut self, session: &str) -> Value {
        let body = json!({ "newSession": false, "chatSessionId": session });
        self.call("init-chat-with-concierge", body).await
    }

    /// Sends a text; its message.
    pub(super) async fn send(&mut self, session: &str, text: &str) -> Value {
        self.call("send-message", message(session, text)).await["chatMessage"].clone()
    }

    /// All messages of a session, over all pages.
    pub(super) async fn list(&mut self, session: &str) -> Vec<Value> {
        let mut all = Vec::new();
        for page in 1.. {
            let route = format!("get-chat-messages?page={page}&limit=100");
            let body = self.call(&route, json!({ "chatSessionId": session })).await;
            // A session that was lost has none.
            match body["messages"].as_array() {
                Some(messages) if !messages.is_empty() => all.extend(messages.iter().cloned()),
                _ => break,
            }
        }
        all
    }

    pub(super) async fn unread(&mut self) -> Value {
        self.call("get-unread-msg-count", json!({})).await["unreadMsgCount"].clone()
    }

    /// The next message of the concierge; its id.
    pub(super) async fn concierges(&mut self) -> u64 {
        loop {
            let event = match self.events.pop() {
                Some(event) => event,
                None => self.frame().await.expect("it comes"),
            };
            let message = &event["payload"]["chatMessage"];
            if message["senderEntityType"] == "BACKEND_USER" {
                return message["id"].as_u64().unwrap();
            }
        }
    }
}

/// The body of a request that sends a text.
pub(super) fn message(session: &str, text: &str) -> Value {
    json!({ "chatSessionId": session, "contentType": "TEXT", "messageContent": text })
}

/// One HTTP request; its status and what was answered.
pub(super) async fn http(
    address: &str,
    (method, target, content_type): (&str, &str, &str),
    body: impl Into<Bytes>,
) -> (u16, Bytes) {
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("Host", address)
        .header("Content-Type", content_type)
        .body(Full::new(body.into()))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    let status = response.status().as_u16();
    (status, response.into_body().collect().await.unwrap().to_bytes())
}
