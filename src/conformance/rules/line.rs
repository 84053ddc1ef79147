//! What is known of each open connection: who is on it, when it was used, and what may explain
//! that it closes.

use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::rc::Rc;
use std::time::Duration;

use crate::conformance::few::Few;
use crate::conformance::moment::Moment;
use crate::conformance::monitor::{Endpoint, Limits, Wear};
use crate::protocol::{Broken, Caller, DeviceNo, Ending, TenantId, TokenKind};

use super::digest::hash;
use super::offence::Offence;

/// The largest message that API Gateway takes, in bytes; it closes on a larger one.
const LARGEST_MESSAGE: usize = 128 * 1024;

/// The codes of a close without one, and of a connection that broke (RFC 6455 section 7.4.1).
const NO_CODE: u16 = 1005;
const ABNORMAL: u16 = 1006;

/// One open connection.
#[derive(Debug)]
pub(in crate::conformance) struct Line {
    pub(in crate::conformance) caller: Rc<Caller>,
    /// The caller's tenant, once it is known.
    pub(in crate::conformance) tenant: Option<TenantId>,
    /// When its connect was begun.
    pub(super) began_at: Moment,
    pub(super) opened_at: Moment,
    /// When the last frame went either way.
    pub(super) used_at: Option<Moment>,
    /// When `connection.expiredAt` has it expire, since the start of the run.
    pub(super) expires_at: Option<Moment>,
    /// When the token that it was opened with expires, since the start of the run.
    token_expires_at: Option<Moment>,
    /// Whether its acknowledgment is still waited for.
    pub(super) awaits_ack: bool,
    /// Whether a request on it was answered with 200.
    pub(super) was_answered: bool,
    /// Whether it is still to be answered beside another device of its account (CONNECT-7).
    pub(super) is_unmet: bool,
    /// Whether a newer connection of the same `deviceId` has opened.
    pub(super) is_superseded: bool,
    /// Whether something was sent that deserves a close.
    pub(super) deserves_close: bool,
    /// What the last request that was answered did wrong.
    pub(super) refused: Option<Box<Offence>>,
    /// What a request did wrong that the connection's end left unanswered.
    pub(super) unanswered: Option<Box<Offence>>,
    /// Whether a frame that is no JSON was passed over in silence.
    pub(super) is_silent: bool,
    /// The `connectionId` of the device's connection before this one, as a hash.
    pub(super) previous: Option<NonZeroU64>,
    /// Whether its own was told.
    pub(super) is_named: bool,
}

impl Line {
    /// Whether it was opened as the document asks: a valid token, and a device id.
    fn is_valid(&self) -> bool {
        is_valid(&self.caller)
    }

    /// Whether it is of another device of the same account.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        self.is_valid()
            && other.is_valid()
            && self.caller.account == other.caller.account
            && self.caller.device_id != other.caller.device_id
    }

    /// How long it has been there, and been idle.
    pub(in crate::conformance) fn wear(&self, now: Duration) -> Wear {
        let since = |at: Moment| now.saturating_sub(at.into());
        Wear { age: since(self.began_at), idle: since(self.used_at.unwrap_or(self.opened_at)) }
    }

    /// Whether it is new, or was used within the last tenth of the idle timeout.
    pub(super) fn is_fresh(&self, now: Duration, limits: &Limits) -> bool {
        self.wear(now).idle <= limits.idle_timeout / 10
    }

    /// Whether the token that it was opened with has expired, as far as the server's clock may have
    /// it. What is refused then, is refused rightly.
    pub(in crate::conformance) fn has_lapsed(&self, now: Duration, limits: &Limits) -> bool {
        self.token_expires_at.is_some_and(|at| now + limits.clock_tolerance >= Duration::from(at))
    }

    /// Whether its age, its token's, or a newer connection of the same device, explains how it ended.
    pub(super) fn explains(&self, ending: &Ending, now: Duration, limits: &Limits) -> bool {
        let code = match ending {
            Ending::ByServer(code) => code.unwrap_or(NO_CODE),
            Ending::ByUs | Ending::Broken(_) => ABNORMAL,
        };
        let age = self.wear(now).age;
        // The server's clock may be a little faster than ours.
        let is_old = age + limits.lifetime / 100 >= limits.lifetime;
        let has_expired = |at: Moment| now + limits.clock_tolerance >= Duration::from(at);
        self.is_superseded
            || self.expires_at.is_some_and(has_expired)
            || self.has_lapsed(now, limits)
            || (is_old && limits.close_codes.contains(&code))
    }
}

/// A `connectionId` as it is remembered.
pub(super) fn name(id: &str) -> NonZeroU64 {
    NonZeroU64::new(hash(id)).unwrap_or(NonZeroU64::MIN)
}

/// Whether a caller shows what the document asks for.
pub(in crate::conformance) fn is_valid(caller: &Caller) -> bool {
    caller.token == TokenKind::Valid && caller.device_id.is_some()
}

