//! A few defects, made by rewriting what the faithful server says.

use std::io;

use deskbell::conformance::{CATALOGUE, ClauseId};
use deskbell::run::RunRecord;
use deskbell::server::{Config, serve};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, copy, duplex, split,
};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::simulated::{Simulated, run_between};

/// A deliberate deviation, and who must catch it.
#[derive(Debug)]
pub(super) struct Defect {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// Ids of the clauses of which at least one must catch it.
    pub(super) clauses: &'static [&'static str],
    /// Ids of those that may be violated beside.
    pub(super) related: &'static [&'static str],
    pub(super) needs: Needs,
    /// What is rewritten, and to what; both are as long, so that frames stay whole.
    rewrites: (&'static str, &'static str),
}

/// How much traffic it takes for a defect to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Flow,
    Load,
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "sender-of-no-known-kind",
        title: "a message's sender is neither tenant nor concierge",
        clauses: &["ENV-5", "EVENT-5"],
        related: &[],
        needs: Needs::Flow,
        rewrites: (r#""senderEntityType":"TENANT""#, r#""senderEntityType":"TENENT""#),
    },
    Defect {
        name: "answer-misnamed",
        title: "an answer names another route than was called",
        clauses: &["ENV-2"],
        related: &["ENV-3", "ENV-10"],
        needs: Needs::Flow,
        rewrites: ("client/ping-on-chat-session", "client/ping-in-chat-session"),
    },
    Defect {
        name: "events-misnamed",
        title: "message events come under a name that nobody listens to",
        clauses: &["EVENT-1"],
        related: &["ENV-10"],
        needs: Needs::Load,
        rewrites: (r#""channel":"chat-message-"#, r#""channel":"chat-massage-"#),
    },
];

/// Clauses that a server cannot break, or only against itself, and why.
pub(super) const EXCEPTIONS: &[(&str, &str)] = &[];

/// What is played over real sockets too.
pub(super) const OVER_SOCKETS: &[&str] =
    &["sender-of-no-known-kind", "answer-misnamed", "events-misnamed"];

/// The clauses that all of this has to hold for.
pub(super) fn clauses() -> impl Iterator<Item = ClauseId> {
    let judged = ["ENV-2", "ENV-5", "EVENT-1", "EVENT-5"];
    CATALOGUE.iter().map(|clause| clause.id).filter(move |id| judged.contains(&id.as_str()))
}

pub(super) fn play(simulated: &Simulated<'_>, defect: Option<&'static Defect>) -> RunRecord {
    run_between(simulated, |mut far_ends| {
        let (onward, listener) = mpsc::channel(64);
        tokio::spawn(async move {
            while let Some(device) = far_ends.recv().await {
                let _ = onward.send(behind(device, defect)).await;
            }
        });
        listener
    })
}

/// Serves on real sockets, for ever.
pub(super) async fn serve_on(listener: TcpListener, config: Config, defect: &'static Defect) {
    let (onward, streams) = mpsc::channel(64);
    let accepting = async move {
        loop {
            let (device, _) = listener.accept().await.unwrap();
            let _ = onward.send(behind(device, Some(defect))).await;
        }
    };
    tokio::join!(accepting, serve(streams, config, std::future::pending()));
}

/// A server's end of a stream, of which what the server says is rewritten.
fn behind<Io>(device: Io, defect: Option<&'static Defect>) -> DuplexStream
where
    Io: AsyncRead + AsyncWrite + Send + 'static,
{
    let (near, far) = duplex(64 * 1024);
    let (mut from_device, mut to_device) = split(device);
    let (mut from_server, mut to_server) = split(near);
    tokio::spawn(async move {
        let _ = copy(&mut from_device, &mut to_server).await;
        to_server.shutdown().await
    });
    tokio::spawn(async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            if let Some(defect) = defect {
                rewrite(&mut buffer[..length], defect.rewrites);
            }
            to_device.write_all(&buffer[..length]).await?;
        }
        to_device.shutdown().await?;
        io::Result::Ok(())
    });
    far
}

fn rewrite(bytes: &mut [u8], (from, to): (&str, &str)) {
    for at in 0..bytes.len().saturating_sub(from.len()) {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    }
}
