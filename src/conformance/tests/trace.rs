//! A small language for traces: what happened on which connection, then what is expected.
//!
//! ```text
//! ## a sentence that names the case
//! % ack echo history alone            what is judged beside the usual, where anything is
//! 0.010 0/0 open account=1 tenant=34 token=none device=none    seconds, device/connection, what happened;
//!                                     a connection that is not opened belongs to account 0
//! 0.010 0/0 refused 403 again         the upgrade was refused, though the token was let in before;
//!                                     also: refused handshake, timeout, network
//! 0.020 0/0 > send A hello            a request that the document allows; `>!` one that it does not
//! 0.020 0/0 >raw any text             a frame as it is, be it a request or not
//! 0.030 0/0 < @send A 133 hello       a frame of testdata/frames.json, for session A
//! 0.040 0/0 < @send A 134 x with /body/chatMessage/id = 134 without /status
//! 0.040 0/0 < @page A 2/50 51,52c,53cs    a page of messages; `c` the concierge's, `s` seen
//! 0.050 0/0 < any other text          as it stands; `<bom` puts a byte order mark before it,
//!                                     `<wide 200000` blanks behind it
//! 0.030 0/0 > send A hello | {"contentType": "IMAGE"}    with other keys in its body
//! 0.030 0/0 > messages A 2 50         a page, and its limit
//! 0.050 0/0 upload {"put": 403}       an upload by the book, but for this
//! 0.060 0/0 binary 16                 also: expire (its oldest request), close, closed CODE, broken HOW
//! 6.000 - wait                        time passes
//! = ENV-5 0.040 0 /body/chatMessage/id    a finding: clause, instant, device, pointer
//! = delivered 1                       also: lost, doubled; told where not zero
//! = checked EVENT-1 1                 how often a clause was judged; told where asked for
//! = latency peer 0.010 first          all deliveries in order; told where any is asked for
//! ```
//! All that is still open at the end is judged there.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::conformance::{
    Claim, ClauseId, Delivery, Finding, Limits, Monitor, Outcome, Reading, Scope, Sink,
};
use crate::protocol::{
    AccountNo, Broken, Caller, ConnectionNo, ContentType, Correlator, DeviceNo, Ending, Fetched,
    Form, Frame, Happening, MessageId, NotOpened, Observation, Request, RequestNo, Role, SchemaSet,
    Sent, SessionId, TenantId, TokenKind, UploadExchange, UploadRequest,
};

/// The limits of every case that says nothing else.
pub(super) fn limits() -> Limits {
    Limits {
        response_timeout: Duration::from_secs(30),
        delivery_timeout: Duration::from_secs(5),
        ack_timeout: Duration::from_secs(5),
        clock_tolerance: Duration::from_secs(30),
        idle_timeout: Duration::from_secs(600),
        lifetime: Duration::from_secs(7200),
        close_codes: vec![1001, 1006],
        judges_ack: false,
        judges_own_echo: false,
        epoch: Duration::from_millis(EPOCH),
    }
}

/// Wall time at a trace's zero, in milliseconds since the Unix epoch.
const EPOCH: u64 = 1_727_938_788_101;

/// A trace with what is expected of it.
pub(super) struct Case {
    pub(super) name: String,
    /// Its first line, where that says what is judged: `% ack echo history alone`.
    asked: String,
    lines: Vec<String>,
    pub(super) expected: Vec<String>,
}

/// Splits a file into its cases.
pub(super) fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("## ") {
            let (lines, expected) = (Vec::new(), Vec::new());
            let asked = String::new();
            cases.push(Case { name: name.to_owned(), asked, lines, expected });
        } else if !line.starts_with('#') {
            let case = cases.last_mut().expect("a case begins with its name");
            match (line.strip_prefix("= "), line.strip_prefix("% ")) {
                (Some(expected), _) => case.expected.push(expected.to_owned()),
                (None, Some(asked)) => asked.clone_into(&mut case.asked),
                (None, None) => case.lines.push(line.to_owned()),
            }
        }
    }
    cases
}

impl Case {
    /// Plays the trace to a new monitor.
    pub(super) fn play(&self) -> Found {
        let mut player = Player::asked(&self.asked);
        for line in &self.lines {
            player.line(line);
        }
        player.monitor.finish(Duration::MAX, &mut player.found);
        player.found
    }
}

/// What a monitor put into its sink.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    checked: HashMap<ClauseId, u64>,
    outcomes: Vec<Outcome>,
    deliveries: Vec<Delivery>,
    pub(super) readings: Vec<Reading>,
    pub(super) claims: Vec<Claim>,
}

impl Found {
    /// How often a clause was checked and violated.
    pub(super) fn verdicts(&self, clause: ClauseId) -> (u64, u64) {
        let violated = self.findings.iter().filter(|found| found.clause == clause).count() as u64;
        (self.checked.get(&clause).copied().unwrap_or_default(), violated)
    }

