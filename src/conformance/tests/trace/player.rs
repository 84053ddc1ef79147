//! Plays the lines of a trace to a monitor.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::conformance::{Limits, Monitor, Scope};
use crate::protocol::{
    ConnectionNo, Correlator, DeviceNo, Ending, Form, Frame, Happening, Observation, Request,
    RequestNo, Role, SchemaSet, Sent,
};

use super::written::{
    caller, ending, not_opened, put, put_page, remove, request, session, upload_of,
};
use super::{EPOCH, Found, limits};

/// Feeds a monitor, correlating as a device does.
pub(in crate::conformance::tests) struct Player {
    pub(in crate::conformance::tests) monitor: Monitor,
    pub(in crate::conformance::tests) found: Found,
    connections: HashMap<(u32, u32), Connection>,
    frames: Value,
    next: u64,
}

#[derive(Default)]
struct Connection {
    correlator: Correlator,
    open: Vec<Rc<Sent>>,
}

impl Player {
    pub(in crate::conformance::tests) fn new() -> Self {
        Self::asked("")
    }

    /// Of a flow of which these words hold.
    pub(in crate::conformance::tests) fn asked(asked: &str) -> Self {
        let has = |word| asked.split(' ').any(|asked| asked == word);
        let limits = Limits { judges_ack: has("ack"), judges_own_echo: has("echo"), ..limits() };
        let scope = Scope { keeps_history: has("history"), is_alone: has("alone") };
        Self {
            monitor: Monitor::new(SchemaSet::builtin(), limits, scope),
            found: Found::default(),
            connections: HashMap::new(),
            frames: serde_json::from_str(include_str!("../../testdata/frames.json")).unwrap(),
            next: 0,
        }
    }

