//! The reference server's own defects, and how a server comes by one.

use deskbell::conformance::{CATALOGUE, ClauseId};
use deskbell::run::RunRecord;
use deskbell::server::{Config, serve};
pub(super) use deskbell::server::{DEFECTS, Defect, Needs};
use tokio::net::TcpListener;

use crate::simulated::{Simulated, run};

/// Clauses that a server cannot break, or only against itself, and why.
pub(super) const EXCEPTIONS: &[(&str, &str)] = &[];

/// What is played over real sockets too.
pub(super) const OVER_SOCKETS: &[&str] = &[
    "ack-twice",
    "reply-twice",
    "channel-of-another-route",
    "event-twice",
    "events-to-everybody",
    "unread-as-a-number",
    "token-never-verified",
    "ids-go-back",
    "unsent-id-as-text",
    "seen-not-kept",
];

/// The clauses that all of this has to hold for.
pub(super) fn clauses() -> impl Iterator<Item = ClauseId> {
    CATALOGUE.iter().map(|clause| clause.id)
}

pub(super) fn play(simulated: &Simulated<'_>, defect: Option<&'static Defect>) -> RunRecord {
    let mut simulated = simulated.clone();
    simulated.server.defects.extend(defect);
    run(&simulated)
}

/// Serves on real sockets, for ever.
pub(super) async fn serve_on(listener: TcpListener, config: Config, defect: &'static Defect) {
    let config = Config { defects: vec![defect], ..config };
    serve(listener, config, std::future::pending()).await;
}
