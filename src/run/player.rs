//! An actor of a flow with its device, over all its connections.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use crate::device::Device;
use crate::protocol::{AccountNo, Caller, ConnectionNo, DeviceNo, Ending, RequestNo, TokenKind};

use super::desk::Desk;
use super::plan::ScenarioPlan;
use super::worker::Worker;

/// An actor with its device.
pub(super) struct Player {
    pub(super) no: DeviceNo,
    pub(super) device_id: String,
    /// What `deskbell_run` in the metadata of its messages says.
    pub(super) mark: String,
    /// Who it is when it connects as itself.
    pub(super) caller: Rc<Caller>,
    /// Where it plays the concierge; none where it is a tenant's device.
    pub(super) desk: Option<Desk>,
    device: RefCell<Option<Rc<Device>>>,
    /// Devices whose streams are left open and unread.
    pub(super) half_open: RefCell<Vec<Rc<Device>>>,
    pub(super) connections: Cell<u32>,
    /// Whether it was ever let in as itself.
    pub(super) has_connected: Cell<bool>,
    next_request: Cell<RequestNo>,
    /// The messages it has sent lately.
    sent: RefCell<Vec<u64>>,
    /// Whether a step has told that its connection has ended.
    pub(super) is_told_gone: Cell<bool>,
    /// Whether it is being brought back.
    pub(super) is_returning: Cell<bool>,
    /// Whether bringing it back was given up.
    pub(super) is_gone: Cell<bool>,
    /// How often it was tried to bring it back since it last stayed for a while.
    pub(super) tries: Cell<u32>,
    /// Since when it has not stayed.
    pub(super) away_since: Cell<Duration>,
    /// When it came back last.
    pub(super) back_at: Cell<Duration>,
}

/// How many messages of its own a player remembers.
const SENT_KEPT: usize = 64;

impl Player {
    pub(super) fn new(worker: &Worker, plan: &ScenarioPlan, instance: u32, nth: u32) -> Self {
        let no = DeviceNo(plan.device(instance, nth));
        let tenant = plan.scenario.actors[nth as usize].tenant;
        let device_id = format!("{}-{}-{no}", worker.plan.device_prefix, worker.plan.run_id);
        let mark = format!("{}/{no}", worker.plan.run_id);
        let desk = plan.desks[nth as usize].clone();
        let caller = match &desk {
            Some(_) => at_desk(&device_id),
            None => {
                let account = worker.plan.accounts_of(plan, instance)[tenant];
                worker.plan.caller(account, TokenKind::Valid, Some(&device_id))
            }
        };
        Self {
            no,
            desk,
            device_id,
            mark,
            caller: Rc::new(caller),
            device: RefCell::default(),
            half_open: RefCell::default(),
            connections: Cell::new(0),
            has_connected: Cell::new(false),
            next_request: Cell::new(RequestNo(0)),
            sent: RefCell::default(),
            is_told_gone: Cell::new(false),
            is_returning: Cell::new(false),
            is_gone: Cell::new(false),
            tries: Cell::new(0),
            away_since: Cell::default(),
            back_at: Cell::default(),
        }
    }

    pub(super) fn device(&self) -> Option<Rc<Device>> {
        self.device.borrow().clone()
    }

    /// Whether it has a connection that is open.
    pub(super) fn is_connected(&self) -> bool {
        self.device.borrow().as_ref().is_some_and(|device| !device.has_ended())
    }

    /// Whether it lost its connection and has not come back: we have not ended it, nor given it up.
    pub(super) fn is_lost(&self) -> bool {
        let ending = || self.device.borrow().as_ref().and_then(|device| device.ending());
        let is_cut_off = || ending().is_some_and(|ending| ending != Ending::ByUs);
        self.is_returning.get() || !self.is_gone.get() && is_cut_off()
    }

    /// The connection that it has; where it has none, the last one that it opened or tried to.
    pub(super) fn connection(&self) -> ConnectionNo {
        let last = ConnectionNo(self.connections.get().saturating_sub(1));
        self.device.borrow().as_ref().map_or(last, |device| device.connection())
    }

    /// Puts a new connection in place of the one there is, which is dropped.
    pub(super) fn take_over(&self, device: Device) {
        let old = self.let_go();
        self.is_told_gone.set(false);
        self.is_gone.set(false);
        *self.device.borrow_mut() = Some(Rc::new(device));
        if let Some(old) = old {
            old.abandon();
        }
    }

    /// Puts a new connection in place of the one that was lost. Events that nobody has taken yet stay.
    pub(super) fn replace(&self, device: Device) {
        if let Some(lost) = self.device() {
            device.inherit(&lost);
        }
        self.take_over(device);
    }

    /// Leaves the player without a connection.
    pub(super) fn let_go(&self) -> Option<Rc<Device>> {
        self.next_request.set(self.next_request());
        self.device.borrow_mut().take()
    }

    /// Leaves a stream open, and reads and writes nothing on it any more.
    pub(super) fn leave_half_open(&self) {
        if let Some(device) = self.let_go() {
            device.abandon();
            self.half_open.borrow_mut().push(device);
        }
    }

    pub(super) fn next_request(&self) -> RequestNo {
        self.device
            .borrow()
            .as_ref()
            .map_or(self.next_request.get(), |device| device.next_request())
    }

    /// Notes a message of its own.
    pub(super) fn has_sent(&self, id: u64) {
        let mut sent = self.sent.borrow_mut();
        if sent.len() == SENT_KEPT {
            sent.remove(0);
        }
        sent.push(id);
    }

    /// Whether a message is one of those it has sent lately.
    pub(super) fn sent(&self, id: u64) -> bool {
        self.sent.borrow().contains(&id)
    }
}

/// Who a concierge says it is: it has no account of a tenant.
pub(super) fn at_desk(device_id: &str) -> Caller {
    Caller {
        account: AccountNo(u32::MAX),
        tenant: None,
        token: TokenKind::Valid,
        device_id: Some(device_id.into()),
    }
}