    /// Plays one line.
    pub(in crate::conformance::tests) fn line(&mut self, line: &str) {
        let mut parts = line.splitn(4, ' ').map(str::trim_start);
        let at = Duration::from_secs_f64(parts.next().unwrap().parse().unwrap());
        let who = parts.next().unwrap();
        let (verb, rest) = (parts.next().expect(line), parts.next().unwrap_or_default());
        if verb == "wait" {
            return self.monitor.advance(at, &mut self.found);
        }
        let (device, connection) = who.split_once('/').expect(line);
        let who = (device.parse().unwrap(), connection.parse().unwrap());
        if !self.connections.contains_key(&who) && !matches!(verb, "open" | "refused") {
            self.open(at, who, "");
        }
        match verb {
            "open" => self.open(at, who, rest),
            "refused" => {
                let (why, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let why = not_opened(why);
                let (caller, was_let_in) = (&caller(who, rest), rest.contains("again"));
                let what = Happening::NotOpened { began_at: at, caller, why, was_let_in };
                self.observe(at, who, what);
            }
            ">" | ">!" => self.sent(at, who, (request(rest), Form::Request), verb == ">"),
            ">raw" => self.sent(at, who, (Request::read(rest), Form::of(rest)), false),
            "<" => {
                let text = self.text(at, who, rest);
                self.received(at, who, Frame::from_text(&text), &text);
            }
            "<bom" => {
                let text = format!("\u{feff}{}", self.text(at, who, rest));
                self.received(at, who, Frame::from_text(&text), &text);
            }
            "<wide" => {
                let (width, rest) = rest.split_once(' ').expect(line);
                let width: usize = width.parse().unwrap();
                let text = self.text(at, who, rest);
                let text = format!("{text}{}", " ".repeat(width - text.len()));
                self.received(at, who, Frame::from_text(&text), &text);
            }
            "binary" => self.received(at, who, Frame::binary(rest.parse().unwrap()), ""),
            "upload" => {
                let upload = serde_json::from_str(rest).expect(rest);
                self.observe(at, who, Happening::Uploaded(&upload_of(&upload)));
            }
            "expire" => {
                let connection = self.connections.entry(who).or_default();
                let sent = connection.open.remove(0);
                connection.correlator.expire(sent.no);
                self.observe(at, who, Happening::Expired(&sent));
            }
            "pause" => {
                let until = at + Duration::from_secs_f64(rest.parse().unwrap());
                self.observe(at, who, Happening::Paused { until });
            }
            "readup" => self.observe(at, who, Happening::ReadUp),
            ending => self.ended(at, who, &self::ending(ending, rest)),
        }
    }

    fn open(&mut self, at: Duration, who: (u32, u32), words: &str) {
        let caller = &caller(who, words);
        let expires = words.split(' ').find_map(|word| word.strip_prefix("expires="));
        let expires = expires.map(|at| Duration::from_secs_f64(at.parse().unwrap()));
        self.connections.insert(who, Connection::default());
        let token_expires_at = expires.map(|at| Duration::from_millis(EPOCH) + at);
        let opened = Happening::Opened { began_at: at, planned_at: at, caller, token_expires_at };
        self.observe(at, who, opened);
    }

    fn sent(
        &mut self,
        at: Duration,
        who: (u32, u32),
        (request, form): (Request, Form),
        is_allowed: bool,
    ) {
        let no = RequestNo(self.next);
        self.next += 1;
        let connection = self.connections.entry(who).or_default();
        let written = None;
        let sent = Rc::new(Sent {
            no,
            written,
            bytes: 0,
            at,
            planned_at: None,
            request,
            form,
            is_allowed,
        });
        connection.correlator.sent(&sent);
        connection.open.push(Rc::clone(&sent));
        self.observe(at, who, Happening::Sent(&sent));
    }

    fn received(&mut self, at: Duration, who: (u32, u32), frame: Frame, text: &str) {
        let connection = self.connections.entry(who).or_default();
        let role = connection.correlator.attribute(&frame);
        let sent = match role {
            Role::Answer(no) | Role::MisnamedAnswer(no) | Role::GatewayAnswer(no) => {
                let nth = connection.open.iter().position(|sent| sent.no == no);
                nth.map(|nth| connection.open.remove(nth))
            }
            _ => None,
        };
        let (frame, answers, bytes) = (&Rc::new(frame), sent.as_ref(), text.len());
        self.observe(at, who, Happening::Received { frame, text, bytes, role, answers });
    }

    fn ended(&mut self, at: Duration, who: (u32, u32), ending: &Ending) {
        for sent in self.connections.remove(&who).unwrap_or_default().open {
            self.observe(at, who, Happening::CutOff(&sent));
        }
        self.observe(at, who, Happening::Closed(ending));
    }

    fn observe(&mut self, at: Duration, (device, connection): (u32, u32), what: Happening<'_>) {
        let (device, connection) = (DeviceNo(device), ConnectionNo(connection));
        let seen = Observation { device, connection, at, what };
        self.monitor.observe(&seen, &mut self.found);
    }

    /// The text of a frame: as it stands, or made from a template.
    fn text(&self, at: Duration, (device, connection): (u32, u32), line: &str) -> String {
        let Some(line) = line.strip_prefix('@') else { return line.to_owned() };
        let mut changes = line.split(" with");
        let mut words = changes.next().unwrap().splitn(4, ' ');
        let name = words.next().unwrap();
        let is_page = name == "page";
        let template = &self.frames[if is_page { "messages" } else { name }];
        assert!(template.is_object(), "no frame is named {name}");
        let session_id = session(words.next().unwrap_or("A"));
        let mut id = words.next().unwrap_or("0");
        let page = is_page.then(|| std::mem::replace(&mut id, words.next().unwrap()).to_owned());
        let now = EPOCH + at.as_millis() as u64;
        let sent_at = (EPOCH + id.parse::<u64>().unwrap_or_default()).to_string();
        let text = template
            .to_string()
            .replace("DEVICE", &format!("device-{device}"))
            .replace("CONNECTION", &format!("connection-{device}-{connection}"))
            .replace("\"#NOW\"", &now.to_string())
            .replace("NOW!", &now.to_string())
            .replace("HOUR!", &(now + 3_600_000).to_string())
            .replace("\"#SENT\"", &sent_at)
            .replace("SENT!", &sent_at)
            .replace("SESSION", session_id.as_str())
            .replace("\"#ID\"", id)
            .replace("ID!", id)
            .replace("WORDS", words.next().unwrap_or("hello"));
        let mut frame: Value = serde_json::from_str(&text).unwrap();
        if let Some(page) = page {
            put_page(&mut frame, &page, id, now);
        }
        for change in changes {
            match change.strip_prefix("out ") {
                Some(pointer) => remove(&mut frame, pointer.trim()),
                None => {
                    let (pointer, value) = change.trim().split_once(" = ").expect(change);
                    put(&mut frame, pointer, serde_json::from_str(value).expect(value));
                }
            }
        }
        frame.to_string()
    }
}
