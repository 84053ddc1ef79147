//! Who uses which account: flows share accounts, unless one asks for its tenants to itself.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::device::AccessToken;
use crate::protocol::AccountNo;

/// The accounts of a run, each with the flows that use it now. All workers share it.
#[derive(Debug)]
pub(super) struct Tenancy {
    accounts: Vec<RwLock<()>>,
    /// The token of each account that was let in last.
    let_in: Vec<Mutex<Option<AccessToken>>>,
}

/// Accounts that a flow uses, until it is dropped.
#[derive(Debug)]
pub(super) enum Held<'a> {
    /// Beside others.
    Shared(#[expect(dead_code, reason = "held for its drop")] Vec<RwLockReadGuard<'a, ()>>),
    /// Alone.
    Alone(#[expect(dead_code, reason = "held for its drop")] Vec<RwLockWriteGuard<'a, ()>>),
}

impl Tenancy {
    pub(super) fn new(accounts: usize) -> Self {
        Self {
            accounts: (0..accounts).map(|_| RwLock::default()).collect(),
            let_in: (0..accounts).map(|_| Mutex::default()).collect(),
        }
    }

    /// Notes that an account's own token was let in.
    pub(super) fn let_in(&self, account: AccountNo, token: &AccessToken) {
        let mut known =
            self.let_in[account.0 as usize].lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref() != Some(token) {
            *known = Some(token.clone());
        }
    }

    /// Whether it was, on any worker.
    pub(super) fn was_let_in(&self, account: AccountNo, token: &AccessToken) -> bool {
        let known = self.let_in[account.0 as usize].lock();
        known.unwrap_or_else(PoisonError::into_inner).as_ref() == Some(token)
    }

    /// Waits until these accounts may be used. Each flow takes its accounts in one order, so no two
    /// flows wait for each other.
    pub(super) async fn hold(&self, mut accounts: Vec<usize>, is_exclusive: bool) -> Held<'_> {
        accounts.sort_unstable();
        accounts.dedup();
        if is_exclusive {
            let mut held = Vec::new();
            for account in accounts {
                held.push(self.accounts[account].write().await);
            }
            return Held::Alone(held);
        }
        let mut held = Vec::new();
        for account in accounts {
            held.push(self.accounts[account].read().await);
        }
        Held::Shared(held)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    /// Whether a flow may begin while another one uses `held`.
    #[track_caller]
    fn check(held: (&[usize], bool), asked: (&[usize], bool), may_begin: bool) {
        let tenancy = Tenancy::new(3);
        let mut cx = Context::from_waker(Waker::noop());
        let mut first = pin!(tenancy.hold(held.0.to_vec(), held.1));
        let std::task::Poll::Ready(_held) = first.as_mut().poll(&mut cx) else {
            panic!("the first flow has nobody to wait for")
        };
        let second = pin!(tenancy.hold(asked.0.to_vec(), asked.1));
        assert_eq!(second.poll(&mut cx).is_ready(), may_begin);
    }

    #[test]
    fn flows_share_a_tenant_unless_one_wants_it_alone() {
        check((&[0, 1], false), (&[1, 0], false), true);
        check((&[0], true), (&[0], false), false);
        check((&[1], false), (&[1, 0], true), false);
    }

    #[test]
    fn flows_of_other_tenants_are_never_in_the_way() {
        check((&[0], true), (&[1, 2], true), true);
        check((&[0, 0], true), (&[1], false), true);
    }
}
