//! Steps that misbehave on the wire, as phones do. What comes of it for others, and later, is for the
//! clauses to judge.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join;
use serde_json::Value;

use crate::device::{Device, Reply, RequestError};
use crate::protocol::{ContentType, Frame, Request, digits};
use crate::run::flow::Flow;
use crate::scenario::{Fault, Metadata, Step, Template};

use super::request::Expected;
use super::{Miss, Outcome};

impl Flow {
    /// Makes a fault.
    pub(super) async fn fault(&self, step: &Step, fault: &Fault, turn: u64) -> Outcome {
        match fault {
            Fault::SlowReader(time) => self.read_nothing(step, *time).await,
            Fault::CutMidFrame(text) => self.cut_mid_frame(step, text, turn).await,
            Fault::SendBeforeAck(text) => self.send_before_ack(step, text.as_ref(), turn).await,
            Fault::DoubleSend(text) => self.send_twice(step, text, turn).await,
        }
    }

    async fn read_nothing(&self, step: &Step, time: Duration) -> Outcome {
        let (_, device) = self.device(step).await?;
        let until = self.worker.world.clock.now() + time;
        device.pause_until(until);
        if self.wait_until(until).await {
            return Ok(Value::Null);
        }
        device.read_on();
        Err(Miss::Skipped)
    }

    /// Without a session there is nothing to say, and half of another request will do.
    async fn cut_mid_frame(&self, step: &Step, text: &Template, turn: u64) -> Outcome {
        let (player, device) = self.device(step).await?;
        let request = match self.session(step.by) {
            Some(_) => self.said(step, text, turn)?,
            None => Request::unread(),
        };
        player.let_go();
        device.cut_mid_frame(&request);
        Ok(Value::Null)
    }

    /// Nothing is awaited between the upgrade and the request, so that it leaves before anything of
    /// the new connection is read.
    async fn send_before_ack(&self, step: &Step, text: Option<&Template>, turn: u64) -> Outcome {
        let request = match text {
            Some(text) => self.said(step, text, turn)?,
            None => Request::resume(&self.session_of(step, turn)?),
        };
        let held = self.turn_to_send().await?;
        self.connect_anew(step).await?;
        let (_, device) = self.device(step).await?;
        self.plan_next(&device, held);
        let answer = device.request(request, true).await;
        self.noted(step, &device, answer)?;
        Ok(Value::Null)
    }

    async fn send_twice(&self, step: &Step, text: &Template, turn: u64) -> Outcome {
        let (player, device) = self.device(step).await?;
        let request = self.said(step, text, turn)?;
        let held = self.turn_to_send().await? + self.turn_to_send().await?;
        self.plan_next(&device, held);
        let again = request.clone();
        let answers = join(device.request(request, true), device.request(again, true)).await;
        let one = self.noted(step, &device, answers.0)?;
        let two = self.noted(step, &device, answers.1)?;
        if one.message()["id"] == two.message()["id"] {
            let actual = format!("twice message {}", one.message()["id"]);
            let message = "two sends were answered with one message";
            return Err(self.unmet(player, message, "two messages", &actual));
        }
        Ok(Value::Null)
    }

    /// The request that says a text in the session.
    fn said(&self, step: &Step, text: &Template, turn: u64) -> Result<Request, Miss> {
        let session = self.session_of(step, turn)?;
        let metadata = Metadata::With(Vec::new());
        self.send(step, &session, (&ContentType::Text, text, &metadata), turn)
    }

    fn plan_next(&self, device: &Device, held: Duration) {
        if let Some(planned_at) = self.planned_at.take() {
            device.plan(planned_at + held);
        }
    }

    /// An answer that has to be a success; a message in it is noted as the actor's own.
    fn noted(
        &self,
        step: &Step,
        device: &Device,
        answer: Result<Reply, RequestError>,
    ) -> Result<Rc<Frame>, Miss> {
        let player = self.player(step.by);
        let frame = match answer {
            Ok(reply) => reply.frame,
            Err(error) => self.unanswered(player, device, &Expected::Ok, &error)?,
        };
        self.hold(step, &Expected::Ok, &frame)?;
        if let Some(id) = digits(&frame.message()["id"]) {
            player.has_sent(id);
        }
        Ok(frame)
    }
}
