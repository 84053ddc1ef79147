//! What a flow instance leaves open it ends, quietly: this is neither judged nor measured.

use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;

use crate::device::{Device, Identity, by};
use crate::protocol::{AccountNo, Request, SessionId, TokenKind};

use super::flow::Flow;
use super::player::Player;

/// How long a flow instance may take to end its sessions.
const TIDY_TIME: Duration = Duration::from_secs(3);

/// How many sessions are ended at once on one connection.
const AT_ONCE: usize = 8;

impl Flow {
    /// Ends the sessions that this instance opened and left open, within a bound, by the connections
    /// that it has or by new ones; counts those that stay open.
    pub(super) async fn tidy(&self) {
        let left = self.witness.left_open();
        if !left.is_empty() && self.worker.plan.ends_sessions {
            if !self.witness.is_resting() {
                self.count_unanswered();
                self.witness.rest();
            }
            let clock = &*self.worker.world.clock;
            let ending = left.into_iter().map(|(account, left)| self.end_all(account, left));
            by(clock, clock.now() + TIDY_TIME, join_all(ending)).await;
        }
        self.tally.with(|interval| interval.left_open += self.witness.count_open());
    }

    /// Counts the requests that wait for an answer which will not be looked at any more.
    pub(super) fn count_unanswered(&self) {
        let devices = self.players.iter().filter_map(|player| player.device());
        let requests: usize = devices.map(|device| device.outstanding()).sum();
        self.tally.with(|interval| interval.early.requests += requests as u64);
    }

    async fn end_all(&self, account: AccountNo, sessions: Vec<SessionId>) {
        let known = self.device_of(account);
        let is_new = known.is_none();
        let device = match known {
            Some(device) => device,
            None => match self.connect_to_end(account).await {
                Some(device) => Rc::new(device),
                None => return,
            },
        };
        let ending = stream::iter(sessions);
        ending.for_each_concurrent(AT_ONCE, |session| end(Rc::clone(&device), session)).await;
        if is_new {
            device.close(&*self.worker.world.clock).await;
        }
    }

    /// A connection of an account that is open.
    fn device_of(&self, account: AccountNo) -> Option<Rc<Device>> {
        self.players.iter().find_map(|player| {
            let device = player.device().filter(|device| device.ending().is_none())?;
            let opened_by = self.witness.account_of((player.no, device.connection()))?;
            (opened_by == account).then_some(device)
        })
    }

    /// Connects by an account once more, as one of its devices.
    async fn connect_to_end(&self, account: AccountNo) -> Option<Device> {
        let is_its = |player: &&Player| player.caller.account == account;
        let player = self.players.iter().find(is_its).or(self.players.first())?;
        let nth = account.0 as usize;
        let plan = &self.worker.plan;
        let identity = Identity {
            token: Some(plan.accounts.get(nth)?.token()),
            caller: Rc::new(plan.caller(nth, TokenKind::Valid, Some(&player.device_id))),
        };
        // The semaphore is never closed.
        let _handshake = self.worker.handshakes.acquire().await.ok()?;
        let clock = &self.worker.world.clock;
        let now = clock.now();
        clock.sleep_until(self.worker.pace.connects.turn(now, now)).await;
        self.open(player, (&identity, true), clock.now()).await.ok()
    }
}

/// Ends a session; where that is refused, looks whether it is closed. The witness learns from the
/// answers.
async fn end(device: Rc<Device>, session: SessionId) {
    let ended = device.request(Request::end(&session), false).await;
    if ended.is_ok_and(|reply| !reply.frame.is_ok()) {
        // Whether it is open or cannot be told, it is left as it is.
        let _ = device.request(Request::session(&session), false).await;
    }
}
