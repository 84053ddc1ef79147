//! Calls as a person writes them: a route or a step's name, and JSON.

use serde_json::{Value, json};
use thiserror::Error;

use crate::protocol::{Call, Request, Route};

/// What stands for the session that was opened last.
const SESSION: &str = "${session.id}";

/// A call, its JSON read and its names not yet filled in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Written {
    /// The route, with its query.
    pub(super) route: String,
    body: Value,
}

/// What names in the JSON stand for.
pub(super) struct Names {
    pub(super) session: Option<String>,
    pub(super) device: String,
}

/// What is wrong with a call.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum Mistake {
    #[error(
        "`{0}` is neither a route nor JSON: JSON begins with a brace, and routes have no blanks"
    )]
    Neither(String),
    #[error("JSON comes after a route: write `deskbell call ping '{{...}}'`")]
    NoRoute,
    #[error("the JSON for {route}: {why}\n  {line}\n  {caret}")]
    Json { route: String, why: String, line: String, caret: String },
    #[error("there is no `${{{0}}}`: there are ${{session.id}} and ${{device.id}}")]
    Name(String),
    #[error("there is no session for ${{session.id}} yet: give --init, or call init")]
    NoSession,
}

/// Reads pairs of a route and JSON; the JSON may be left out.
///
/// # Errors
/// The first mistake.
pub(super) fn read(words: &[String]) -> Result<Vec<Written>, Mistake> {
    let mut calls = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(route) = words.next() {
        let json = words.next_if(|word| is_json(word));
        calls.push(written(route, json.map(String::as_str))?);
    }
    Ok(calls)
}

/// Reads a line: a route, and JSON where there is any.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read_line(line: &str) -> Result<Written, Mistake> {
    let line = line.trim();
    let (route, json) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    written(route, Some(json.trim()).filter(|json| !json.is_empty()))
}

fn is_json(word: &str) -> bool {
    word.trim_start().starts_with(['{', '[', '"'])
}

fn written(route: &str, json: Option<&str>) -> Result<Written, Mistake> {
    if is_json(route) {
        return Err(Mistake::NoRoute);
    }
    if route.is_empty() || route.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Mistake::Neither(route.escape_debug().to_string()));
    }
    let (path, query) = route.split_once('?').map_or((route, None), |(p, q)| (p, Some(q)));
    let step = Call::ALL.into_iter().find(|call| *call != Call::Other && call.as_str() == path);
    let (path, usual) = match step {
        Some(call) => usual(call),
        None => match Request::any(path, json!({ "newSession": true })).call() {
            Call::Other => (path.to_owned(), json!({})),
            call => usual(call),
        },
    };
    let query = query.or((step == Some(Call::Messages)).then_some("page=1&limit=50"));
    let route = query.map_or(path.clone(), |query| format!("{path}?{query}"));
    let body = match json {
        None => usual,
        Some(json) => {
            serde_json::from_str(json).map_err(|error| wrong_json(&path, json, &error))?
        }
    };
    check_names(&body)?;
    Ok(Written { route, body })
}

/// The path of a call, and the body that the document shows for it; a message is left to whoever
/// writes it.
fn usual(call: Call) -> (String, Value) {
    let of_session = json!({ "chatSessionId": SESSION });
    let (route, body) = match call {
        Call::Init => (Route::Init, json!({ "newSession": true })),
        Call::Resume => (Route::Init, json!({ "newSession": false, "chatSessionId": SESSION })),
        Call::Session => (Route::Session, of_session),
        Call::Messages => (Route::Messages, of_session),
        Call::Ping => (Route::Ping, of_session),
        Call::Send => (Route::Send, of_session),
        Call::Unsend => (Route::Unsend, of_session),
        Call::Seen => (Route::Seen, of_session),
        Call::End => (Route::End, of_session),
        Call::Unread => (Route::Unread, json!({})),
        Call::Other => (Route::Other("".into()), json!({})),
    };
    (route.to_string(), body)
}

fn wrong_json(route: &str, json: &str, error: &serde_json::Error) -> Mistake {
    let line = json.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    // A column counts bytes, from 1.
    let before = &line[..line.floor_char_boundary(error.column().saturating_sub(1))];
    let caret = " ".repeat(before.chars().count()) + "^";
    let (route, line) = (route.to_owned(), line.to_owned());
    Mistake::Json { route, why: error.to_string(), line, caret }
}

