//! Steps that send what no step of the protocol would: any route, any frame.

use std::rc::Rc;

use serde_json::Value;

use crate::device::RawFrame;
use crate::protocol::{Frame, Request};
use crate::run::blame::Blame;
use crate::run::flow::Flow;
use crate::scenario::{self, Step, Template, ValueTemplate};

use super::{Miss, Outcome};

impl Flow {
    /// Calls any route with any body, and saves the whole answer.
    pub(super) async fn call(
        &self,
        step: &Step,
        (route, body): (&Template, &ValueTemplate),
        (schema, metric): (Option<&Value>, Option<usize>),
        turn: u64,
    ) -> Outcome {
        let began_at = self.worker.world.clock.now();
        let request = {
            let mut scope = self.scope(step, turn);
            Request::any(&route.text(&mut scope)?, body.eval(&mut scope)?)
        };
        let frame = self.ask(step, request, turn).await?;
        let has_waited =
            self.player(step.by).device().is_some_and(|device| device.has_delayed(began_at));
        let metric = metric.filter(|_| !has_waited);
        if let Some(name) = metric.and_then(|metric| self.scenario.metrics.get(metric)) {
            let latency = self.worker.world.clock.now().saturating_sub(began_at);
            let name = format!("rtt.{name}");
            self.tally.with(|interval| interval.recorder.named_latency(&name, latency));
        }
        if let Some(schema) = schema {
            self.hold_to_schema(step, schema, &frame)?;
        }
        Ok(step.save.map_or(Value::Null, |_| frame.json.to_value()))
    }

    fn hold_to_schema(&self, step: &Step, schema: &Value, frame: &Rc<Frame>) -> Result<(), Miss> {
        // The scenario's check has compiled it already.
        let Ok(validator) = jsonschema::options().should_validate_formats(true).build(schema)
        else {
            return Ok(());
        };
        let answer = frame.json.to_value();
        let Err(error) = validator.validate(&answer) else { return Ok(()) };
        self.tally.blame(Blame::MISFIT, self.worker.world.clock.now());
        let message = format!("the answer does not fit its schema at `{}`", error.instance_path());
        let expected = error.masked().to_string();
        Err(self.unmet(self.player(step.by), &message, &expected, "another value"))
    }

    /// Sends a frame as it is, and holds what answers it to what is expected.
    pub(super) async fn frame(
        &self,
        step: &Step,
        frame: &scenario::RawFrame,
        turn: u64,
    ) -> Outcome {
        let (player, device) = self.device(step).await?;
        let expected = self.expected(step, turn)?;
        let frame = self.raw(step, frame, turn)?;
        self.turn_to_send().await?;
        match device.send_frame(frame, expected.is_success()).await {
            Ok(reply) => {
                self.hold(step, &expected, &reply.frame)?;
                Ok(reply.frame.json.to_value())
            }
            Err(error) => {
                let nothing = self.unanswered(player, &device, &expected, &error)?;
                Ok(nothing.json.to_value())
            }
        }
    }

    fn raw(&self, step: &Step, frame: &scenario::RawFrame, turn: u64) -> Result<RawFrame, Miss> {
        let mut scope = self.scope(step, turn);
        Ok(match frame {
            scenario::RawFrame::Text(text) => RawFrame::Text(text.text(&mut scope)?),
            scenario::RawFrame::Binary(bytes) => RawFrame::Binary(bytes.clone()),
            scenario::RawFrame::Fragments(pieces) => {
                let pieces = pieces.iter().map(|piece| piece.text(&mut scope));
                RawFrame::Fragments(pieces.collect::<Result<_, _>>()?)
            }
        })
    }
}
