//! The fast server, as the measuring process sees it.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::process::{Core, Process};

/// How often the server is asked for something that is waited for.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// Whatever is waited for comes before that, or never.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server in a process of its own.
pub(crate) struct Served {
    pub(crate) process: Process,
    address: SocketAddr,
}

/// What the server says of itself.
#[derive(Deserialize)]
pub(crate) struct Truth {
    pub(crate) sessions: u64,
    pub(crate) sends: u64,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
}

impl Served {
    /// Starts one, whose answers take a constant time where one is given.
    pub(crate) fn start(delay: Option<Duration>) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("server").stdout(Stdio::piped());
        if let Some(delay) = delay {
            command.args(["--delay", &format!("{}ms", delay.as_millis())]);
        }
        let mut process = Process::start(&mut command, Core::Server)?;
        let stdout = process.child().stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on ws://");
        let address = address.and_then(|line| line.strip_suffix("/bench")?.parse().ok());
        let address = address.ok_or_else(|| io::Error::other("the server did not start"))?;
        Ok(Self { process, address })
    }

    /// Where clients find it.
    pub(crate) fn target(&self) -> String {
        format!("ws://{}/bench", self.address)
    }

    /// Asks the server.
    pub(crate) fn truth(&self) -> io::Result<Truth> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(b"GET /truth HTTP/1.1\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok(serde_json::from_str(body)?)
    }

    /// Asks again and again, and tells how long that took.
    pub(crate) fn wait_for(
        &self,
        client: &mut Process,
        is_there: impl Fn(&Truth) -> bool,
    ) -> io::Result<Duration> {
        let began_at = Instant::now();
        while !is_there(&self.truth()?) {
            if !client.is_running()? || began_at.elapsed() > PATIENCE {
                return Err(io::Error::other("the client ended early, or does nothing"));
            }
            thread::sleep(ASK_EVERY);
        }
        Ok(began_at.elapsed())
    }
}
