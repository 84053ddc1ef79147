//! What is read from users and servers, each as a function of bytes that panics where what must hold
//! does not.

use std::borrow::Cow;
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deskbell::conformance::{
    CATALOGUE, Claim, ClauseId, Delivery, Finding, Limits, Monitor, Outcome, Reading, Sink,
};
use deskbell::device::{AccessToken, Bypass, Proxy, Target, allowed_host};
use deskbell::metrics::{HistogramDecoder, HistogramEncoder, Threshold};
use deskbell::protocol::{
    AccountNo, Caller, ConnectionNo, ContentType, Correlator, DeviceNo, Dialect, Ending, Form,
    Frame, FrameKind, Happening, MessageId, Observation, Request, RequestNo, SchemaSet, Sent,
    SessionId, TokenKind,
};
use deskbell::scenario::{
    Action, Diagnostics, LONGEST_DURATION, NamedFiles, ParseContext, Scope, Setting, Settings,
    Slot, SourceFile, holds_profile, holds_waivers, load_profile, load_waivers, parse,
    parse_duration, parse_rate,
};
use serde_json::Value;

/// Reads bytes.
pub(super) type Reads = fn(&[u8]);

/// What is read of bytes, by the name of its folder of samples.
pub(super) const TARGETS: [(&str, Reads); 13] = [
    ("frame", frame),
    ("conversation", conversation),
    ("request", request),
    ("scenario", scenario),
    ("profile", profile),
    ("waivers", waivers),
    ("setting", setting),
    ("template", template),
    ("threshold", threshold),
    ("duration", duration),
    ("token", token),
    ("address", address),
    ("histogram", histogram),
];

/// Reads bytes as the target of this name does.
pub(super) fn read(target: &str, bytes: &[u8]) {
    let (_, reads) = TARGETS.iter().find(|(name, _)| *name == target).expect(target);
    reads(bytes);
}

/// The most mistakes that are told of one file, and the longest that they come to, in bytes.
const MOST_MISTAKES: usize = 4_000;
const LONGEST_TOLD: usize = 4 << 20;

/// The longest finding, in bytes: what a server said is cut.
const LONGEST_FINDING: usize = 8 * 1024;

/// How long a template may be that is evaluated, and what its value may come to, in bytes: each random
/// text may have a million.
const LONGEST_EVALUATED: usize = 512;
const LONGEST_VALUE: usize = 32 << 20;

/// How many frames of a conversation are played.
const MOST_FRAMES: usize = 256;

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// A frame that is JSON prints as what it was read from.
fn frame(bytes: &[u8]) {
    let frame = Frame::from_text(&text(bytes));
    let of_it = (frame.status(), frame.is_ok(), frame.is_throttling(), frame.is_unauthorized());
    let inside = (frame.body(), frame.payload(), frame.message(), frame.session_id());
    assert!(!of_it.1 || of_it.0 == Some(200), "{of_it:?} of {inside:?}");
    if frame.flaw.is_none() && !matches!(frame.kind, FrameKind::Malformed(_)) {
        let again = Frame::from_text(&frame.json.to_string());
        assert_eq!(again, frame);
    }
}

/// A line is a frame that comes while requests are open. Every request has one end, and what is found is
/// told in few words.
fn conversation(bytes: &[u8]) {
    let mut talk = Talk::new();
    let text = text(bytes);
    for line in text.lines().take(MOST_FRAMES) {
        talk.hears(line);
    }
    talk.ends();
}

/// A request reads as what it is printed as.
fn request(bytes: &[u8]) {
    let text = text(bytes);
    let request = Request::read(&text);
    let form = Form::of(&text);
    if form == Form::Request && request.has_route() {
        assert_eq!(Request::read(&request.encode()), request, "{text}");
    }
}

/// A scenario, or mistakes with places inside of it.
fn scenario(bytes: &[u8]) {
    let text = text(bytes);
    let source = SourceFile::new("any.yaml", &*text);
    if let Err(mistakes) = parse(source, Some(Path::new("")), &ALONE) {
        told(&mistakes);
    }
}

/// A profile, or mistakes that show no token.
fn profile(bytes: &[u8]) {
    let context = ParseContext { read_file: &|_| Ok(bytes.to_vec()), ..ALONE };
    let is_one = holds_profile("any.yaml", &context);
    for files in [NamedFiles::Left, NamedFiles::Looked] {
        match load_profile(Path::new("any.yaml"), files, &context) {
            Ok(profile) => assert!(is_one || profile.target.is_none()),
            Err(mistakes) => told(&mistakes),
        }
    }
}

/// Waivers of clauses that there are, or mistakes.
fn waivers(bytes: &[u8]) {
    let clauses: Vec<_> = CATALOGUE.iter().map(|clause| clause.id.as_str()).collect();
    let context = ParseContext { read_file: &|_| Ok(bytes.to_vec()), ..ALONE };
    holds_waivers("any.yaml", &context);
    match load_waivers("any.yaml", &clauses, &context) {
        Ok(waivers) => assert!(waivers.len() <= bytes.len(), "{}", waivers.len()),
        Err(mistakes) => told(&mistakes),
    }
}

