//! A server that does what the document says of sessions, pings and sends, as fast as one core can:
//! replies are written into templates, and all that one read asked for is answered by one write.
//! It tells at `/truth` what it has done, and how long that took.

mod connection;
mod due;
mod reply;
mod wire;

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Args;
use hdrhistogram::Histogram;
use serde_json::json;
use tokio::net::TcpSocket;
use tokio::signal::ctrl_c;
use tokio::task::spawn_local;

use due::DueReplies;
use reply::Tenant;

/// Connects that may wait to be accepted; Linux allows no more by default.
const BACKLOG: u32 = 4096;
/// What one read takes at most. One such buffer serves all connections.
const CHUNK: usize = 64 * 1024;
/// The longest service time that is told apart.
const LONGEST_US: u64 = 60_000_000;

#[derive(Args)]
pub(crate) struct ServerArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Time from a request's arrival to its answer; none is as fast as it goes
    #[arg(long, value_parser = deskbell::scenario::parse_duration)]
    delay: Option<Duration>,
}

#[expect(clippy::print_stdout, reason = "whoever started the server reads where it listens")]
pub(crate) fn run(args: &ServerArgs) -> io::Result<()> {
    crate::block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(args.listen)?;
        let listener = socket.listen(BACKLOG)?;
        println!("listening on ws://{}/bench", listener.local_addr()?);
        let due = args.delay.map(DueReplies::start).transpose()?;
        let service = Rc::new(Service::new(due));
        let accepting = async {
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                spawn_local(connection::serve(stream, Rc::clone(&service)));
            }
        };
        tokio::select! {
            ended = accepting => ended,
            interrupted = ctrl_c() => {
                println!("{}", service.truth());
                interrupted
            }
        }
    })
}

/// What all connections share.
struct Service {
    tenant: Tenant,
    /// Answers that wait for their time; `None` answers at once.
    due: Option<DueReplies>,
    messages: Cell<u64>,
    sessions: Cell<u64>,
    connections: Cell<u64>,
    truth: Rc<RefCell<Truth>>,
    /// What was just read, of whichever connection.
    chunk: RefCell<Vec<u8>>,
}

impl Service {
    fn new(due: Option<DueReplies>) -> Self {
        Self {
            tenant: Tenant::of_the_document(),
            due,
            messages: Cell::new(0),
            sessions: Cell::new(0),
            connections: Cell::new(0),
            truth: Rc::default(),
            chunk: RefCell::new(vec![0; CHUNK]),
        }
    }

    /// What the server has done until now, as JSON.
    fn truth(&self) -> String {
        let truth = self.truth.borrow();
        let quantile = |share| truth.service_us.value_at_quantile(share);
        let told = json!({
            "connections": self.connections.get(), "sessions": self.sessions.get(),
            "sends": truth.service_us.len(), "p50_us": quantile(0.5), "p99_us": quantile(0.99),
            "max_us": truth.service_us.max(),
        });
        told.to_string()
    }
}

/// How long sends took: from the read that brought the request until its event was written.
struct Truth {
    service_us: Histogram<u64>,
}

impl Default for Truth {
    fn default() -> Self {
        let service_us = Histogram::new_with_bounds(1, LONGEST_US, 3)
            .expect("the bounds are constants that hdrhistogram allows");
        Self { service_us }
    }
}

impl Truth {
    /// Counts sends that were read together and are written now.
    fn written(&mut self, sends: u64, read_at: Instant) {
        let us = u64::try_from(read_at.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.service_us.saturating_record_n(us, sends);
    }
}

/// The next number of a count that begins at 1.
fn next(count: &Cell<u64>) -> u64 {
    count.set(count.get() + 1);
    count.get()
}

/// Milliseconds since the Unix epoch.
fn epoch_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
