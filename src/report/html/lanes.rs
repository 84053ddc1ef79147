//! A conversation laid out as a sequence diagram: who has a lane, and what runs between them.
//!
//! It writes no markup. Start from [`Diagram`].

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::protocol::DeviceNo;
use crate::run::{Conversation, ConversationFrame, Direction, Passage};

/// Rows of a diagram, what was wrong not counted where it is no frame.
const ROWS: usize = 32;

/// Rows after what was wrong, where there are more before it than fit.
const ROWS_AFTER: usize = 6;

/// Devices with a lane of their own; the others share one.
const DEVICES: usize = 5;

/// A conversation as a diagram.
#[derive(Debug, PartialEq)]
pub(super) struct Diagram<'a> {
    /// Who takes part, from left to right.
    pub(super) lanes: Vec<Lane>,
    /// What happened, the earliest first.
    pub(super) rows: Vec<Row<'a>>,
    /// Frames before those that are left out.
    pub(super) earlier: usize,
    /// Frames after those that are left out.
    pub(super) later: usize,
}

/// Whose a lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// A device's.
    Device(DeviceNo),
    /// All devices' that have none of their own.
    OtherDevices,
    /// The server's.
    Server,
    /// A device's that plays the concierge.
    Desk(DeviceNo),
    /// The concierge's, of whom only messages are seen.
    Concierge,
}

/// A row of a diagram.
#[derive(Debug, PartialEq)]
pub(super) struct Row<'a> {
    /// When, since the start of the run.
    pub(super) at: Duration,
    /// How long after the row before; none in the first.
    pub(super) after: Option<Duration>,
    /// Where it stands.
    pub(super) course: Course,
    /// What was seen; `None` where nothing was at the instant at which something was wrong.
    pub(super) frame: Option<&'a ConversationFrame>,
    /// Whether it is what was wrong.
    pub(super) is_fault: bool,
}

/// Where a row stands, by places of lanes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// It goes from one lane to another.
    Between {
        /// From here.
        from: usize,
        /// To there.
        to: usize,
    },
    /// It stays at one.
    At(usize),
}

impl<'a> Diagram<'a> {
    /// Lays out the frames around what was wrong, the last ones rather than the first.
    pub(super) fn of(conversation: &'a Conversation) -> Self {
        let frames = &conversation.frames;
        let at_fault = at_fault(conversation);
        let place = at_fault.unwrap_or_else(|| {
            frames.iter().rposition(|frame| frame.at <= conversation.at).map_or(0, |last| last + 1)
        });
        let end = frames.len().min((place + ROWS_AFTER).max(ROWS));
        let start = end.saturating_sub(ROWS);
        let shown = &frames[start..end];
        let lanes = lanes(conversation, shown);
        let mut rows: Vec<_> = (start..end)
            .map(|nth| Row {
                at: frames[nth].at,
                after: None,
                course: course(&frames[nth], &lanes),
                frame: Some(&frames[nth]),
                is_fault: at_fault == Some(nth),
            })
            .collect();
        if at_fault.is_none() {
            let course = Course::At(of_device(conversation.device, &lanes));
            let absence =
                Row { at: conversation.at, after: None, course, frame: None, is_fault: true };
            rows.insert(place.clamp(start, end) - start, absence);
        }
        for nth in 1..rows.len() {
            rows[nth].after = Some(rows[nth].at.saturating_sub(rows[nth - 1].at));
        }
        Self { lanes, rows, earlier: start, later: frames.len() - end }
    }
}

/// The frame that was wrong, where it is one.
fn at_fault(conversation: &Conversation) -> Option<usize> {
    let is_then = |frame: &ConversationFrame| {
        frame.at.as_micros() == conversation.at.as_micros() && frame.device == conversation.device
    };
    conversation.frames.iter().rposition(is_then)
}

/// Who takes part: devices by their numbers, the server, and the concierge.
fn lanes(conversation: &Conversation, shown: &[ConversationFrame]) -> Vec<Lane> {
    let desks: BTreeSet<_> =
        shown.iter().filter(|frame| frame.is_at_desk).map(|frame| frame.device).collect();
    let mut devices: BTreeSet<_> = shown.iter().map(|frame| frame.device).collect();
    devices.insert(conversation.device);
    devices.retain(|device| !desks.contains(device));
    let others = devices.len().saturating_sub(DEVICES);
    let own = if others == 0 { DEVICES } else { DEVICES - 1 };
    let is_own = |(nth, device): &(usize, DeviceNo)| *nth < own || *device == conversation.device;
    let mut lanes: BTreeSet<_> = devices
        .into_iter()
        .enumerate()
        .filter(is_own)
        .map(|(_, device)| Lane::Device(device))
        .collect();
    lanes.extend((others > 0).then_some(Lane::OtherDevices));
    lanes.insert(Lane::Server);
    let is_written = shown.iter().any(|frame| frame.is_by_concierge);
    // Whoever plays the concierge has written it.
    lanes.extend((is_written && desks.is_empty()).then_some(Lane::Concierge));
    lanes.extend(desks.into_iter().take(DEVICES).map(Lane::Desk));
    lanes.into_iter().collect()
}

/// Whether it goes from lane to lane, or is told where it was noticed.
fn course(frame: &ConversationFrame, lanes: &[Lane]) -> Course {
    let device = of_device(frame.device, lanes);
    match frame.what {
        Passage::Opened
        | Passage::NotOpened
        | Passage::Expired
        | Passage::CutOff
        | Passage::Left
        | Passage::Closed
        | Passage::Broken => Course::At(device),
        Passage::Request
        | Passage::Response
        | Passage::GatewayError
        | Passage::Event
        | Passage::Acknowledgment
        | Passage::Stray
        | Passage::Upload
        | Passage::Pong => {
            let concierge = place(Lane::Concierge, lanes).filter(|_| frame.is_by_concierge);
            let server = concierge.or(place(Lane::Server, lanes)).unwrap_or_default();
            match frame.what.direction() {
                Some(Direction::Out) => Course::Between { from: device, to: server },
                Some(Direction::In) => Course::Between { from: server, to: device },
                None => Course::At(device),
            }
        }
    }
}

fn of_device(device: DeviceNo, lanes: &[Lane]) -> usize {
    place(Lane::Device(device), lanes)
        .or_else(|| place(Lane::Desk(device), lanes))
        .or_else(|| place(Lane::OtherDevices, lanes))
        .unwrap_or_default()
}

fn place(lane: Lane, lanes: &[Lane]) -> Option<usize> {
    lanes.iter().position(|one| *one == lane)
}