/// A setting that can be put in its place.
fn setting(bytes: &[u8]) {
    match Setting::parse("--set", &text(bytes)) {
        Ok(setting) => {
            let settings = setting.over(Settings::default());
            assert_eq!(setting.over(settings.clone()), settings, "{setting:?}");
        }
        Err(mistakes) => told(&mistakes),
    }
}

/// A template as a value of a scenario: it has a value, or says what is missing.
fn template(bytes: &[u8]) {
    let quoted = Value::from(text(bytes)).to_string();
    let whole = format!(
        "name: x\nvars: {{ greeting: hello }}\n\
         flow: [{{ init: {{ as: opened }} }}, {{ send: {{ text: {quoted} }} }}]\n"
    );
    let source = SourceFile::new("any.yaml", whole);
    match parse(source, Some(Path::new("")), &ALONE) {
        Ok(scenario) => {
            for step in scenario.flow.into_iter().filter(|_| bytes.len() <= LONGEST_EVALUATED) {
                let Action::Send { content, .. } = step.action else { continue };
                match content.text(&mut Nothing(Value::Null)) {
                    Ok(text) => assert!(text.len() <= LONGEST_VALUE, "{}", text.len()),
                    Err(error) => assert!(!error.to_string().is_empty()),
                }
            }
        }
        Err(mistakes) => told(&mistakes),
    }
}

