//! Ends sessions that a run left open: gently, each account on one connection.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio::task::LocalSet;
use tokio::time::Instant;

use crate::device::{Config, Device, Identity, Observer, TokioClock, World};
use crate::protocol::{
    ConnectionNo, DeviceNo, Observation, Request, RequestNo, SessionId, TokenKind,
};
use crate::run::RunPlan;

use super::journal::OpenSession;

/// How many sessions are looked at at once.
const AT_ONCE: usize = 4;

/// How long a connect, and an answer, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was ended.
    Ended,
    /// It was closed before.
    EndedAlready,
    /// It is open, or nobody knows; why, in words.
    NotEnded(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("ended"),
            Self::EndedAlready => f.write_str("ended already"),
            Self::NotEnded(why) => write!(f, "not ended: {why}"),
        }
    }
}

/// Ends sessions, and tells what became of each as soon as it is known.
///
/// # Errors
/// What the teller says of its own work, or no runtime.
pub(super) fn end_all(
    plan: &RunPlan,
    sessions: Vec<OpenSession>,
    tell: &mut dyn FnMut(OpenSession, Outcome) -> io::Result<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let clock = Rc::new(TokioClock::since(Instant::now()));
        let world = World { clock, epoch: Duration::ZERO, dial: plan.network.dial() };
        let callers = plan.accounts.iter().map(|_| Mutex::default()).collect();
        let ender = Ender { plan, world, callers };
        let waiting = RefCell::new(VecDeque::from(sessions));
        let told = RefCell::new((tell, Ok(())));
        let working = (0..AT_ONCE).map(|_| async {
            while let Some(session) = next(&waiting) {
                let outcome = ender.end(&session).await;
                let (tell, done) = &mut *told.borrow_mut();
                if done.is_ok() {
                    *done = tell(session, outcome);
                }
                if done.is_err() {
                    return;
                }
            }
        });
        join_all(working).await;
        ender.close().await;
        told.into_inner().1
    })
}

fn next(waiting: &RefCell<VecDeque<OpenSession>>) -> Option<OpenSession> {
    waiting.borrow_mut().pop_front()
}

/// Sees nothing: what happens here is no run.
struct Nobody;

impl Observer for Nobody {
    fn observe(&self, _: &Observation<'_>) {}
}

/// How an account is connected.
#[derive(Default)]
enum Caller {
    #[default]
    NotYet,
    Connected(Rc<Device>),
    /// It could not connect, so that it is not tried again.
    Refused(String),
}

struct Ender<'a> {
    plan: &'a RunPlan,
    world: World,
    /// By account; locked while one connects.
    callers: Vec<Mutex<Caller>>,
}

/// What one account can say of a session.
enum Said {
    Settled(Outcome),
    /// It is not this account's, as far as the answer tells.
    NotMine(String),
}

impl Ender<'_> {
    async fn end(&self, session: &OpenSession) -> Outcome {
        let mut why = "no account of its tenant was given".to_owned();
        for account in self.candidates(session) {
            match self.end_by(account, &session.session).await {
                Said::Settled(outcome) => return outcome,
                Said::NotMine(words) => why = words,
            }
        }
        Outcome::NotEnded(why)
    }

    /// The accounts that may have opened a session, the likeliest first: where tenants are known,
    /// those of its tenant only.
    fn candidates(&self, session: &OpenSession) -> Vec<usize> {
        let fits = |account: &usize| {
            let known = self.plan.accounts[*account].tenant;
            known.is_none() || session.tenant.is_none() || known == session.tenant
        };
        let mut fitting: Vec<_> = (0..self.plan.accounts.len()).filter(fits).collect();
        fitting.sort_by_key(|account| {
            let is_same_tenant =
                session.tenant.is_some() && self.plan.accounts[*account].tenant == session.tenant;
            (!is_same_tenant, *account != session.account as usize)
        });
        fitting
    }

    async fn end_by(&self, account: usize, session: &str) -> Said {
        let device = match self.device(account).await {
            Ok(device) => device,
            Err(why) => return Said::NotMine(why),
        };
        let session = SessionId::new(session);
        let found = match device.request(Request::session(&session), false).await {
            Ok(reply) => reply.frame,
            Err(error) => return Said::Settled(Outcome::NotEnded(error.to_string())),
        };
        let is_closed = &found.body()["chatSession"]["isSessionClosed"];
        if !found.is_ok() {
            return Said::NotMine(refusal("get-chat-session", found.status()));
        }
        if *is_closed == true {
            return Said::Settled(Outcome::EndedAlready);
        }
        Said::Settled(match device.request(Request::end(&session), false).await {
            Ok(reply) if reply.frame.is_ok() => Outcome::Ended,
            Ok(reply) => {
                Outcome::NotEnded(refusal("end-chat-with-concierge", reply.frame.status()))
            }
            Err(error) => Outcome::NotEnded(error.to_string()),
        })
    }

    /// An account's connection, opened where there is none.
    async fn device(&self, account: usize) -> Result<Rc<Device>, String> {
        let mut caller = self.callers[account].lock().await;
        match &*caller {
            Caller::Connected(device) if device.ending().is_none() => return Ok(Rc::clone(device)),
            Caller::Refused(why) => return Err(why.clone()),
            _ => {}
        }
        match self.connect(account).await {
            Ok(device) => {
                let device = Rc::new(device);
                *caller = Caller::Connected(Rc::clone(&device));
                Ok(device)
            }
            Err(why) => {
                *caller = Caller::Refused(why.clone());
                Err(why)
            }
        }
    }

    async fn connect(&self, account: usize) -> Result<Device, String> {
        let device_id = format!("{}-cleanup-{account}", self.plan.device_prefix);
        let identity = Identity {
            token: Some(self.plan.accounts[account].token()),
            caller: Rc::new(self.plan.caller(account, TokenKind::Valid, Some(&device_id))),
        };
        let config = Config {
            connect_timeout: PATIENCE,
            response_timeout: PATIENCE,
            ping_every: Duration::from_secs(3600),
            inbox_capacity: 0,
            is_foreign: false,
            pings_socket: false,
        };
        // There are no more accounts than fit a u32.
        let no = DeviceNo(u32::try_from(account).unwrap_or(u32::MAX));
        Device::connect(
            &self.world,
            (&self.plan.target, &identity, false),
            (no, ConnectionNo(0), RequestNo(0)),
            config,
            (Rc::new(Nobody), self.world.clock.now()),
        )
        .await
        .map_err(|error| format!("cannot connect: {error}"))
    }

    async fn close(&self) {
        for caller in &self.callers {
            if let Caller::Connected(device) = &*caller.lock().await {
                device.close(&*self.world.clock).await;
            }
        }
    }
}

fn refusal(route: &str, status: Option<i64>) -> String {
    let status = status.map_or("no status".to_owned(), |status| format!("status {status}"));
    format!("{route} was answered with {status}")
}
