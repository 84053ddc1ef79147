//! Steps that wait: for an event, or for time to pass.

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::device::{Device, by};
use crate::protocol::{EventKind, Frame, FrameKind, Json, SessionId, digits};
use crate::run::flow::Flow;
use crate::run::matching::{Mismatch, Wanted};
use crate::run::player::Player;
use crate::scenario::{Await, AwaitedEvent, Pause, Sender, Step};

use super::{Miss, Outcome};

impl Flow {
    pub(super) async fn think(&self, pause: Pause) -> Outcome {
        let time = match pause {
            Pause::Fixed(time) => time,
            Pause::Between(low, high) => low + high.saturating_sub(low).mul_f64(self.share()),
            Pause::Normal(mean, deviation) => {
                // Box-Muller: two uniform shares to one normal deviate.
                let (radius, angle) = (self.share().ln().mul_add(-2.0, 0.0).sqrt(), self.share());
                let deviate = radius * (std::f64::consts::TAU * angle).cos();
                let seconds = deviation.as_secs_f64().mul_add(deviate, mean.as_secs_f64());
                Duration::from_secs_f64(seconds.max(0.0))
            }
            Pause::Exponential(mean) => mean.mul_f64(-self.share().ln()),
        };
        match self.wait_until(self.worker.world.clock.now() + time).await {
            true => Ok(Value::Null),
            false => Err(Miss::Skipped),
        }
    }

