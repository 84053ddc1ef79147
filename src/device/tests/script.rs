//! A device that does as it is told, and tells what it observed.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::Instant;

use crate::device::{
    AccessToken, Config, ConnectError, Device, Identity, MemoryDial, Observer, Target, TokioClock,
    World,
};
use crate::protocol::{
    AccountNo, Caller, ConnectionNo, DeviceNo, Happening, Observation, Request, RequestNo,
    TokenKind,
};

use super::peer::{Act, Log, Upgrade, attend};
use super::{answer, event};

/// One thing that a device does.
#[derive(Clone, Debug)]
pub(super) enum Do {
    /// Sends a request and waits for its answer.
    Ask(Request),
    /// Sends a request.
    Begin(Request),
    /// Takes the oldest event.
    Take,
    /// Lets time pass.
    Rest(Duration),
    /// Closes the connection.
    Close,
    /// Reads nothing for so long, and does the next thing meanwhile.
    Pause(Duration),
    /// Reads on.
    ReadOn,
    /// Sends half of a request's frame, and drops the stream.
    Cut(Request),
}

/// Both sides of a play.
#[derive(Clone, Debug, Default)]
pub(super) struct Play {
    pub(super) upgrade: Upgrade,
    pub(super) acts: Vec<Act>,
    pub(super) does: Vec<Do>,
    /// What was received is not told.
    pub(super) is_quiet: bool,
}

const CONFIG: Config = Config {
    connect_timeout: Duration::from_secs(20),
    response_timeout: Duration::from_secs(10),
    ping_every: Duration::from_secs(30),
    inbox_capacity: 4,
    is_foreign: false,
    pings_socket: false,
};

/// What the device told and what the peer saw.
pub(super) fn play(play: &Play) -> (Vec<String>, Vec<String>) {
    let (told, seen) = (Log::default(), Log::default());
    let mut lines = Vec::new();
    in_paused_time(async {
        let (world, mut far_ends) = world();
        let (upgrade, acts, log) = (play.upgrade.clone(), play.acts.clone(), Rc::clone(&seen));
        spawn_local(async move {
            let stream = far_ends.recv().await.unwrap();
            attend(stream, upgrade, acts, Some(log)).await;
        });
        let teller = Teller { log: Rc::clone(&told), is_quiet: play.is_quiet };
        match connect(&world, 0, Rc::new(teller)).await {
            Ok(device) => {
                let device = Rc::new(device);
                does(&world, &device, &play.does, &told).await;
                // Before the device is let go.
                lines = told.take();
            }
            Err(error) => {
                tell(&told, world.clock.now(), &format!("not connected: {error}"));
                lines = told.take();
            }
        }
    });
    (lines, seen.take())
}

/// What a device tells that is let go while a request of it waits.
pub(super) fn let_go() -> Vec<String> {
    let told = Log::default();
    in_paused_time(async {
        let (world, mut far_ends) = world();
        spawn_local(async move {
            let stream = far_ends.recv().await.unwrap();
            attend(stream, Upgrade::Accept, vec![Act::Rest(Duration::from_secs(60))], None).await;
        });
        let teller = Teller { log: Rc::clone(&told), is_quiet: false };
        let device = connect(&world, 0, Rc::new(teller)).await.unwrap();
        let asking = device.request(Request::unread(), true);
        assert!(tokio::time::timeout(Duration::from_secs(1), asking).await.is_err());
    });
    told.take()
}

/// How many events of a flood a device got in all, and how many before another was answered.
pub(super) fn flood(count: u64) -> (usize, usize) {
    let told = Log::default();
    let mut before = 0;
    in_paused_time(async {
        let (world, mut far_ends) = world();
        spawn_local(async move {
            let events = (0..count).map(event).collect();
            let answers = vec![Act::Read, answer("get-unread-msg-count", &serde_json::json!({}))];
            for acts in [events, answers] {
                let stream = far_ends.recv().await.unwrap();
                spawn_local(attend(stream, Upgrade::Accept, acts, None));
            }
        });
        let teller = || Rc::new(Teller { log: Rc::clone(&told), is_quiet: false });
        let flooded = connect(&world, 0, teller()).await.unwrap();
        let other = connect(&world, 1, teller()).await.unwrap();
        other.request(Request::unread(), true).await.unwrap();
        before = events_in(&told);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(flooded.overflowed(), count - CONFIG.inbox_capacity as u64);
    });
    (events_in(&told), before)
}

