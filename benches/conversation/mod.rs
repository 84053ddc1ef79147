//! What a monitor sees of one person who talks with the concierge on a device or two, by the book.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use deskbell::conformance::{Claim, ClauseId, Delivery, Finding, Limits, Monitor};
use deskbell::conformance::{Outcome, Reading, Scope, Sink};
use deskbell::protocol::{
    AccountNo, Caller, ConnectionNo, ContentType, DeviceNo, Dialect, Form, Frame, Happening,
    MessageId, Observation, Request, RequestNo, Role, SchemaSet, Sent, SessionId, TokenKind,
};
use serde_json::{Value, json};

/// Wall time at the conversation's zero.
const EPOCH: Duration = Duration::from_secs(1_727_938_788);
/// The device that does the talking.
const PHONE: u32 = 0;
/// From one thing that happens to the next.
const STEP: Duration = Duration::from_millis(20);
const TURN: Duration = Duration::from_secs(2);
/// How many turns lie between two listings.
const LISTED_AFTER: usize = 10;
/// How many messages a page holds.
const PAGE: usize = 20;

/// One thing that happens.
pub(crate) struct Seen {
    device: u32,
    at: Duration,
    what: What,
}

enum What {
    Opened(Rc<Caller>),
    Sent(Rc<Sent>),
    Received { frame: Rc<Frame>, text: String, role: Role, answers: Option<Rc<Sent>> },
}

impl Seen {
    /// As a monitor is told of it.
    pub(crate) fn observation(&self) -> Observation<'_> {
        let what = match &self.what {
            What::Opened(caller) => {
                Happening::Opened { began_at: self.at, planned_at: self.at, caller }
            }
            What::Sent(sent) => Happening::Sent(sent),
            What::Received { frame, text, role, answers } => {
                let (bytes, role, answers) = (text.len(), *role, answers.as_ref());
                Happening::Received { frame, text, bytes, role, answers }
            }
        };
        let (device, connection) = (DeviceNo(self.device), ConnectionNo(0));
        Observation { device, connection, at: self.at, what }
    }

    /// The frame that came, with its text.
    pub(crate) fn received(&self) -> Option<(&Frame, &str)> {
        match &self.what {
            What::Received { frame, text, .. } => Some((frame, text)),
            What::Opened(_) | What::Sent(_) => None,
        }
    }
}

/// A conversation as it is made up.
pub(crate) struct Conversation {
    pub(crate) seen: Vec<Seen>,
    devices: u32,
    session: SessionId,
    now: Duration,
    opened_at: Duration,
    next_request: u64,
    said: Vec<Value>,
}

impl Conversation {
    /// Some devices connect; the first opens a session, the others join it, and then the concierge.
    pub(crate) fn open(devices: u32) -> Self {
        let session = SessionId::new("4482e256-da14-47cc-b119-9575bbb3b6d3");
        let mut new = Self {
            seen: Vec::new(),
            devices,
            session,
            now: STEP,
            opened_at: STEP,
            next_request: 0,
            said: Vec::new(),
        };
        for device in 0..devices {
            let caller = Caller {
                account: AccountNo(0),
                tenant: None,
                token: TokenKind::Valid,
                device_id: Some(device_id(device).into()),
            };
            new.see(device, What::Opened(Rc::new(caller)));
            let ack = json!({"channel": "connection", "status": 200, "body": {}});
            new.receive(device, &ack, Role::Acknowledgment, None);
        }
        new.opened_at = new.now;
        new.call(PHONE, Request::init(), |now| now.with_tenant(PHONE, &full_tenant(), false));
        for device in 1..devices {
            let resume = Request::resume(&new.session);
            new.call(device, resume, |now| now.with_tenant(device, &tenant(), false));
        }
        let update = json!({"chatSession": new.numbered_session()});
        new.event("chat-session-update-", &update);
        new
    }

