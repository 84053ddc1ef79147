//! What devices sent, told in lines that are short enough to compare by eye.

use serde_json::{Map, Value};

use super::relay::{Sent, What};
use crate::simulated::{FIRST_TENANT, expired_token, token};
use deskbell::server::Config;

/// How much is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Requests and other frames.
    Frames,
    /// The same, after the millisecond of each.
    Timed,
    /// Frames, openings and ends of connections.
    Wire,
}

/// One line for each: the connection, the route, and what is telling of its body. Sessions and
/// messages are numbered as they first appear: `s0`, `m0`.
pub(super) fn told(sent: &[Sent], how: Told) -> Vec<String> {
    let mut names = Names::default();
    let mut lines = Vec::new();
    for (at, one) in sent.iter().enumerate() {
        let is_closed = sent[..at].iter().any(|before| {
            before.connection == one.connection
                && matches!(before.what, What::Frame { opcode: 8, .. })
        });
        let line = match &one.what {
            What::Frame { opcode: 8, .. } if how == Told::Wire => "closes".to_owned(),
            What::Frame { opcode: 8, .. } => continue,
            What::Frame { opcode, is_final, payload } => {
                frame(*opcode, *is_final, payload, &mut names)
            }
            What::Request(line) if how == Told::Wire || !line.starts_with("GET /uat?") => {
                format!("opens {}", opening(line))
            }
            What::End if how == Told::Wire && !is_closed => "is gone".to_owned(),
            What::Request(_) | What::End => continue,
        };
        let ms = one.at.as_millis();
        lines.push(match how {
            Told::Timed => format!("{ms} ms: {} {line}", one.connection),
            _ => format!("{} {line}", one.connection),
        });
    }
    lines
}

#[derive(Default)]
struct Names {
    sessions: Vec<String>,
    messages: Vec<String>,
}

fn nth(names: &mut Vec<String>, letter: char, value: &Value) -> String {
    let text = value.to_string();
    let at = names.iter().position(|name| *name == text).unwrap_or_else(|| {
        names.push(text);
        names.len() - 1
    });
    format!("{letter}{at}")
}

fn frame(opcode: u8, is_final: bool, payload: &[u8], names: &mut Names) -> String {
    let text = String::from_utf8_lossy(payload);
    match (opcode, is_final) {
        (1, true) => match serde_json::from_str::<Value>(&text) {
            Ok(json) if json["data"]["route"].is_string() => request(&json["data"], names),
            _ => format!("text {text}"),
        },
        (1, false) => format!("text {text} ..."),
        (0, false) => format!("... {text} ..."),
        (0, true) => format!("... {text}"),
        (2, _) => {
            let hex: Vec<String> = payload.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("binary {}", hex.join(" "))
        }
        _ => format!("opcode {opcode}"),
    }
}

fn request(data: &Value, names: &mut Names) -> String {
    let route = data["route"].as_str().unwrap_or_default().trim_start_matches("client/");
    let nothing = Map::new();
    let body = data["body"].as_object().unwrap_or(&nothing);
    let mut words = vec![route.to_owned()];
    let first = ["chatSessionId", "newSession", "messageId", "contentType", "messageContent"];
    let others = body.keys().map(String::as_str).filter(|key| !first.contains(key));
    for key in first.into_iter().filter(|key| body.contains_key(*key)).chain(others) {
        let value = &body[key];
        words.push(match (key, value) {
            ("chatSessionId", Value::String(_)) => nth(&mut names.sessions, 's', value),
            ("messageId", Value::Number(_)) => nth(&mut names.messages, 'm', value),
            ("contentType" | "messageContent", Value::String(text)) => text.clone(),
            ("newSession", Value::Bool(true)) => "new".into(),
            ("newSession", Value::Bool(false)) => "again".into(),
            ("metdata" | "metadata", Value::Object(entries)) => {
                let mut entries = entries.clone();
                entries.remove("deskbell_run");
                if entries.is_empty() { key.into() } else { format!("{key}={}", json(&entries)) }
            }
            _ => format!("{key}={value}"),
        });
    }
    words.join(" ")
}

fn json(entries: &Map<String, Value>) -> String {
    Value::Object(entries.clone()).to_string()
}

/// A request's first line, its token as the tenant's number or what is wrong with it. Signatures
/// and random names of files are left out.
fn opening(line: &str) -> String {
    let line = line.trim_start_matches("GET ").trim_end_matches(" HTTP/1.1");
    if let Some((file, _)) = line.split_once('?').filter(|_| line.starts_with("PUT")) {
        return file.rsplit_once('/').map_or(file, |(folder, _)| folder).to_owned();
    }
    let server = Config::default();
    let mut line = line.replace(&expired_token(&server), "<expired>");
    for tenant in FIRST_TENANT..FIRST_TENANT + 20 {
        let token = token(&server, tenant);
        let (signed, _) = token.rsplit_once('.').unwrap();
        line = line.replace(&token, &format!("<{tenant}>"));
        line = line.replace(&"x".repeat(token.len()), "<garbled>");
        if let Some((start, rest)) = line.split_once(signed) {
            let end = rest.find('&').unwrap_or(rest.len());
            line = format!("{start}<{tenant}, resigned>{}", &rest[end..]);
        }
    }
    line
}
