//! What takes connections away: a network that cuts them now and then, or all at once, and a server that
//! is gone for a while.

use std::time::Duration;

use deskbell::server::{Config, serve};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::{DuplexStream, copy_bidirectional, duplex};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

const BUFFER: usize = 64 * 1024;

/// Longer than any run.
const NEVER: Duration = Duration::from_secs(24 * 3600);

/// What a network does to connections.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    pub(super) seed: u64,
    /// Between these two, a connection is cut in the middle of whatever it carries.
    pub(super) lives: (Duration, Duration),
    /// When nothing passes, one after the other.
    pub(super) outages: Vec<Outage>,
}

/// A time in which nobody gets through; it begins with the end of all connections there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outage {
    pub(super) at: Duration,
    pub(super) lasts: Duration,
}

impl Cuts {
    /// Connections that live so long at most.
    pub(super) fn within(most: Duration, seed: u64) -> Self {
        Self { seed, lives: (Duration::ZERO, most), outages: Vec::new() }
    }

    /// All connections at once, and nothing else.
    pub(super) fn once(at: Duration, lasts: Duration) -> Self {
        Self { seed: 0, lives: (NEVER, NEVER), outages: vec![Outage { at, lasts }] }
    }

    /// When a connection is cut that is opened now, or `None` where it does not come about.
    fn cut_at(&self, began_at: Instant, rng: &mut StdRng) -> Option<Instant> {
        let now = Instant::now();
        let (least, most) = self.lives;
        let life_ends_at = now + least + (most - least).mul_f64(rng.random());
        let outages = self.outages.iter().map(|outage| (began_at + outage.at, outage.lasts));
        let mut ahead = outages.filter(|(at, lasts)| now < *at + *lasts);
        match ahead.next() {
            Some((at, _)) if at <= now => None,
            Some((at, _)) => Some(life_ends_at.min(at)),
            None => Some(life_ends_at),
        }
    }
}

/// Passes streams on, and cuts them.
pub(super) fn cutting(
    cuts: Cuts,
    mut far_ends: mpsc::Receiver<DuplexStream>,
) -> mpsc::Receiver<DuplexStream> {
    let (onward, listener) = mpsc::channel(64);
    tokio::spawn(async move {
        let began_at = Instant::now();
        let mut rng = StdRng::seed_from_u64(cuts.seed);
        while let Some(mut device) = far_ends.recv().await {
            let Some(cut_at) = cuts.cut_at(began_at, &mut rng) else { continue };
            let (mut server, far_end) = duplex(BUFFER);
            if onward.send(far_end).await.is_err() {
                return;
            }
            tokio::spawn(timeout_at(cut_at, async move {
                copy_bidirectional(&mut device, &mut server).await
            }));
        }
    });
    listener
}

/// Serves the streams in place of the simulation's own server, which gets none: an outage ends the server
/// and all that it knew.
pub(super) fn restarting(
    config: Config,
    outage: Outage,
    mut far_ends: mpsc::Receiver<DuplexStream>,
) -> mpsc::Receiver<DuplexStream> {
    let (idle, listener) = mpsc::channel(1);
    tokio::spawn(async move {
        let _idle = idle;
        let began_at = Instant::now();
        for ends_at in [outage.at, NEVER] {
            let (onward, streams) = mpsc::channel(64);
            let serving = tokio::spawn(serve(streams, config.clone(), std::future::pending()));
            let passing = async {
                while let Some(stream) = far_ends.recv().await {
                    if onward.send(stream).await.is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = sleep_until(began_at + ends_at) => serving.abort(),
                () = passing => return,
            }
            let dropping = async { while far_ends.recv().await.is_some() {} };
            tokio::select! {
                () = sleep(outage.lasts) => {}
                () = dropping => return,
            }
        }
    });
    listener
}