/// Whether every `${...}` is one that there is.
fn check_names(body: &Value) -> Result<(), Mistake> {
    let anything = Names { session: Some(String::new()), device: String::new() };
    filled(body, &anything).map(drop)
}

impl Written {
    /// Whether it speaks of the session that was opened last.
    pub(super) fn needs_session(&self) -> bool {
        let none = Names { session: None, device: String::new() };
        filled(&self.body, &none).is_err()
    }

    /// Whether it opens a session.
    pub(super) fn opens_session(&self) -> bool {
        Request::any(&self.route, self.body.clone()).call() == Call::Init
    }

    /// The request, its names filled in.
    ///
    /// # Errors
    /// A session that is not there yet.
    pub(super) fn request(&self, names: &Names) -> Result<Request, Mistake> {
        Ok(Request::any(&self.route, filled(&self.body, names)?))
    }
}

fn filled(body: &Value, names: &Names) -> Result<Value, Mistake> {
    Ok(match body {
        Value::String(text) => Value::String(fill(text, names)?),
        Value::Array(items) => {
            items.iter().map(|item| filled(item, names)).collect::<Result<_, _>>()?
        }
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| Ok((key.clone(), filled(value, names)?)))
            .collect::<Result<_, _>>()?,
        other => other.clone(),
    })
}

fn fill(text: &str, names: &Names) -> Result<String, Mistake> {
    let mut parts = text.split("${");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').ok_or_else(|| Mistake::Name(part.to_owned()))?;
        match name.trim() {
            "session.id" => filled += names.session.as_deref().ok_or(Mistake::NoSession)?,
            "device.id" => filled += &names.device,
            other => return Err(Mistake::Name(other.to_owned())),
        }
        filled += rest;
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[track_caller]
    fn check(given: &[&str], expected: &[(&str, Value)]) {
        let names = Names { session: Some("s-1".into()), device: "d-1".into() };
        let calls = read(&words(given)).unwrap();
        let requests = calls.iter().map(|call| call.request(&names).unwrap());
        let requests: Vec<_> =
            requests.map(|one| (one.route_with_query(), one.body.to_value())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(route, body)| ((*route).to_owned(), body.clone())).collect();
        assert_eq!(requests, expected);
    }

    #[track_caller]
    fn check_wrong(given: &[&str], says: &[&str]) {
        let told = read(&words(given)).unwrap_err().to_string();
        for part in says {
            assert!(told.contains(part), "does not say {part:?}: {told}");
        }
    }

    #[test]
    fn a_route_is_written_whole_or_as_a_steps_name() {
        let of_session = json!({ "chatSessionId": "s-1" });
        check(&["ping"], &[("client/ping-on-chat-session", of_session.clone())]);
        check(&["client/ping-on-chat-session"], &[("client/ping-on-chat-session", of_session)]);
        check(&["unread", "{}"], &[("client/get-unread-msg-count", json!({}))]);
        check(
            &["messages?page=2&limit=5", "{}"],
            &[("client/get-chat-messages?page=2&limit=5", json!({}))],
        );
        check(&["client/other", r#"{"a":1}"#], &[("client/other", json!({ "a": 1 }))]);
    }

    #[test]
    fn several_calls_follow_each_other_with_or_without_json() {
        check(
            &["init", "unread", "{}", "client/x"],
            &[
                ("client/init-chat-with-concierge", json!({ "newSession": true })),
                ("client/get-unread-msg-count", json!({})),
                ("client/x", json!({})),
            ],
        );
    }

    #[test]
    fn names_stand_for_what_is_known_only_later() {
        check(
            &["x", r#"{"a":["${session.id}/${ device.id }"]}"#],
            &[("x", json!({ "a": ["s-1/d-1"] }))],
        );
        assert!(read(&words(&["ping"])).unwrap()[0].needs_session());
        check_wrong(&["x", r#"{"a":"${sesion.id}"}"#], &["`${sesion.id}`", "${session.id}"]);
        check_wrong(&["x", r#"{"a":"${session.id"}"#], &["session.id"]);
    }

    #[test]
    fn wrong_json_is_told_with_its_place() {
        check_wrong(
            &["ping", r#"{"a" 1}"#],
            &["client/ping-on-chat-session", "line 1 column 6", "\n  {\"a\" 1}\n       ^"],
        );
        check_wrong(&["ping", "{"], &["line 1 column 1"]);
        check_wrong(&["{}"], &["JSON comes after a route"]);
        check_wrong(&["ping", "chatSessionId: 1"], &["neither a route nor JSON"]);
    }
}