    /// A share above 0, up to 1.
    fn share(&self) -> f64 {
        ((self.random() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Takes the first event that matches, those that came before included.
    pub(super) async fn wait(&self, step: &Step, wanted: &Await, turn: u64) -> Outcome {
        let (player, device) = self.device(step).await?;
        let session = match wanted.event {
            AwaitedEvent::Frame => SessionId::new(""),
            _ => self.session_of(step, turn)?,
        };
        let matching = Wanted::of(&wanted.matching, &mut self.scope(step, turn))?;
        let within = wanted.within.unwrap_or(self.scenario.settings.delivery_timeout);
        let fits = |frame: &Frame| self.fits(frame, wanted, &session, &matching);
        let found = match wanted.none {
            true => self.first_in_term(player, within, fits).await,
            false => self.first(player, within, fits).await,
        };
        match found {
            Some(frame) if wanted.none => {
                let (expected, actual) = (format!("no match within {within:?}"), "one came");
                let pointer = frame.payload()["chatMessage"]["id"].to_string();
                let message = format!("an event matched, of message {pointer}");
                Err(self.unmet(player, &message, &expected, actual))
            }
            Some(frame) => {
                let value = subject(&frame, wanted.event);
                let mut saved = Vec::new();
                matching.saves(value, &mut saved);
                saved.into_iter().for_each(|(slot, value)| self.save(slot, Some(value)));
                Ok(step.save.map_or(Value::Null, |_| value.to_value()))
            }
            None if wanted.none && !self.is_given_up.get() => Ok(Value::Null),
            // What it would have got, or another would have caused, may be missing.
            None if self.comes_back() && self.is_disturbed() => Err(Miss::Skipped),
            None if wanted.none || self.needs_a_concierge(wanted, &session) => Err(Miss::Skipped),
            None => {
                let (message, expected, actual) =
                    self.nearest(&device, (wanted, within), &session, &matching);
                Err(self.unmet(player, message, &expected, &actual))
            }
        }
    }

    /// What is wrong where nothing matched, what was expected, and what came instead: of the events
    /// that were of the kind awaited, where the last one differs.
    fn nearest(
        &self,
        device: &Device,
        (wanted, within): (&Await, Duration),
        session: &SessionId,
        matching: &Wanted,
    ) -> (&'static str, String, String) {
        let (mut others, mut last) = (0_usize, None);
        device.take_event(|frame| {
            if self.is_awaited(frame, wanted, session) {
                others += 1;
                let (value, place) = subject_and_place(frame, wanted.event);
                last = matching.mismatch(value).map(|found| self.differing(found, frame, &place));
            }
            false
        });
        let kind = in_words(wanted);
        if let (Some((pointer, expected, actual)), None) = (last, device.ending()) {
            let expected = format!("{kind} within {within:?} with {expected} at {pointer}");
            let others = if others == 1 { "one came".to_owned() } else { format!("{others} came") };
            return (
                "no event matched",
                expected,
                format!("{others}, the last with {actual} there"),
            );
        }
        let actual = device.ending().map_or("none came".to_owned(), |ending| ending.to_string());
        ("no event came", format!("{kind} within {within:?}"), actual)
    }

    /// Where a frame differs below a place, what was expected there, and what stands there, without what
    /// is personal.
    pub(super) fn differing(
        &self,
        found: Mismatch,
        frame: &Frame,
        place: &str,
    ) -> (String, String, String) {
        let pointer = format!("{place}{}", found.pointer);
        let clean = self.tally.clean();
        let expected = match found.expects_value {
            true => clean.expected(&found.expected, &pointer),
            false => found.expected,
        };
        let actual = match found.is_quote {
            true => clean.quote(&found.actual, &frame.json, &pointer),
            false => found.actual,
        };
        (pointer, expected, actual)
    }

    /// The first event that fits and comes within a time, over all the connections that the player has
    /// meanwhile.
    async fn first(
        &self,
        player: &Player,
        within: Duration,
        fits: impl Fn(&Frame) -> bool,
    ) -> Option<Rc<Frame>> {
        // Nothing comes while nothing is read.
        let reads_from = player.device().and_then(|device| device.paused_until());
        let until = self.worker.world.clock.now().max(reads_from.unwrap_or_default()) + within;
        loop {
            let device = player.device()?;
            let found = self.first_of(&device, until, &fits).await;
            if found.is_some() {
                return found;
            }
            self.back_by(player, until).await;
            let is_same = player.device().is_some_and(|other| Rc::ptr_eq(&other, &device));
            if is_same || self.worker.world.clock.now() >= until {
                return None;
            }
        }
    }

    /// The same, over one connection.
    async fn first_of(
        &self,
        device: &Device,
        until: Duration,
        fits: impl Fn(&Frame) -> bool,
    ) -> Option<Rc<Frame>> {
        let found = |device: &Device| {
            let event = device.take_event(&fits);
            (event.is_some() || device.ending().is_some()).then_some(event)
        };
        if let Some(event) = found(device) {
            return event;
        }
        let waiting = async {
            loop {
                device.arrival().await;
                if let Some(event) = found(device) {
                    return event;
                }
            }
        };
        by(&*self.worker.world.clock, until, waiting).await.flatten()
    }

    /// The same, where the whole time has to pass: it is given up where that is too long.
    async fn first_in_term(
        &self,
        player: &Player,
        within: Duration,
        fits: impl Fn(&Frame) -> bool,
    ) -> Option<Rc<Frame>> {
        let deadline = self.worker.world.clock.now() + within;
        tokio::select! {
            biased;
            found = self.first(player, within, fits) => found,
            () = self.term.too_short_for(deadline) => {
                self.is_given_up.set(true);
                None
            }
        }
    }

    fn fits(&self, frame: &Frame, wanted: &Await, session: &SessionId, matching: &Wanted) -> bool {
        self.is_awaited(frame, wanted, session)
            && matching.mismatch(subject(frame, wanted.event)).is_none()
    }

    /// Whether a frame is of the kind, the session and the sender that are awaited, whatever it holds.
    fn is_awaited(&self, frame: &Frame, wanted: &Await, session: &SessionId) -> bool {
        if wanted.event == AwaitedEvent::Frame {
            return true;
        }
        let FrameKind::Event { kind, .. } = &frame.kind else { return false };
        let is_kind = match (kind, wanted.event) {
            (EventKind::Message(of), AwaitedEvent::Message)
            | (EventKind::Update(of), AwaitedEvent::Update) => of == session,
            (EventKind::Delete, AwaitedEvent::Delete) => true,
            _ => false,
        };
        is_kind && wanted.from.is_none_or(|sender| self.is_from(frame, sender))
    }

    fn is_from(&self, frame: &Frame, sender: Sender) -> bool {
        let message = frame.message();
        match sender {
            Sender::Concierge => message["senderEntityType"] == "BACKEND_USER",
            Sender::Actor(actor) => {
                message["metadata"]["deskbell_run"] == self.player(actor).mark.as_str()
                    || digits(&message["id"]).is_some_and(|id| self.player(actor).sent(id))
            }
        }
    }

    /// Whether nothing came because no concierge ever showed up.
    fn needs_a_concierge(&self, wanted: &Await, session: &SessionId) -> bool {
        wanted.from == Some(Sender::Concierge)
            && !wanted.required
            && !self.witness.has_concierge(session)
    }
}

/// What an `await` matches, and saves.
fn subject(frame: &Frame, event: AwaitedEvent) -> &Json {
    match event {
        AwaitedEvent::Message => frame.message(),
        AwaitedEvent::Delete | AwaitedEvent::Update => frame.payload(),
        AwaitedEvent::Frame => &frame.json,
    }
}

/// The same, and where in the frame it stands, as a JSON pointer.
fn subject_and_place(frame: &Frame, event: AwaitedEvent) -> (&Json, String) {
    let payload = match &frame.kind {
        FrameKind::Event { key: Some(key), .. } => format!("/{}", key.as_str()),
        _ => String::new(),
    };
    let place = match event {
        AwaitedEvent::Message => format!("{payload}/chatMessage"),
        AwaitedEvent::Delete | AwaitedEvent::Update => payload,
        AwaitedEvent::Frame => String::new(),
    };
    (subject(frame, event), place)
}

fn in_words(wanted: &Await) -> &'static str {
    match (wanted.event, wanted.from) {
        (AwaitedEvent::Message, Some(Sender::Concierge)) => "a message of the concierge",
        (AwaitedEvent::Message, _) => "a message event",
        (AwaitedEvent::Delete, _) => "a delete event",
        (AwaitedEvent::Update, _) => "a session update",
        (AwaitedEvent::Frame, _) => "a frame",
    }
}