/// Whether an ending is the server's doing. A reset may be, as nothing tells it from one.
pub(super) fn is_servers(ending: &Ending) -> bool {
    matches!(ending, Ending::ByServer(_) | Ending::Broken(Broken::Reset))
}

/// The open connections of one flow instance.
#[derive(Debug, Default)]
pub(in crate::conformance) struct Lines {
    open: Few<Endpoint, Line>,
    /// Acknowledgments that are waited for, soonest due first.
    acks: VecDeque<(Duration, Endpoint)>,
    /// The `connectionId` of each device's newest connection that told one, as a hash.
    named: Few<DeviceNo, NonZeroU64>,
}

impl Lines {
    pub(in crate::conformance) fn get(&self, at: Endpoint) -> Option<&Line> {
        self.open.get(&at)
    }

    pub(super) fn get_mut(&mut self, at: Endpoint) -> Option<&mut Line> {
        self.open.get_mut(&at)
    }

    pub(super) fn remove(&mut self, at: Endpoint) -> Option<Line> {
        self.open.remove(&at)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Line> {
        self.open.values()
    }

    /// A connection is open; its acknowledgment is due then, where one is waited for.
    pub(super) fn add(
        &mut self,
        at: Endpoint,
        (caller, tenant): (&Rc<Caller>, Option<TenantId>),
        (began_at, opened_at): (Duration, Duration),
        token_expires_at: Option<Duration>,
        ack_due: Option<Duration>,
    ) {
        let mut line = Line {
            caller: Rc::clone(caller),
            tenant,
            began_at: began_at.into(),
            opened_at: opened_at.into(),
            used_at: None,
            expires_at: None,
            token_expires_at: token_expires_at.map(Into::into),
            awaits_ack: ack_due.is_some(),
            was_answered: false,
            is_unmet: false,
            is_superseded: false,
            deserves_close: false,
            refused: None,
            unanswered: None,
            is_silent: false,
            previous: self.named.get(&at.device).copied(),
            is_named: false,
        };
        for other in self.open.values_mut() {
            if line.is_beside(other) {
                line.is_unmet = true;
                other.is_unmet = true;
            } else if is_valid(caller) && other.caller == *caller {
                other.is_superseded = true;
            }
        }
        self.open.insert(at, line);
        if let Some(due) = ack_due {
            self.await_ack(due, at);
        }
    }

    /// The tenant of a connection's account is known.
    pub(in crate::conformance) fn learn(&mut self, at: Endpoint, tenant: Option<TenantId>) {
        if let Some(line) = self.open.get_mut(&at) {
            line.tenant = tenant;
        }
    }

    /// A request has left.
    pub(in crate::conformance) fn sent(&mut self, at: Endpoint, now: Duration, bytes: usize) {
        if let Some(line) = self.open.get_mut(&at) {
            line.used_at = Some(now.into());
            line.deserves_close |= bytes > LARGEST_MESSAGE;
        }
    }

    /// A frame has come.
    pub(in crate::conformance) fn received(&mut self, at: Endpoint, now: Duration) {
        if let Some(line) = self.open.get_mut(&at) {
            line.used_at = Some(now.into());
        }
    }

    /// A connection has told its `connectionId` for the first time.
    pub(super) fn name(&mut self, device: DeviceNo, id: &str) {
        self.named.insert(device, name(id));
    }

    /// The acknowledgment of a connection is not due before this instant.
    pub(in crate::conformance) fn put_off_ack(&mut self, at: Endpoint, due: Duration) {
        let Some(nth) = self.acks.iter().position(|(_, other)| *other == at) else { return };
        if self.acks[nth].0 < due {
            self.acks.remove(nth);
            self.await_ack(due, at);
        }
    }

    fn await_ack(&mut self, due: Duration, at: Endpoint) {
        let nth = self.acks.partition_point(|(other, _)| *other <= due);
        self.acks.insert(nth, (due, at));
    }

    /// The next connection whose acknowledgment is overdue at `now`, and since when.
    pub(super) fn take_overdue(&mut self, now: Duration) -> Option<(Duration, Endpoint)> {
        while let Some((due, at)) = self.acks.pop_front_if(|(due, _)| *due < now) {
            if let Some(line) = self.open.get_mut(&at).filter(|line| line.awaits_ack) {
                line.awaits_ack = false;
                return Some((due, at));
            }
            if self.acks.is_empty() {
                self.acks = VecDeque::new();
            }
        }
        None
    }

    /// When the last acknowledgment that is waited for falls due.
    pub(in crate::conformance) fn owed_until(&self) -> Option<Duration> {
        let awaits = |at| self.open.get(at).is_some_and(|line| line.awaits_ack);
        self.acks.iter().rev().find(|(_, at)| awaits(at)).map(|(due, _)| *due)
    }

    #[cfg(test)]
    pub(in crate::conformance) fn size(&self) -> usize {
        self.open.len() + self.acks.len() + self.named.len()
    }
}