    /// How many deliveries had an outcome.
    pub(super) fn settled(&self, outcome: Outcome) -> usize {
        self.outcomes.iter().filter(|one| **one == outcome).count()
    }

    /// All findings and outcomes as a trace writes them, and of the rest what is asked for.
    pub(super) fn lines(&self, asked: &[String]) -> Vec<String> {
        let mut lines: Vec<_> = self.findings.iter().map(finding_line).collect();
        for (name, outcome) in [
            ("delivered", Outcome::Delivered),
            ("lost", Outcome::Lost),
            ("doubled", Outcome::Duplicate),
        ] {
            let count = self.settled(outcome);
            if count > 0 {
                lines.push(format!("{name} {count}"));
            }
        }
        for line in asked.iter().filter_map(|line| line.strip_prefix("checked ")) {
            let clause = line.split(' ').next().unwrap();
            let of = |(id, _): &(&ClauseId, _)| id.as_str() == clause;
            let count = self.checked.iter().find(of).map_or(0, |(_, count)| *count);
            lines.push(format!("checked {clause} {count}"));
        }
        if asked.iter().any(|line| line.starts_with("latency ")) {
            lines.extend(self.deliveries.iter().map(latency_line));
        }
        lines
    }
}

fn finding_line(found: &Finding) -> String {
    let at = found.at.as_secs_f64();
    let line = format!("{} {at:.3} {} {}", found.clause, found.device, found.pointer);
    line.trim_end().to_owned()
}

fn latency_line(delivery: &Delivery) -> String {
    let whose = if delivery.is_own { "self" } else { "peer" };
    let first = if delivery.is_first { " first" } else { "" };
    format!("latency {whose} {:.3}{first}", delivery.latency.as_secs_f64())
}

impl Sink for Found {
    fn checked(&mut self, clause: ClauseId) {
        *self.checked.entry(clause).or_default() += 1;
    }

    fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn delivered(&mut self, delivery: Delivery) {
        self.deliveries.push(delivery);
    }

    fn settled(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    fn claimed(&mut self, claim: Claim) {
        self.claims.push(claim);
    }

    fn reading(&mut self, reading: Reading) {
        self.readings.push(reading);
    }
}

/// Feeds a monitor, correlating as a device does.
pub(super) struct Player {
    pub(super) monitor: Monitor,
    pub(super) found: Found,
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
    pub(super) fn new() -> Self {
        Self::asked("")
    }

    /// Of a flow of which these words hold.
    pub(super) fn asked(asked: &str) -> Self {
        let has = |word| asked.split(' ').any(|asked| asked == word);
        let limits = Limits { judges_ack: has("ack"), judges_own_echo: has("echo"), ..limits() };
        let scope = Scope { keeps_history: has("history"), is_alone: has("alone") };
        Self {
            monitor: Monitor::new(SchemaSet::builtin(), limits, scope),
            found: Found::default(),
            connections: HashMap::new(),
            frames: serde_json::from_str(include_str!("../testdata/frames.json")).unwrap(),
            next: 0,
        }
    }

    /// Plays one line.
    pub(super) fn line(&mut self, line: &str) {
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
            self.open(at, who, &caller(who, ""));
        }
        match verb {
            "open" => self.open(at, who, &caller(who, rest)),
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
            ending => self.ended(at, who, &self::ending(ending, rest)),
        }
    }

