//! How much memory an idle device takes on a connection with TLS, and on one without: what is
//! allocated while many of them are connected, by device. All of them share one configuration.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use deskbell::device::{
    AccessToken, Authorities, Config, Device, Identity, Network, Observer, Proxies, Target,
    TokioClock, World,
};
use deskbell::protocol::{
    AccountNo, Caller, ConnectionNo, DeviceNo, Observation, Request, RequestNo, SessionId,
    TenantId, TokenKind,
};
use deskbell::server::{DEVELOPMENT_SECRET, EpochMillis, mint};
use peak_alloc::PeakAlloc;
use secrecy::ExposeSecret;
use tokio::task::LocalSet;
use tokio::time::Instant;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const DEVICES: u32 = 300;
/// What a device with TLS may take, in bytes.
const TARGET: usize = 24 * 1024;

/// From the epoch on; long enough for any token of a bench.
const VALID_FOR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

const CONFIG: Config = Config {
    connect_timeout: Duration::from_secs(60),
    response_timeout: Duration::from_secs(60),
    ping_every: Duration::from_secs(600),
    inbox_capacity: 0,
    is_foreign: false,
    pings_socket: false,
};

struct Deaf;

impl Observer for Deaf {
    fn observe(&self, _: &Observation<'_>) {}
}

/// A server in a process of its own, whose memory is not ours.
struct Server {
    child: Child,
    target: Target,
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(options: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(options);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("it is piped")?;
        BufReader::new(out).read_line(&mut line)?;
        let target = Target::parse(line.trim().trim_start_matches("listening on "))?;
        Ok(Self { child, target })
    }
}

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let tls = folder.path().display().to_string();
    let plain = held_by_a_device(&Server::start(&[])?, Authorities::default())?;
    println!("a device without TLS: {plain} bytes");
    let server = Server::start(&["--tls", &tls])?;
    let held = held_by_a_device(&server, authority(folder.path())?)?;
    println!("a device with TLS: {held} bytes (target {TARGET})");
    assert!(held <= TARGET, "a device with TLS has become too large");
    Ok(())
}

fn authority(folder: &Path) -> Result<Authorities, Box<dyn Error>> {
    Ok(Authorities::from_pem(&std::fs::read(folder.join("ca.pem"))?)?)
}

/// Bytes that each of many connected devices adds to those of the first one.
fn held_by_a_device(server: &Server, authorities: Authorities) -> Result<usize, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let network = Network::new(authorities, Proxies::default());
    let world = World {
        clock: Rc::new(TokioClock::since(Instant::now())),
        epoch: Duration::ZERO,
        dial: network.dial(),
    };
    LocalSet::new().block_on(&runtime, async {
        let _first = connected(&world, server, 0).await?;
        let before = ALLOCATOR.current_usage();
        let mut devices = Vec::new();
        for no in 1..=DEVICES {
            devices.push(connected(&world, server, no).await?);
        }
        Ok((ALLOCATOR.current_usage() - before) / DEVICES as usize)
    })
}

/// A device that has sent one request and got its answer, so that its buffers have been in use.
async fn connected(world: &World, server: &Server, no: u32) -> Result<Device, Box<dyn Error>> {
    let caller = Caller {
        account: AccountNo(0),
        tenant: None,
        token: TokenKind::Valid,
        device_id: Some(format!("device-{no}").into()),
    };
    let token = mint(&DEVELOPMENT_SECRET.into(), TenantId(34), VALID_FOR, EpochMillis(0));
    let token = AccessToken::new(token.expose_secret().to_owned());
    let identity = Identity { token: Some(token), caller: Rc::new(caller) };
    let device = Device::connect(
        world,
        (&server.target, &identity, false),
        (DeviceNo(no), ConnectionNo(0), RequestNo(0)),
        CONFIG,
        (Rc::new(Deaf), Duration::ZERO),
    )
    .await?;
    device.request(Request::ping(&SessionId::new("none")), false).await?;
    Ok(device)
}
