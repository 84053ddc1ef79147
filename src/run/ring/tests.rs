//! What a ring keeps of what it is shown.

use std::path::Path;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::*;
use crate::device::Target;
use crate::protocol::{Broken, Form, Request};
use crate::run::{LoadOverride, plan_scenarios};
use crate::scenario::{ParseContext, SourceFile, parse};

/// One thing that is seen, on connection 0 of a device.
#[derive(Clone, Debug)]
enum Seen {
    /// The connection ends so.
    Ends(Ending),
    /// A request leaves.
    Asks(Request),
    /// It comes to nothing.
    Expires(Request),
    /// A frame comes, in answer to a request where there is one.
    Hears(Value, Option<Request>, Role),
}

use Seen::{Asks, Ends, Expires, Hears};

fn show(ring: &mut Ring, (at_us, device): (u64, u32), seen: &Seen) {
    let (device, connection) = (DeviceNo(device), ConnectionNo(0));
    let mut observe = |what| {
        ring.observe(&Observation { device, connection, at: Duration::from_micros(at_us), what });
    };
    match seen {
        Ends(ending) => observe(Happening::Closed(ending)),
        Asks(request) => observe(Happening::Sent(&sent(request))),
        Expires(request) => observe(Happening::Expired(&sent(request))),
        Hears(json, asked, role) => {
            let text = json.to_string();
            let (frame, asked) = (Rc::new(Frame::from_text(&text)), asked.as_ref().map(sent));
            let (bytes, role, answers) = (text.len(), *role, asked.as_ref());
            observe(Happening::Received { frame: &frame, text: &text, bytes, role, answers });
        }
    }
}

fn sent(request: &Request) -> Rc<Sent> {
    Rc::new(Sent {
        no: RequestNo(7),
        request: request.clone(),
        form: Form::Request,
        written: None,
        at: Duration::ZERO,
        planned_at: None,
        bytes: 0,
        is_allowed: true,
    })
}

/// The frames that a ring tells at an instant that no frame has, in words.
fn told(ring: &Ring, session: Option<&str>) -> Vec<String> {
    let session = session.map(SessionId::new);
    let told = ring.conversation(Duration::MAX, DeviceNo(0), session.as_ref());
    told.frames.iter().map(in_words).collect()
}

fn in_words(frame: &ConversationFrame) -> String {
    let mut words = format!("{} {} {}", frame.at.as_micros(), frame.device, frame.what.as_str());
    let route = frame.route.as_ref().map(ToString::to_string);
    let event = frame.event.as_ref().map(ToString::to_string);
    let status = frame.status.map(|status| status.to_string());
    let request = frame.request.map(|no| format!("#{no}"));
    let session = frame.session.as_ref().map(|session| format!("in {session}"));
    let message = frame.message.map(|id| format!("of {id}"));
    let by_concierge = frame.is_by_concierge.then(|| "by concierge".to_owned());
    let at_desk = frame.is_at_desk.then(|| "at desk".to_owned());
    for word in [route, event, status, request, session, message, by_concierge, at_desk] {
        words.extend(word.map(|word| format!(" {word}")));
    }
    words
}

/// Shows these to a ring, each a microsecond later, all on device 1, and holds what it tells to what
/// is expected.
#[track_caller]
fn check(seen: &[Seen], session: Option<&str>, expected: &[&str]) {
    let mut ring = Ring::new(SMALL, &[]);
    for (at, one) in seen.iter().enumerate() {
        show(&mut ring, (at as u64, 1), one);
    }
    assert_eq!(told(&ring, session), expected);
}

fn id(session: &str) -> SessionId {
    SessionId::new(session)
}

fn answers(request: &Request, status: i64, body: impl Serialize) -> Seen {
    let json = json!({ "channel": request.route.as_str(), "status": status, "body": body });
    Hears(json, Some(request.clone()), Role::Answer(RequestNo(7)))
}

fn event(session: &str, message: impl Serialize) -> Seen {
    let channel = format!("chat-message-{session}");
    Hears(json!({ "channel": channel, "payload": { "chatMessage": message } }), None, Role::Event)
}