    fn open(&mut self, at: Duration, who: (u32, u32), caller: &Rc<Caller>) {
        self.connections.insert(who, Connection::default());
        self.observe(at, who, Happening::Opened { began_at: at, planned_at: at, caller });
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
        connection.correlator.sent(no, &request);
        let sent = Rc::new(Sent { no, bytes: 0, at, planned_at: None, request, form, is_allowed });
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

/// Makes a listing of these ids, as the page of a limit: `c` stands after one of the concierge's,
/// `s` after one that was seen.
fn put_page(frame: &mut Value, page: &str, ids: &str, now: u64) {
    let (page, limit) = page.split_once('/').expect(page);
    let (page, limit): (u64, u64) = (page.parse().unwrap(), limit.parse().unwrap());
    let template = frame["body"]["messages"][0].clone();
    let message = |word: &str| {
        let id = word.trim_end_matches(['c', 's']);
        let sent_at = (EPOCH + id.parse::<u64>().unwrap()).to_string();
        let mut message = template.clone();
        message["id"] = json!(id);
        message["messageContent"] = json!("hello");
        (message["sentAt"], message["deliveredAt"]) = (json!(sent_at), json!(sent_at));
        if word.contains('c') {
            message["senderEntityType"] = json!("BACKEND_USER");
            message["senderEntityId"] = json!("32314");
        }
        if word.contains('s') {
            (message["status"], message["seenAt"]) = (json!(4), json!(now.to_string()));
        }
        message
    };
    let messages = ids.split(',').filter(|word| *word != "none").map(message);
    frame["body"]["messages"] = messages.collect();
    frame["body"]["paginate"] =
        json!({ "per_page": limit, "offset": (page - 1) * limit, "page": page });
    frame["channel"] = json!(format!("client/get-chat-messages?page={page}&limit={limit}"));
}

fn remove(frame: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    frame.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
}

fn put(frame: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    frame.pointer_mut(parent).unwrap()[key] = value;
}

/// Who connects, as `account=1 token=garbled device=none` has it.
fn caller((device, _): (u32, u32), words: &str) -> Rc<Caller> {
    let mut caller = Caller {
        account: AccountNo(0),
        tenant: None,
        token: TokenKind::Valid,
        device_id: Some(format!("device-{device}").into()),
    };
    for word in words.split(' ') {
        match word.split_once('=') {
            Some(("account", no)) => caller.account = AccountNo(no.parse().unwrap()),
            Some(("tenant", id)) => caller.tenant = Some(TenantId(id.parse().unwrap())),
            Some(("device", "none")) => caller.device_id = None,
            Some(("device", id)) => caller.device_id = Some(id.into()),
            Some(("token", "none")) => caller.token = TokenKind::None,
            Some(("token", "garbled")) => caller.token = TokenKind::Garbled,
            Some(("token", "resigned")) => caller.token = TokenKind::Resigned,
            Some(("token", "expired")) => caller.token = TokenKind::Expired,
            _ => assert!(matches!(word, "" | "again"), "nothing is named {word}"),
        }
    }
    Rc::new(caller)
}

/// Why a connection was not opened: a status, or in words.
fn not_opened(why: &str) -> NotOpened {
    match why {
        "handshake" => NotOpened::Handshake,
        "timeout" => NotOpened::Timeout,
        "network" => NotOpened::Network,
        status => NotOpened::Status(status.parse().expect(status)),
    }
}

/// The session of a letter.
fn session(letter: &str) -> SessionId {
    SessionId::new(format!("{:0>8}-0000-4000-8000-000000000000", letter.to_lowercase()))
}

fn request(line: &str) -> Request {
    if let Some((line, changes)) = line.split_once(" | ") {
        let mut request = request(line);
        let changes: Value = serde_json::from_str(changes).expect(changes);
        for (key, value) in changes.as_object().unwrap() {
            request.body[key] = value.clone();
        }
        return request;
    }
    let mut words = line.splitn(3, ' ');
    let name = words.next().unwrap();
    let of = session(words.next().unwrap_or("A"));
    let rest = words.next().unwrap_or("hello");
    let message = || MessageId(rest.parse().unwrap());
    match name {
        "init" => Request::init(),
        "session" => Request::session(&of),
        "resume" => Request::resume(&of),
        "messages" => {
            let (page, limit) = rest.split_once(' ').unwrap_or(("1", "50"));
            Request::messages(&of, page.parse().unwrap(), limit.parse().unwrap())
        }
        "ping" => Request::ping(&of),
        "send" => Request::send(&of, &ContentType::Text, rest, None),
        "unsend" => Request::unsend(&of, message()),
        "seen" => Request::seen(&of, message()),
        "unread" => Request::unread(),
        "end" => Request::end(&of),
        other => panic!("no request is named {other}"),
    }
}

fn ending(verb: &str, rest: &str) -> Ending {
    match (verb, rest) {
        ("close", _) => Ending::ByUs,
        ("closed", code) => Ending::ByServer(code.parse().ok()),
        ("broken", "reset") => Ending::Broken(Broken::Reset),
        ("broken", "protocol") => Ending::Broken(Broken::Protocol),
        ("broken", "not-utf8") => Ending::Broken(Broken::NotUtf8),
        ("broken", "too-large") => Ending::Broken(Broken::TooLarge),
        _ => panic!("nothing is named {verb} {rest}"),
    }
}

/// An upload by the book, but for what these say: `filename`, `status`, `put`, `fetched`, and keys
/// of its grant.
fn upload_of(changes: &Value) -> UploadExchange {
    let url = "https://uploads.example.com/chat-images/1.png";
    let mut grant = json!({
        "uploadURL": format!("{url}?Signature=secret"),
        "fileName": "room.png",
        "uploadPath": "/chat-images/1.png",
        "resourceUrl": url,
    });
    for (key, value) in changes.as_object().unwrap() {
        if grant.get(key).is_some() {
            grant[key] = value.clone();
        }
    }
    let status = |key: &str, usual: u64| changes[key].as_u64().unwrap_or(usual) as u16;
    let content_type = changes["served"].as_str().unwrap_or("image/png").to_owned();
    UploadExchange {
        request: UploadRequest {
            filename: changes["filename"].as_str().unwrap_or("room.png").to_owned(),
            mime_type: "image/png".to_owned(),
            kind: "chat-images".to_owned(),
        },
        status: status("status", 200),
        answer: json!({ "data": { "uploadUrlData": grant }, "message": "done" }),
        put: Some(status("put", 200)),
        fetched: Some(Fetched {
            status: status("fetched", 200),
            content_type: Some(content_type),
            length: 3,
            is_same: changes["same"] != false,
        }),
    }
}
