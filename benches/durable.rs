//! How many sends a second a server with a database acknowledges, beside one without, what each costs
//! it, and how long a device waits: the real binary, and devices that send again as soon as they are
//! answered.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use deskbell::protocol::TenantId;
use deskbell::server::{DEVELOPMENT_SECRET, EpochMillis, mint};
use futures_util::{SinkExt, StreamExt};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_tungstenite::{WebSocketStream, client_async};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DEVICES: usize = 128;
const LASTS: Duration = Duration::from_secs(5);
/// Sends a second that a server with a database acknowledges, at least.
const TARGET: f64 = 2_000.0;

type Failure = Box<dyn Error + Send + Sync>;

/// A server in a process of its own.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(options: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--concierge", "off"]);
        command.args(["--own-echo", "off"]).args(options);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("it is piped")?).read_line(&mut line)?;
        let address = line.trim().trim_start_matches("listening on ws://").trim_end_matches("/uat");
        Ok(Self { child, address: address.to_owned() })
    }

    /// CPU time of all its threads so far, as the kernel's scheduler counts it.
    fn cpu(&self) -> Result<Duration, Failure> {
        let mut spent = Duration::ZERO;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let counted = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let nanos = counted.split(' ').next().unwrap_or_default().parse()?;
            spent += Duration::from_nanos(nanos);
        }
        Ok(spent)
    }
}

/// What was measured of one server.
struct Figures {
    /// Sends a second.
    rate: f64,
    /// The server's CPU time for each.
    cpu: Duration,
    /// How long a device waited for an answer.
    p50: Duration,
    p99: Duration,
}

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() -> Result<(), Failure> {
    // On the disk that is built on: a folder for temporary files may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let file = folder.path().join("chat.db").display().to_string();
    let memory = measured(&Server::start(&[])?)?;
    let durable = measured(&Server::start(&["--db", &file])?)?;
    println!("{DEVICES} devices");
    for (name, Figures { rate, cpu, p50, p99 }) in [("in memory", &memory), ("with --db", &durable)]
    {
        let wait = format!("p50 {p50:.2?}, p99 {p99:.2?}");
        println!("{name}: {rate:.0} sends/s, CPU of a send {cpu:.1?}, send to ack {wait}");
    }
    let share = durable.rate / memory.rate;
    println!("with --db to in memory: {share:.2} (target {TARGET} sends/s with --db)");
    Ok(())
}

fn measured(server: &Server) -> Result<Figures, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let before = server.cpu()?;
    let mut waits = runtime.block_on(async {
        let mut devices = JoinSet::new();
        for no in 0..DEVICES {
            let address = server.address.clone();
            devices.spawn(async move { send_on(&address, no).await });
        }
        let mut waits = Vec::new();
        while let Some(device) = devices.join_next().await {
            waits.extend(device??);
        }
        Ok::<_, Failure>(waits)
    })?;
    waits.sort_unstable();
    let quantile = |share: f64| waits[(share * (waits.len() - 1) as f64) as usize];
    Ok(Figures {
        rate: waits.len() as f64 / LASTS.as_secs_f64(),
        cpu: (server.cpu()? - before).div_f64(waits.len() as f64),
        p50: quantile(0.5),
        p99: quantile(0.99),
    })
}

/// Sends in a session of its own, until the time is over; how long each answer took.
async fn send_on(address: &str, no: usize) -> Result<Vec<Duration>, Failure> {
    let now = EpochMillis(SystemTime::UNIX_EPOCH.elapsed()?.as_millis() as u64);
    let token = mint(&DEVELOPMENT_SECRET.into(), TenantId(34), Duration::from_secs(3600), now);
    let url = format!("ws://{address}/uat?Auth={}&deviceId=device-{no}", token.expose_secret());
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut socket = client_async(url, stream).await?.0;
    let _acknowledgment = socket.next().await;
    let opened =
        call(&mut socket, "init-chat-with-concierge", json!({ "newSession": true })).await?;
    let message = json!({
        "chatSessionId": opened["body"]["chatSessionId"], "contentType": "TEXT",
        "messageContent": "Is there a room for two, from Friday to Sunday?",
    });
    let (until, mut waits) = (Instant::now() + LASTS, Vec::new());
    loop {
        let sent_at = Instant::now();
        if sent_at >= until {
            return Ok(waits);
        }
        let answer = call(&mut socket, "send-message", message.clone()).await?;
        if answer["status"] != 200 {
            return Err(answer.to_string().into());
        }
        waits.push(sent_at.elapsed());
    }
}

async fn call(
    socket: &mut WebSocketStream<TcpStream>,
    route: &str,
    body: Value,
) -> Result<Value, Failure> {
    let data = json!({ "route": format!("client/{route}"), "body": body });
    socket.send(json!({ "action": "api", "data": data }).to_string().into()).await?;
    let answer = socket.next().await.ok_or("the server is gone")??;
    Ok(serde_json::from_str(answer.to_text()?)?)
}