fn pings(session: &str) -> Seen {
    Asks(Request::ping(&id(session)))
}

#[test]
fn a_frame_is_told_by_its_ids_and_never_by_what_it_says() {
    let seen = Request::seen(&id("a"), MessageId(9));
    let message = json!({ "id": 12, "senderEntityType": "BACKEND_USER", "messageContent": "oh" });
    let gone = json!({ "channel": "chat-message-delete", "payload": { "messageId": 12 } });
    let odd = json!({ "channel": "chat-typing", "payload": {} });
    let busy = json!({ "message": "busy", "requestId": "r" });
    let other = Request::any("client/other?page=1", json!({}));
    check(
        &[
            Asks(Request::init()),
            answers(&Request::init(), 200, json!({ "chatSessionId": "a" })),
            event("a", message),
            Asks(seen.clone()),
            answers(&seen, 403, json!({ "message": "no" })),
            Hears(gone, None, Role::Event),
            Hears(odd, None, Role::Event),
            Asks(other.clone()),
            Hears(busy, Some(other), Role::GatewayAnswer(RequestNo(7))),
            Hears(json!([]), None, Role::Stray),
            Expires(Request::ping(&id("a"))),
            Ends(Ending::Broken(Broken::Reset)),
            Ends(Ending::ByServer(Some(1001))),
            Ends(Ending::ByUs),
        ],
        None,
        &[
            "0 1 request client/init-chat-with-concierge #7",
            "1 1 response client/init-chat-with-concierge 200 #7 in a",
            "2 1 event chat-message in a of 12 by concierge",
            "3 1 request client/update-message-seen-at #7 in a of 9",
            "4 1 response client/update-message-seen-at 403 #7 in a of 9",
            "5 1 event chat-message-delete of 12",
            "6 1 event chat-typing",
            "7 1 request client/other #7",
            "8 1 gateway-error client/other #7",
            "9 1 stray",
            "10 1 expired client/ping-on-chat-session #7 in a",
            "11 1 broken",
            "12 1 closed 1001",
            "13 1 left",
        ],
    );
}

#[track_caller]
fn check_capacity(devices: u32, expected: u8) {
    let context = ParseContext {
        env: &|_| None,
        read_file: &|_| Err(std::io::ErrorKind::NotFound.into()),
        list_folder: &|_| Ok(None),
    };
    let text = format!("name: many\nload: {{ devices: {devices} }}\nflow: [init, end]\n");
    let scenario = parse(SourceFile::new("many.yaml", text), Some(Path::new("")), &context);
    let scenarios = vec![scenario.expect("it is fine")];
    let target = Target::parse("ws://127.0.0.1:80/uat").expect("it is an origin");
    let scenarios = plan_scenarios(scenarios, &LoadOverride::default()).expect("as many as asked");
    let plan = RunPlan { scenarios, ..RunPlan::against(target) };
    assert_eq!(Ring::of(&plan, &[]).capacity, expected);
}

#[test]
fn a_small_run_keeps_more_than_a_load() {
    check_capacity(1, 64);
    check_capacity(100, 64);
    check_capacity(101, 16);
    check_capacity(15_000, 16);
}

#[test]
fn every_documented_route_is_told_by_its_own_name() {
    let words = Words::default();
    for route in Route::documented() {
        assert_eq!(Word::route(&route).and_then(|word| words.route(word)), Some(route));
    }
}

#[test]
fn frames_of_other_sessions_are_left_out_and_those_of_none_are_not() {
    let seen = [pings("a"), pings("b"), Asks(Request::unread()), Ends(Ending::ByUs)];
    let ping =
        |nth: u8, of: &str| format!("{nth} 1 request client/ping-on-chat-session #7 in {of}");
    let rest = ["2 1 request client/get-unread-msg-count #7", "3 1 left"];
    let (a, b) = (ping(0, "a"), ping(1, "b"));
    check(&seen, Some("a"), &[&a, rest[0], rest[1]]);
    check(&seen, Some("b"), &[&b, rest[0], rest[1]]);
    check(&seen, Some("c"), &rest);
    check(&seen, None, &[&a, &b, rest[0], rest[1]]);
}