fn events_in(log: &Log) -> usize {
    log.borrow().iter().filter(|line| line.ends_with("received Event")).count()
}

fn in_paused_time(play: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, play);
}

fn world() -> (World, mpsc::Receiver<tokio::io::DuplexStream>) {
    let (sender, receiver) = mpsc::channel(1);
    let clock = Rc::new(TokioClock::since(Instant::now()));
    (World { clock, epoch: Duration::ZERO, dial: Rc::new(MemoryDial::new(sender)) }, receiver)
}

async fn connect(
    world: &World,
    no: u32,
    observer: Rc<dyn Observer>,
) -> Result<Device, ConnectError> {
    let target = Target::parse("ws://example.com/uat").unwrap();
    let caller = Caller {
        account: AccountNo(0),
        tenant: None,
        token: TokenKind::Valid,
        device_id: Some("phone #1".into()),
    };
    let token = Some(AccessToken::new("a+b/=".to_owned()));
    let identity = Identity { token, caller: Rc::new(caller) };
    let numbers = (DeviceNo(no), ConnectionNo(0), RequestNo(0));
    Device::connect(world, (&target, &identity, false), numbers, CONFIG, (observer, Duration::ZERO))
        .await
}

async fn does(world: &World, device: &Rc<Device>, does: &[Do], log: &Log) {
    let clock = &*world.clock;
    for one in does {
        match one.clone() {
            Do::Ask(request) => {
                let line = match device.request(request, true).await {
                    Ok(reply) => {
                        format!("reply to {} {}", reply.sent.request.call().as_str(), reply.sent.no)
                    }
                    Err(error) => format!("no reply: {error}"),
                };
                tell(log, clock.now(), &line);
            }
            Do::Begin(request) => {
                let device = Rc::clone(device);
                spawn_local(async move { device.request(request, true).await.is_ok() });
                tokio::task::yield_now().await;
            }
            Do::Take => {
                let event = device.take_event(|_| true);
                let line = event.map_or("took none".to_owned(), |event| {
                    format!("took {}", event.payload()["n"])
                });
                tell(log, clock.now(), &line);
            }
            Do::Rest(time) => tokio::time::sleep(time).await,
            Do::Close => device.close(clock).await,
            Do::Pause(time) => device.pause_until(clock.now() + time),
            Do::ReadOn => device.read_on(),
            Do::Cut(request) => device.cut_mid_frame(&request),
        }
    }
}

/// Tells each observation in a line.
struct Teller {
    log: Log,
    is_quiet: bool,
}

impl Observer for Teller {
    fn observe(&self, seen: &Observation<'_>) {
        let line = match &seen.what {
            Happening::Opened { .. } => "opened".to_owned(),
            Happening::NotOpened { why, .. } => format!("not opened: {why:?}"),
            Happening::Uploaded(_) => "uploaded".to_owned(),
            Happening::Pong { .. } => "pong".to_owned(),
            Happening::Sent(sent) => format!("sent {} {}", sent.request.call().as_str(), sent.no),
            Happening::Received { .. } if self.is_quiet => return,
            Happening::Received { role, .. } => format!("received {role:?}"),
            Happening::Expired(sent) => {
                format!("expired {} {}", sent.request.call().as_str(), sent.no)
            }
            Happening::CutOff(sent) => {
                format!("cut off {} {}", sent.request.call().as_str(), sent.no)
            }
            Happening::Paused { .. } => "paused".to_owned(),
            Happening::ReadUp => "read up".to_owned(),
            Happening::Closed(ending) => format!("ended: {ending}"),
        };
        tell(&self.log, seen.at, &line);
    }
}

fn tell(log: &RefCell<Vec<String>>, at: Duration, line: &str) {
    log.borrow_mut().push(format!("{:.3} {line}", at.as_secs_f64()));
}
