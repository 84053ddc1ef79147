//! The table: whatever can fail, whose fault it is, and of what kind.

use std::collections::BTreeSet;
use std::io;

use crate::device::TlsError;

use super::*;

/// Limits as shipped, but for a clock that is 60 times as fast.
fn limits() -> Limits {
    crate::run::flow::limits(
        &crate::scenario::Settings {
            idle_timeout: Duration::from_secs(10),
            lifetime: Duration::from_secs(120),
            ..crate::scenario::Settings::default()
        },
        Duration::ZERO,
    )
}

fn told(blame: Blame) -> String {
    format!("{}: {}", blame.layer.as_str(), blame.kind)
}

fn dial(error: DialError) -> ConnectError {
    ConnectError::Network(error)
}

fn through_proxy(why: DialError) -> DialError {
    DialError::Proxy(ProxyError::Unreachable("proxy:3128".into(), Box::new(why)))
}

/// Every way in which a connect fails.
fn connects() -> Vec<(Blame, &'static str)> {
    let tls = |error: TlsError| dial(DialError::Tls(error));
    let all = [
        (dial(DialError::Name("nowhere.example.com".into())), "network: name_unresolved"),
        (dial(DialError::Io(io::ErrorKind::ConnectionRefused)), "network: connect_refused"),
        (dial(DialError::Io(io::ErrorKind::ConnectionReset)), "network: connect_failed"),
        (dial(DialError::Io(io::ErrorKind::NetworkUnreachable)), "network: connect_failed"),
        (ConnectError::Timeout, "network: connect_timeout"),
        (dial(through_proxy(DialError::Name("proxy".into()))), "network: proxy"),
        (dial(DialError::Proxy(ProxyError::Refused("proxy:3128".into(), 502))), "network: proxy"),
        (tls(TlsError::UnknownIssuer { host: "example.com".into() }), "network: tls_certificate"),
        (tls(TlsError::Version), "network: tls_handshake"),
        (tls(TlsError::BrokenOff), "network: tls_handshake"),
        (ConnectError::Handshake, "network: handshake_invalid"),
        (ConnectError::NoHttp, "network: handshake_invalid"),
        (dial(DialError::FilesExhausted), "harness: files_exhausted"),
        (dial(DialError::PortsExhausted), "harness: ports_exhausted"),
        (dial(through_proxy(DialError::PortsExhausted)), "harness: ports_exhausted"),
        (dial(DialError::SourceFamily), "harness: source_family"),
        (ConnectError::Refused(401), "authorizer: handshake_401"),
        (ConnectError::Refused(403), "authorizer: handshake_403"),
        (ConnectError::Refused(429), "gateway: handshake_429"),
        (ConnectError::Refused(500), "integration: handshake_500"),
        (ConnectError::Refused(502), "integration: handshake_502"),
        (ConnectError::Refused(400), "application: handshake_400"),
        (ConnectError::Refused(302), "application: handshake_302"),
        (ConnectError::Refused(999), "application: handshake_other"),
    ];
    all.into_iter().map(|(error, expected)| (Blame::of_connect(&error), expected)).collect()
}

/// What a gateway says of its own, and whose fault that is.
const MESSAGES: [(&str, &str); 9] = [
    ("Too Many Requests", "gateway: throttled"),
    ("Limit Exceeded", "gateway: throttled"),
    ("Rate exceeded", "gateway: throttled"),
    ("Forbidden", "gateway: forbidden"),
    ("Bad request body", "gateway: bad_request_body"),
    ("Internal server error", "integration: internal_server_error"),
    ("Endpoint request timed out", "integration: endpoint_timeout"),
    ("Something new", "gateway: gateway_error"),
    ("", "gateway: gateway_error"),
];

fn gateways(message: &str) -> Frame {
    let frame = serde_json::json!({ "message": message, "connectionId": "c", "requestId": "r" });
    Frame::from_text(&frame.to_string())
}

fn frame(text: &str) -> Frame {
    Frame::from_text(text)
}