    /// A message there and one back, the one marked as seen, a count, pings of all, and now and then
    /// a listing.
    pub(crate) fn talk(&mut self) {
        let began_at = self.now;
        let session = self.session.clone();
        let text = "Is there a room for two, from Friday to Sunday?";
        let mine = self.message("TENANT", text);
        let sent = self.send(PHONE, Request::send(&session, &ContentType::Text, text, None));
        self.event("chat-message-", &json!({"chatMessage": numbered(&mine)}));
        let body = json!({"chatSessionId": session.as_str(), "chatMessage": mine});
        self.answer(PHONE, sent, &body);
        let answer = self.message("BACKEND_USER", "There is.");
        self.event("chat-message-", &json!({"chatMessage": numbered(&answer)}));
        let mut seen = answer;
        seen["status"] = 4.into();
        seen["seenAt"] = self.wall().into();
        self.said.pop();
        self.said.push(seen.clone());
        let id = MessageId(self.said.len() as u64);
        let body = json!({"chatSessionId": session.as_str(), "chatMessage": seen});
        self.call(PHONE, Request::seen(&session, id), |_| body);
        self.call(PHONE, Request::unread(), |_| json!({"unreadMsgCount": "0"}));
        for device in 0..self.devices {
            let ping = Request::ping(&session);
            self.call(device, ping, |now| now.with_tenant(device, &tenant(), true));
        }
        if self.said.len().is_multiple_of(2 * LISTED_AFTER) {
            let first = Request::messages(&session, 1, PAGE as u64);
            let messages: Vec<_> = self.said.iter().take(PAGE).cloned().collect();
            let paginate = json!({"per_page": PAGE, "offset": 0, "page": 1});
            let body = json!({"messages": messages, "paginate": paginate});
            self.call(PHONE, first, |_| body);
        }
        self.now = began_at + TURN;
    }

    fn see(&mut self, device: u32, what: What) {
        self.seen.push(Seen { device, at: self.now, what });
        self.now += STEP;
    }

    fn receive(&mut self, device: u32, json: &Value, role: Role, answers: Option<Rc<Sent>>) {
        let text = json.to_string();
        let frame = Rc::new(Frame::from_text(&text));
        self.see(device, What::Received { frame, text, role, answers });
    }

    fn send(&mut self, device: u32, request: Request) -> Rc<Sent> {
        let no = RequestNo(self.next_request);
        self.next_request += 1;
        let at = self.now;
        let form = Form::Request;
        let sent = Sent { no, request, at, planned_at: None, bytes: 200, is_allowed: true, form };
        let sent = Rc::new(sent);
        self.see(device, What::Sent(Rc::clone(&sent)));
        sent
    }

    fn answer(&mut self, device: u32, sent: Rc<Sent>, body: &Value) {
        let route = sent.request.route.as_str();
        let query = sent.request.query.as_ref();
        let channel = query.map_or(route.to_owned(), |query| format!("{route}?{query}"));
        let json = json!({"channel": channel, "status": 200, "body": body});
        self.receive(device, &json, Role::Answer(sent.no), Some(sent));
    }

    fn call(&mut self, device: u32, request: Request, body: impl FnOnce(&Self) -> Value) {
        let sent = self.send(device, request);
        let body = body(self);
        self.answer(device, sent, &body);
    }

    /// An event of the session, to all devices.
    fn event(&mut self, name: &str, payload: &Value) {
        let json = json!({"channel": format!("{name}{}", self.session), "payload": payload});
        for device in 0..self.devices {
            self.receive(device, &json, Role::Event, None);
        }
    }

    fn wall(&self) -> String {
        wall(self.now)
    }

    fn message(&mut self, sender: &str, text: &str) -> Value {
        let id = self.said.len() + 1;
        let message = json!({
            "id": id.to_string(), "orgId": "367", "chatSessionId": self.session.as_str(),
            "senderEntityType": sender, "senderEntityId": entity(sender), "messageContent": text,
            "sentAt": self.wall(), "status": 3, "seenAt": null, "deliveredAt": self.wall(),
            "contentType": "TEXT", "metadata": null,
        });
        self.said.push(message.clone());
        message
    }

