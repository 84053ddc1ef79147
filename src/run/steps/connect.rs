//! Steps that open and end connections.

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::device::{ConnectError, Device, Identity, RequestError};
use crate::protocol::{Request, TokenKind};
use crate::run::connecting::is_valid;
use crate::run::flow::Flow;
use crate::run::player::{Player, at_desk};
use crate::run::reconnecting::Hopeless;
use crate::scenario::{Auth, DeviceId, Disconnect, Expect, Step};

use super::{Miss, Outcome};

/// How long a connection that should have been refused may stay open before it is tried.
const REFUSAL_TIME: Duration = Duration::from_secs(2);

impl Flow {
    /// Opens a connection. One that is accepted takes the place of the one there is; one that is
    /// refused leaves it, and so does one that no step needs: that was to be refused, or may be.
    pub(super) async fn connect_step(
        &self,
        step: &Step,
        auth: Auth,
        device_id: &DeviceId,
        turn: u64,
    ) -> Outcome {
        let player = self.player(step.by);
        self.back(player).await;
        let identity = self.identity(step, auth, device_id, turn)?;
        let wants_refusal = matches!(step.expect, Expect::Error | Expect::ErrorOrClose);
        let is_trial = matches!(step.expect, Expect::Any) && !is_valid(&identity.caller);
        let turn = self.turn_to_connect_now(player).await.ok_or(Miss::Skipped)?;
        let connected = self.connect(player, &identity, &turn).await;
        drop(turn);
        match connected {
            Ok(device) if wants_refusal || is_trial => {
                let is_usable = self.is_usable(&device).await;
                device.close(&*self.worker.world.clock).await;
                if is_trial || !is_usable {
                    return Ok(Value::Null);
                }
                let expected = "a refused upgrade, or a close or an error before any success";
                Err(self.unmet(player, "the connection was accepted", expected, "accepted"))
            }
            Ok(device) => {
                player.take_over(device);
                Ok(Value::Null)
            }
            Err(error) => self.refused(player, step, &error),
        }
    }

    fn refused(&self, player: &Player, step: &Step, error: &ConnectError) -> Outcome {
        let is_refusal = matches!(error, ConnectError::Refused(_));
        match step.expect {
            Expect::Any => Ok(Value::Null),
            Expect::Error | Expect::ErrorOrClose if is_refusal => Ok(Value::Null),
            _ => {
                self.count_refusal(error);
                let message = "the connect did not end as expected";
                Err(self.unmet(player, message, "an upgraded connection", &error.to_string()))
            }
        }
    }

    /// Whether a connection stays open by itself, and does not turn away a harmless request.
    /// Silence turns nothing away.
    async fn is_usable(&self, device: &Device) -> bool {
        if self.ends_by_itself(device).await || self.turn_to_send().await.is_err() {
            return false;
        }
        match device.request(Request::unread(), false).await {
            Ok(reply) => reply.frame.is_ok(),
            Err(error) => matches!(error, RequestError::Expired),
        }
    }

    /// Whether the server ends a connection without being asked for anything.
    async fn ends_by_itself(&self, device: &Device) -> bool {
        let clock = &*self.worker.world.clock;
        let ended = async {
            while device.ending().is_none() {
                device.arrival().await;
            }
        };
        crate::device::by(clock, clock.now() + REFUSAL_TIME, ended).await.is_some()
    }

    fn identity(
        &self,
        step: &Step,
        auth: Auth,
        device_id: &DeviceId,
        turn: u64,
    ) -> Result<Identity, Miss> {
        let player = self.player(step.by);
        let mut account = player.caller.account.0 as usize;
        let own = self.identity_of(player).token;
        let (kind, token) = match auth {
            Auth::Valid => (TokenKind::Valid, own),
            Auth::None => (TokenKind::None, None),
            Auth::Garbled => (TokenKind::Garbled, own.map(|token| token.garbled())),
            Auth::Resigned => (TokenKind::Resigned, own.map(|token| token.resigned())),
            Auth::Expired => {
                let expired = self.worker.plan.expired_token.clone();
                (TokenKind::Expired, Some(expired.ok_or(Miss::Skipped)?))
            }
            Auth::OtherTenant => {
                account = self.another_account(account).ok_or(Miss::Skipped)?;
                (TokenKind::Valid, Some(self.worker.plan.accounts[account].token()))
            }
        };
        let device_id = match device_id {
            DeviceId::Auto => Some(player.device_id.clone()),
            DeviceId::None => None,
            DeviceId::Given(template) => Some(template.text(&mut self.scope(step, turn))?),
        };
        if let Some(desk) = &player.desk {
            let caller = Rc::new(at_desk(device_id.as_deref().unwrap_or_default()));
            return Ok(Identity { token: Some(desk.token.clone()), caller });
        }
        let caller = self.worker.plan.caller(account, kind, device_id.as_deref());
        Ok(Identity { token, caller: Rc::new(caller) })
    }

    pub(super) async fn disconnect(&self, step: &Step, how: Disconnect) -> Outcome {
        let (player, device) = self.device(step).await?;
        match how {
            Disconnect::Close => self.close(player).await,
            Disconnect::Drop => {
                player.let_go();
                device.abandon();
            }
            Disconnect::HalfOpen => player.leave_half_open(),
        }
        Ok(Value::Null)
    }

    /// Connects an actor that has no connection any more, as itself.
    pub(super) async fn reconnect(&self, step: &Step) -> Result<(), Miss> {
        let player = self.player(step.by);
        self.back(player).await;
        if player.device().is_some_and(|device| device.ending().is_none()) {
            return Ok(());
        }
        self.connect_anew(step).await
    }

    /// Connects an actor as itself, in place of the connection there is. Nothing is awaited once the
    /// upgrade is through.
    pub(super) async fn connect_anew(&self, step: &Step) -> Result<(), Miss> {
        let player = self.player(step.by);
        let turn = self.turn_to_connect_now(player).await.ok_or(Miss::Skipped)?;
        let connected = match self.scenario.settings.reconnect {
            None => {
                let connected = self.connect(player, &self.identity_of(player), &turn).await;
                connected.inspect_err(|error| self.count_refusal(error)).map_err(Hopeless::Failed)
            }
            Some(backoff) => self.connect_patiently(player, backoff, Some(turn)).await,
        };
        match connected {
            Ok(device) => {
                player.take_over(device);
                Ok(())
            }
            Err(Hopeless::Failed(error)) => {
                let expected = "an upgraded connection";
                Err(self.unmet(player, "could not connect again", expected, &error.to_string()))
            }
            Err(Hopeless::Stopped | Hopeless::OutOfTime) => Err(Miss::Skipped),
        }
    }
}