/// Every answer and frame that is an error.
fn frames() -> Vec<(Blame, &'static str)> {
    let answers = [
        (r#"{"channel":"client/x","status":403,"body":{}}"#, "application: status_403"),
        (r#"{"channel":"client/x","status":429,"body":{}}"#, "application: status_429"),
        (r#"{"channel":"client/x","status":7,"body":{}}"#, "application: status_other"),
        (r#"{"channel":"client/x","body":{}}"#, "application: no_status"),
    ];
    let answers = answers.map(|(text, expected)| {
        (Blame::of_answer(&frame(text), true).expect("it was allowed"), expected)
    });
    let strays = [
        (frame("{"), "schema: not_json"),
        (Frame::binary(7), "schema: binary"),
        (frame("[]"), "schema: unknown_frame"),
        (frame(r#"{"channel":"client/x","status":200}"#), "schema: unknown_frame"),
    ];
    let strays = strays.map(|(frame, expected)| (Blame::of_stray(&frame), expected));
    let known = [
        (Blame::EXPIRED, "integration: response_timeout"),
        (Blame::UNASKED, "application: unasked_answer"),
        (Blame::OVERFLOW, "harness: inbox_overflow"),
    ];
    let clauses = [ClauseId::Env1, ClauseId::Env5, ClauseId::Event5];
    let clauses = clauses.map(|clause| {
        (Blame::of_clause(clause).expect("it is of a form"), "schema: invalid_frame")
    });
    let gateways = MESSAGES.into_iter().flat_map(|(message, expected)| {
        let frame = gateways(message);
        let answer = Blame::of_answer(&frame, true).expect("it was allowed");
        [(answer, expected), (Blame::of_stray(&frame), expected)]
    });
    gateways.chain(answers).chain(strays).chain(known).chain(clauses).collect()
}

/// Every failure of an upload.
fn uploads() -> Vec<(Blame, &'static str)> {
    let all = [
        (HttpError::Network(DialError::Io(io::ErrorKind::ConnectionRefused)), "upload_failed"),
        (HttpError::Network(DialError::Name("files.example.com".into())), "upload_failed"),
        (HttpError::Timeout, "upload_failed"),
        (HttpError::Protocol, "upload_failed"),
    ];
    let network =
        all.into_iter().map(|(error, _)| (Blame::of_upload(&error), "network: upload_failed"));
    let others = [
        (Blame::of_upload(&DialError::PortsExhausted.into()), "harness: ports_exhausted"),
        (Blame::of_upload(&HttpError::TooLarge), "schema: too_large"),
        (Blame::of_upload(&HttpError::Scheme), "schema: invalid_upload_answer"),
        (Blame::UPLOAD_MISFIT, "schema: invalid_upload_answer"),
        (Blame::of_upload_status(403), "application: status_403"),
        (Blame::of_upload_status(999), "application: status_other"),
    ];
    network.chain(others).collect()
}

const BUSY: Wear = Wear { age: Duration::from_secs(60), idle: Duration::from_secs(1) };
const IDLE: Wear = Wear { age: Duration::from_secs(60), idle: Duration::from_secs(10) };
const OLD: Wear = Wear { age: Duration::from_secs(120), idle: Duration::from_secs(1) };

const RESET: Ending = Ending::Broken(Broken::Reset);

/// Every ending: of what connection, whether its token has expired, the error that it is, and of each
/// request that it cut off.
fn endings() -> Vec<(Cause, Option<&'static str>, &'static str)> {
    let closed = |code: u16| Ending::ByServer(Some(code));
    let (by_network, by_gateway) = ("network: cut_off", "gateway: cut_off");
    let all = [
        (RESET, BUSY, Some("network: reset"), by_network),
        (Ending::ByServer(None), BUSY, Some("network: closed"), by_network),
        (Ending::ByServer(None), IDLE, Some("network: closed"), by_network),
        (closed(1001), BUSY, Some("network: closed_1001"), by_network),
        (closed(1011), OLD, Some("network: closed_1011"), by_network),
        (closed(1011), IDLE, Some("network: closed_1011"), by_network),
        (closed(7000), BUSY, Some("network: closed_other"), by_network),
        (closed(1003), BUSY, Some("gateway: closed_1003"), by_gateway),
        (closed(1009), BUSY, Some("gateway: closed_1009"), by_gateway),
        (Ending::Broken(Broken::Protocol), OLD, Some("network: websocket_protocol"), by_network),
        (Ending::Broken(Broken::NotUtf8), OLD, Some("schema: not_utf8"), by_network),
        (Ending::Broken(Broken::TooLarge), OLD, Some("schema: too_large"), by_network),
        (closed(1001), OLD, None, by_gateway),
        (closed(1001), IDLE, None, by_gateway),
        (RESET, OLD, None, by_gateway),
        (RESET, IDLE, None, by_gateway),
        (Ending::ByUs, BUSY, None, "harness: cut_off"),
        (Ending::ByUs, OLD, None, "harness: cut_off"),
    ];
    let told = all.into_iter().map(|(ending, wear, error, of_request)| {
        (Cause::of(&ending, Some(wear), &limits(), false), error, of_request)
    });
    let lapsed = Cause::of(&closed(1008), Some(BUSY), &limits(), true);
    let unknown = Cause::of(&closed(1001), None, &limits(), false);
    told.chain([
        (lapsed, Some("authorizer: token_expired"), by_network),
        (unknown, Some("network: closed_1001"), by_network),
    ])
    .collect()
}

fn is_named(name: &str, kind: &str) -> bool {
    let fits = |(one, other): (char, char)| one == other || one == 'N' && other.is_ascii_digit();
    name.len() == kind.len() && name.chars().zip(kind.chars()).all(fits)
}

#[test]
fn every_failure_is_laid_to_its_layer() {
    let simple = [connects(), frames(), uploads()].concat();
    for (nth, (blame, expected)) in simple.iter().enumerate() {
        assert_eq!(told(*blame), *expected, "row {nth}");
    }
    for (nth, (cause, error, of_request)) in endings().into_iter().enumerate() {
        let actual = (cause.blame().map(told), told(cause.of_request()));
        assert_eq!(actual, (error.map(str::to_owned), of_request.to_owned()), "ending {nth}");
    }
}

#[test]
fn every_kind_is_known_by_its_layer_and_comes_about() {
    let simple = [connects(), frames(), uploads()].concat();
    let simple = simple.into_iter().map(|(blame, _)| blame);
    let of_endings = endings()
        .into_iter()
        .flat_map(|(cause, ..)| cause.blame().into_iter().chain([cause.of_request()]));
    let mut reached = BTreeSet::new();
    for blame in simple.chain(of_endings) {
        let (_, names) = BLAMED.iter().find(|(layer, _)| *layer == blame.layer).unwrap();
        let kind = blame.kind.to_string();
        let exact = names.iter().find(|name| **name == kind);
        let name = exact.or_else(|| names.iter().find(|name| is_named(name, &kind)));
        let name = name.unwrap_or_else(|| panic!("{} is not in the table", told(blame)));
        reached.insert((blame.layer, *name));
    }
    let all = BLAMED.iter().flat_map(|(layer, names)| names.iter().map(|name| (*layer, *name)));
    assert_eq!(reached, all.collect());
}

#[test]
fn every_kind_of_the_code_is_laid_to_a_layer() {
    let named: Vec<_> = BLAMED.iter().flat_map(|(_, names)| names.iter()).collect();
    let is_missing = |kind: &ErrorKind| !named.iter().any(|name| **name == kind.to_string());
    assert_eq!(ErrorKind::plain().find(is_missing), None);
    assert_eq!(BLAMED.map(|(layer, _)| layer), Layer::ALL);
}

#[test]
fn a_close_is_excused_at_its_time_and_not_before() {
    let cause = |age: u64, idle: u64| {
        let wear = Wear { age: Duration::from_millis(age), idle: Duration::from_millis(idle) };
        Cause::of(&Ending::ByServer(Some(1001)), Some(wear), &limits(), false)
    };
    assert_eq!(cause(118_800, 0), Cause::Excused(Excuse::Lifetime));
    assert_eq!(cause(118_799, 9_900), Cause::Excused(Excuse::Idle));
    assert!(matches!(cause(118_799, 9_899), Cause::Fault(_)));
}

#[test]
fn what_the_document_forbids_may_be_refused() {
    let of = |frame: &Frame| Blame::of_answer(frame, false).map(told);
    assert_eq!(of(&frame(r#"{"channel":"client/x","status":403,"body":{}}"#)), None);
    for (message, expected) in MESSAGES {
        let is_refusal = ["Forbidden", "Bad request body"].contains(&message);
        let expected = (!is_refusal).then(|| expected.to_owned());
        assert_eq!(of(&gateways(message)), expected, "{message}");
    }
    assert_eq!(Blame::of_clause(ClauseId::Event1), None);
}

#[test]
fn throttling_is_told_of_connects_and_requests() {
    let at = Duration::from_millis(3);
    let of = |blame: Blame| blame.throttling(at);
    assert_eq!(of(Blame::of_connect(&ConnectError::Refused(429))), Some(Throttling::connect(at)));
    assert_eq!(of(Blame::of_stray(&gateways("Limit exceeded"))), Some(Throttling::request(at)));
    assert_eq!(of(Blame::of_connect(&ConnectError::Refused(503))), None);
    assert_eq!(of(Blame::of_stray(&gateways("Forbidden"))), None);
    assert_eq!(of(Blame::of_upload_status(429)), None);
}

#[test]
#[should_panic(expected = "failures alone")]
fn an_answer_that_is_as_it_should_be_is_never_asked_about() {
    Blame::of_answer(&frame(r#"{"channel":"client/x","status":200,"body":{}}"#), true);
}