    fn session(&self, is_joined: bool) -> Value {
        let joiner = |value: String| if is_joined { Value::from(value) } else { Value::Null };
        json!({
            "id": "100", "orgId": "367", "chatSessionId": self.session.as_str(),
            "chatInitiatedByEntityType": "TENANT", "chatInitiatedByEntityId": "34",
            "lastPingedByChatInitiator": self.wall(),
            "chatJoinedByEntityType": joiner("BACKEND_USER".into()),
            "chatJoinedByEntityId": joiner("32314".into()),
            "lastPingedByChatJoiner": joiner(self.wall()), "isSessionClosed": false,
        })
    }

    fn numbered_session(&self) -> Value {
        let mut session = self.session(true);
        let numbers = [
            "id",
            "orgId",
            "chatInitiatedByEntityId",
            "chatJoinedByEntityId",
            "lastPingedByChatInitiator",
            "lastPingedByChatJoiner",
        ];
        numbers.into_iter().for_each(|key| number(&mut session[key]));
        session
    }

    fn with_tenant(&self, device: u32, tenant: &Value, is_joined: bool) -> Value {
        let hour = Duration::from_secs(3600);
        let opened_at = wall(self.opened_at);
        json!({
            "chatSessionId": self.session.as_str(),
            "chatSession": self.session(is_joined),
            "connection": {
                "id": "2260", "connectionId": format!("fD9QxcHGSQ0CF1w{device}="),
                "entityType": "TENANT", "entityId": "34", "deviceId": device_id(device),
                "expiredAt": wall(self.opened_at + hour), "createdAt": opened_at,
                "updatedAt": opened_at, "orgId": "367",
            },
            "tenant": tenant,
        })
    }
}

fn wall(at: Duration) -> String {
    (EPOCH + at).as_millis().to_string()
}

fn device_id(device: u32) -> String {
    format!("device-{device}")
}

fn entity(sender: &str) -> &'static str {
    if sender == "TENANT" { "34" } else { "32314" }
}

fn tenant() -> Value {
    json!({
        "id": "34", "email": "somchai@example.com", "countryId": "99", "code": "+66",
        "phoneNumber": "0800000001",
    })
}

/// The document's own, as only the reply to an init has it.
fn full_tenant() -> Value {
    let example = include_str!("../../tests/it/schemas/examples/responses/init.new.json");
    let example: Value = serde_json::from_str(example).expect("the tests hold it to its schema");
    let mut full = example["body"]["tenant"].clone();
    full["id"] = tenant()["id"].clone();
    full
}

/// A message as events write it.
fn numbered(message: &Value) -> Value {
    let mut message = message.clone();
    message["type"] = 1.into();
    let numbers = ["id", "orgId", "senderEntityId", "sentAt", "deliveredAt"];
    numbers.into_iter().for_each(|key| number(&mut message[key]));
    message
}

fn number(digits: &mut Value) {
    let number: Option<u64> = digits.as_str().and_then(|digits| digits.parse().ok());
    *digits = number.into();
}

/// The limits that a run has by default.
pub(crate) fn limits() -> Rc<Limits> {
    Rc::new(Limits {
        response_timeout: Duration::from_secs(30),
        delivery_timeout: Duration::from_secs(5),
        ack_timeout: Duration::from_secs(5),
        clock_tolerance: Duration::from_secs(30),
        idle_timeout: Duration::from_secs(600),
        lifetime: Duration::from_secs(7200),
        close_codes: vec![1001, 1006],
        judges_ack: true,
        judges_own_echo: true,
        dialect: Dialect::Documented,
        epoch: EPOCH,
    })
}

/// A monitor that has seen nothing yet, of a flow that lists messages and has its tenant alone.
pub(crate) fn monitor(schemas: &Arc<SchemaSet>, limits: &Rc<Limits>) -> Monitor {
    let scope = Scope { keeps_history: true, is_alone: true };
    Monitor::new(Arc::clone(schemas), Rc::clone(limits), scope)
}

/// Keeps nothing but what should not be there.
#[derive(Default)]
pub(crate) struct Found(pub Vec<Finding>);

impl Sink for Found {
    fn checked(&mut self, _: ClauseId) {}

    fn found(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    fn delivered(&mut self, _: Delivery) {}

    fn settled(&mut self, _: Outcome) {}

    fn claimed(&mut self, _: Claim) {}

    fn reading(&mut self, _: Reading) {}
}
