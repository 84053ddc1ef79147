//! Questions to what a probe saw: which answer came to which request, and who heard of which message.

use std::time::Duration;

use crate::protocol::{
    Call, ConnectionNo, DeviceNo, Ending, EventKind, Form, Frame, FrameKind, Json, Request,
    RequestNo, Role, digits,
};

use super::traces::{Heard, What};

/// Who opens the session.
pub(super) const PHONE: DeviceNo = DeviceNo(0);
/// The same tenant's second device.
pub(super) const TABLET: DeviceNo = DeviceNo(1);
/// A device of another tenant.
pub(super) const STRANGER: DeviceNo = DeviceNo(2);

/// What a probe saw, in the order of time, and when the run began.
#[derive(Clone, Copy)]
pub(super) struct Tape<'a> {
    pub(super) heard: &'a [Heard],
    /// Since 1970.
    pub(super) epoch: Duration,
}

/// A request, and what became of it.
pub(super) struct Exchange<'a> {
    pub(super) device: DeviceNo,
    pub(super) connection: ConnectionNo,
    pub(super) sent_at: Duration,
    pub(super) request: &'a Request,
    pub(super) form: Form,
    pub(super) got: Got<'a>,
}

/// What became of a request.
#[derive(Clone, Copy)]
pub(super) enum Got<'a> {
    Answer(Answer<'a>),
    /// Nothing within its time.
    Nothing,
    /// The connection ended.
    CutOff,
}

#[derive(Clone, Copy)]
pub(super) struct Answer<'a> {
    pub(super) at: Duration,
    pub(super) frame: &'a Frame,
}

/// A frame that came.
#[derive(Clone, Copy)]
pub(super) struct Came<'a> {
    pub(super) device: DeviceNo,
    pub(super) connection: ConnectionNo,
    pub(super) at: Duration,
    pub(super) frame: &'a Frame,
    pub(super) role: Role,
}

impl<'a> Exchange<'a> {
    pub(super) fn answer(&self) -> Option<Answer<'a>> {
        match self.got {
            Got::Answer(answer) => Some(answer),
            Got::Nothing | Got::CutOff => None,
        }
    }

    /// Its answer, where that is a success.
    pub(super) fn success(&self) -> Option<Answer<'a>> {
        self.answer().filter(|answer| answer.frame.is_ok())
    }

    /// How long its answer took.
    pub(super) fn took(&self) -> Option<Duration> {
        Some(self.answer()?.at.saturating_sub(self.sent_at))
    }
}

impl<'a> Tape<'a> {
    /// Every frame, in order.
    pub(super) fn frames(self) -> impl Iterator<Item = Came<'a>> {
        self.heard.iter().filter_map(|one| match &one.what {
            What::Received { frame, role } => {
                let Heard { device, connection, at, .. } = *one;
                Some(Came { device, connection, at, frame, role: *role })
            }
            _ => None,
        })
    }

    /// Every request, in order.
    pub(super) fn exchanges(self) -> impl Iterator<Item = Exchange<'a>> {
        self.heard.iter().filter_map(move |one| match &one.what {
            What::Sent { no, request, form } => Some(Exchange {
                device: one.device,
                connection: one.connection,
                sent_at: one.at,
                request,
                form: *form,
                got: self.got(one.device, *no),
            }),
            _ => None,
        })
    }

    fn got(self, device: DeviceNo, no: RequestNo) -> Got<'a> {
        let of_device = self.heard.iter().filter(|one| one.device == device);
        let mut got = of_device.filter_map(|one| match &one.what {
            What::Received { frame, role } if role.answers() == Some(no) => {
                Some(Got::Answer(Answer { at: one.at, frame }))
            }
            What::Expired(expired) if *expired == no => Some(Got::Nothing),
            What::CutOff(cut) if *cut == no => Some(Got::CutOff),
            _ => None,
        });
        got.next().unwrap_or(Got::Nothing)
    }

    /// Every request of a kind, in order.
    pub(super) fn calls(self, call: Call) -> impl Iterator<Item = Exchange<'a>> {
        let is_request =
            move |one: &Exchange<'_>| one.form == Form::Request && one.request.call() == call;
        self.exchanges().filter(is_request)
    }

    /// Every success of a kind, with what was asked.
    pub(super) fn successes(self, call: Call) -> impl Iterator<Item = (Exchange<'a>, Answer<'a>)> {
        self.calls(call).filter_map(|one| one.success().map(|answer| (one, answer)))
    }

    /// Every event, in order.
    pub(super) fn events(self) -> impl Iterator<Item = (Came<'a>, &'a EventKind)> {
        self.frames().filter_map(|came| match &came.frame.kind {
            FrameKind::Event { kind, .. } => Some((came, kind)),
            _ => None,
        })
    }

    /// The message events on a device's connections that tell of this message.
    pub(super) fn told(
        self,
        device: DeviceNo,
        message: Option<u64>,
    ) -> impl Iterator<Item = Came<'a>> {
        self.events().filter_map(move |(came, kind)| {
            let is_message = matches!(kind, EventKind::Message(_));
            let id = digits(&came.frame.message()["id"]);
            (came.device == device && is_message && id.is_some() && id == message).then_some(came)
        })
    }

    /// When a device first took part: its first success of init or resume.
    pub(super) fn joined_at(self, device: DeviceNo) -> Option<Duration> {
        let joins = |one: &Exchange<'_>| {
            one.device == device && matches!(one.request.call(), Call::Init | Call::Resume)
        };
        let first = self.exchanges().filter(joins).find_map(|one| one.success());
        first.map(|answer| answer.at)
    }

    /// Which connections the server closed, when, and with what code.
    pub(super) fn closes(self) -> impl Iterator<Item = (&'a Heard, Option<u16>)> {
        self.heard.iter().filter_map(|one| match &one.what {
            What::Closed(Ending::ByServer(code)) => Some((one, *code)),
            What::Closed(Ending::Broken(_)) => Some((one, None)),
            _ => None,
        })
    }
}

/// Milliseconds of a time, rounded.
pub(super) fn ms(time: Duration) -> String {
    match time.as_micros() {
        micros if micros < 1000 => format!("{micros} us"),
        micros if micros < 10_000_000 => format!("{} ms", (micros + 500) / 1000),
        micros => format!("{} s", micros / 1_000_000),
    }
}

/// An instant that a server told, in milliseconds since 1970.
pub(super) fn instant(value: &Json) -> Option<i64> {
    digits(value).and_then(|at| i64::try_from(at).ok())
}