#[test]
fn an_answer_belongs_to_the_session_that_was_asked_about() {
    let asked = Request::ping(&id("a"));
    let seen = [answers(&asked, 200, json!({ "chatSessionId": "b" }))];
    check(&seen, Some("a"), &["0 1 response client/ping-on-chat-session 200 #7 in a"]);
}

#[test]
fn what_was_wrong_is_told_whatever_session_it_speaks_of() {
    let mut ring = Ring::new(LARGE, &[]);
    for (at, device) in [(3, 0), (3, 1), (4, 0)] {
        show(&mut ring, (at, device), &event("stranger", json!({ "id": 1 })));
    }
    let own = id("own");
    let told = ring.conversation(Duration::from_nanos(3_999), DeviceNo(0), Some(&own));
    let told: Vec<_> = told.frames.iter().map(|frame| (frame.at, frame.device)).collect();
    assert_eq!(told, [(Duration::from_micros(3), DeviceNo(0))]);
}

#[test]
fn devices_that_play_the_concierge_are_marked() {
    let mut ring = Ring::new(SMALL, &[DeviceNo(5)]);
    show(&mut ring, (0, 4), &Ends(Ending::ByUs));
    show(&mut ring, (1, 5), &Ends(Ending::ByUs));
    assert_eq!(told(&ring, None), ["0 4 left", "1 5 left at desk"]);
}

#[test]
fn endless_ids_are_cut_and_new_ones_take_the_place_of_old_ones() {
    let mut ring = Ring::new(SMALL, &[]);
    for at in 0..1_000 {
        let session = format!("{at:04}{}", "x".repeat(1 << 16));
        show(&mut ring, (at, 0), &Asks(Request::any(&session, json!({"chatSessionId": session}))));
    }
    assert!(ring.words.len() <= 2 * usize::from(SMALL), "{} texts", ring.words.len());
    let told = ring.conversation(Duration::MAX, DeviceNo(0), None).frames;
    assert_eq!(told.len(), usize::from(SMALL));
    for (frame, at) in told.iter().zip(1_000 - u64::from(SMALL)..) {
        let session = frame.session.as_ref().unwrap().as_str();
        assert_eq!((session.len(), &session[..4]), (128, format!("{at:04}").as_str()));
    }
}

#[test]
fn an_idle_ring_takes_nothing_and_a_full_one_half_a_kibibyte_under_load() {
    let mut ring = Ring::new(LARGE, &[]);
    assert_eq!(ring.entries.capacity(), 0);
    (0..100).for_each(|at| show(&mut ring, (at, 0), &pings("a")));
    assert_eq!(ring.entries.capacity() * size_of::<Entry>(), 512);
    assert_eq!(ring.words.len(), 1);
}

proptest! {
    #[test]
    fn a_ring_is_the_last_of_what_was_seen(
        devices in vec((0_u32..3, 0_u8..4), 0..200),
        is_small in any::<bool>(),
    ) {
        let capacity = if is_small { SMALL } else { LARGE };
        let mut ring = Ring::new(capacity, &[]);
        let mut all = Vec::new();
        for (at, (device, session)) in devices.iter().enumerate() {
            let session = format!("s{session}");
            show(&mut ring, (at as u64, *device), &pings(&session));
            all.push((at as u64, *device, session));
        }
        let last = &all[all.len().saturating_sub(capacity.into())..];
        let of = |session: Option<&str>| -> Vec<_> {
            let session = session.map(SessionId::new);
            let told = ring.conversation(Duration::MAX, DeviceNo(0), session.as_ref());
            let ids = |frame: &ConversationFrame| (
                frame.at.as_micros() as u64,
                frame.device.0,
                frame.session.as_ref().unwrap().to_string(),
            );
            told.frames.iter().map(ids).collect()
        };
        prop_assert_eq!(&of(None), last);
        let of_one: Vec<_> = last.iter().filter(|(.., session)| session == "s1").cloned().collect();
        prop_assert_eq!(of(Some("s1")), of_one);
    }
}