/// A threshold reads as what it prints as.
fn threshold(bytes: &[u8]) {
    match Threshold::parse(&text(bytes)) {
        Ok(threshold) => {
            assert_eq!(Threshold::parse(&threshold.to_string()), Ok(threshold.clone()));
            assert!(threshold.bound().is_finite(), "{threshold}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A duration, or a rate, within its bounds, and the same when it is read from its value.
fn duration(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(duration) = parse_duration(&text) {
        assert!(duration <= LONGEST_DURATION, "{text}: {duration:?}");
        let printed = format!("{}ns", duration.as_nanos());
        assert_eq!(parse_duration(&printed), Ok(duration), "{text}");
    }
    if let Ok(rate) = parse_rate(&text) {
        assert!(rate.is_finite() && rate >= 0.0, "{text}: {rate}");
        assert_eq!(parse_rate(&format!("{rate}/s")), Ok(rate), "{text}");
    }
}

/// A token is never shown, and another signature makes it another one.
fn token(bytes: &[u8]) {
    let token = AccessToken::new(text(bytes).into_owned());
    assert_eq!(format!("{token:?}"), "[redacted]");
    assert!(token.resigned() != token);
    let _ = (token.expires_at(), token.garbled());
}

/// Where something is: a target, a proxy, hosts that are allowed, and hosts past a proxy.
fn address(bytes: &[u8]) {
    let text = text(bytes);
    let told = [
        Target::parse(&text).err().map(|error| error.to_string()),
        Proxy::parse(&text).err().map(|error| error.to_string()),
        allowed_host(&text).err().map(|error| error.to_string()),
    ];
    assert!(told.iter().flatten().all(|told| !told.is_empty()), "{told:?}");
    Bypass::parse(&text);
}

/// Samples, in lines of Base64: what is read is written again as the same, and sums are exact.
fn histogram(bytes: &[u8]) {
    let mut decoder = HistogramDecoder::new();
    for line in bytes.split(|byte| *byte == b'\n').take(MOST_FRAMES) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(encoded) = STANDARD.decode(line) else { continue };
        let Ok(mut latency) = decoder.decode(&encoded) else { continue };
        let again = HistogramEncoder::new().encode(&latency);
        let again = decoder.decode(&again).expect("what was encoded here");
        assert_eq!(again.count(), latency.count());
        assert_eq!(again.quantile(0.99), latency.quantile(0.99));
        let before = latency.count();
        latency.add(&again);
        assert_eq!(latency.count(), before * 2);
    }
}

/// Mistakes are there, not too many, in few words, and each in its file.
fn told(mistakes: &Diagnostics) {
    assert!((1..=MOST_MISTAKES).contains(&mistakes.iter().len()), "{}", mistakes.iter().len());
    for mistake in mistakes.iter() {
        assert!(!mistake.message.is_empty());
        let Some((source, span)) = &mistake.place else { continue };
        assert!(span.start <= span.end && source.text.get(span.range()).is_some(), "{mistake:?}");
        assert!(source.position(span.start).line <= source.text.lines().count() + 1);
    }
    let whole = mistakes.to_string();
    assert!(!whole.is_empty() && whole.len() <= LONGEST_TOLD, "{} bytes", whole.len());
}

/// A world without environment, files and folders.
const ALONE: ParseContext<'static> = ParseContext {
    env: &|_| None,
    read_file: &|_| Err(Error::from(ErrorKind::NotFound)),
    list_folder: &|_| Ok(None),
};

/// A flow in which nothing was saved.
struct Nothing(Value);

impl Scope for Nothing {
    fn device_id(&self) -> &str {
        "device"
    }

    fn device_index(&self) -> u64 {
        0
    }

    fn actor(&self) -> &str {
        "device"
    }

    fn session_id(&self) -> Option<&str> {
        Some("4482e256-da14-47cc-b119-9575bbb3b6d3")
    }

    fn iteration(&self) -> u64 {
        u64::MAX
    }

    fn turn(&self) -> u64 {
        u64::MAX
    }

    fn saved(&self, _slot: Slot) -> Option<&Value> {
        Some(&self.0)
    }

    fn data(&self, _column: usize) -> Option<&str> {
        None
    }

    fn random_u64(&mut self) -> u64 {
        u64::MAX
    }
}

/// A connection with open requests, and the monitor that judges what comes.
struct Talk {
    correlator: Correlator,
    monitor: Monitor,
    open: Vec<Rc<Sent>>,
    found: Counted,
    now: Duration,
}

impl Talk {
    fn new() -> Self {
        let limits = Limits {
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
            epoch: Duration::from_millis(1_727_938_788_101),
        };
        let scope = deskbell::conformance::Scope { keeps_history: true, is_alone: true };
        let mut talk = Self {
            correlator: Correlator::default(),
            monitor: Monitor::new(SchemaSet::builtin(), limits, scope),
            open: Vec::new(),
            found: Counted::default(),
            now: Duration::from_secs(1),
        };
        let caller = Rc::new(Caller {
            account: AccountNo(0),
            tenant: None,
            token: TokenKind::Valid,
            device_id: Some("123-postman-321".into()),
        });
        let (began_at, planned_at) = (Duration::ZERO, Duration::ZERO);
        let opened =
            Happening::Opened { began_at, planned_at, caller: &caller, token_expires_at: None };
        talk.observe(opened);
        talk.asks();
        talk
    }

    /// Opens one request of each kind.
    fn asks(&mut self) {
        let session = SessionId::new("4482e256-da14-47cc-b119-9575bbb3b6d3");
        let message = MessageId(133);
        let requests = [
            Request::init(),
            Request::resume(&session),
            Request::session(&session),
            Request::messages(&session, 1, 50),
            Request::ping(&session),
            Request::send(&session, &ContentType::Text, "hello", None),
            Request::unsend(&session, message),
            Request::seen(&session, message),
            Request::unread(),
            Request::end(&session),
        ];
        for (no, request) in (0..).zip(requests) {
            let sent = Rc::new(Sent {
                no: RequestNo(no),
                request,
                form: Form::Request,
                written: None,
                at: self.now,
                planned_at: None,
                bytes: 0,
                is_allowed: true,
            });
            self.correlator.sent(&sent);
            self.open.push(Rc::clone(&sent));
            self.observe(Happening::Sent(&sent));
        }
    }

    fn hears(&mut self, line: &str) {
        let frame = Rc::new(Frame::from_text(line));
        let role = self.correlator.attribute(&frame);
        let answered = role.answers().map(|no| {
            let nth = self.open.iter().position(|sent| sent.no == no);
            self.open.remove(nth.expect("an answer to a request that is open"))
        });
        self.now += Duration::from_millis(10);
        let (answers, bytes) = (answered.as_ref(), line.len());
        self.observe(Happening::Received { frame: &frame, text: line, bytes, role, answers });
    }

    fn ends(mut self) {
        for sent in std::mem::take(&mut self.open) {
            self.observe(Happening::CutOff(&sent));
        }
        self.observe(Happening::Closed(&Ending::ByUs));
        let until = self.monitor.owed_until().unwrap_or(self.now);
        assert!(until <= self.now + Duration::from_secs(3600), "owed until {until:?}");
        self.monitor.finish(until, &mut self.found);
    }

    fn observe(&mut self, what: Happening<'_>) {
        let (device, connection) = (DeviceNo(0), ConnectionNo(0));
        let seen = Observation { device, connection, at: self.now, what };
        self.monitor.observe(&seen, &mut self.found);
    }
}

/// Counts what is found, and holds it to its bounds.
#[derive(Default)]
struct Counted {
    checked: u64,
    found: u64,
}

impl Sink for Counted {
    fn checked(&mut self, _clause: ClauseId) {
        self.checked += 1;
    }

    fn found(&mut self, finding: Finding) {
        self.found += 1;
        let told = [&finding.message, &finding.expected, &finding.actual, &finding.pointer];
        let length: usize = told.iter().map(|text| text.len()).sum();
        assert!(length <= LONGEST_FINDING, "{length} bytes of {}", finding.clause.as_str());
    }

    fn delivered(&mut self, _delivery: Delivery) {}

    fn settled(&mut self, _outcome: Outcome) {}

    fn claimed(&mut self, _claim: Claim) {}

    fn reading(&mut self, _reading: Reading) {}
}
