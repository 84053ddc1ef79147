//! A conversation as a sequence diagram: a table with a line of life in each lane, which a style
//! sheet draws, and which reads as a table without one.
//!
//! The columns are halves of lanes, so that an arrow runs from the middle of one to that of
//! another. Start from [`figure`].

#[cfg(test)]
mod tests;

use std::iter;

use maud::{Markup, html};

use crate::protocol::SessionId;
use crate::report::escape::one_line;
use crate::report::figure::{brief, counted};
use crate::run::{Conversation, ConversationFrame, RunRecord};

use super::instant::{instant, seconds};
use super::lanes::{Course, Diagram, Lane, Row};
use super::passage::{Look, fields, is_unusual, label, look};

/// What was wrong in a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault<'a> {
    /// In a sentence.
    pub(super) message: &'a str,
    /// Where the frame at fault is shown: the id of its element.
    pub(super) frame: Option<&'a str>,
}

/// The diagram of a conversation.
pub(super) fn figure(record: &RunRecord, of: &Conversation, fault: Fault<'_>) -> Markup {
    let diagram = Diagram::of(of);
    html! {
        figure.sequence data-lanes=(diagram.lanes.len()) {
            figcaption { (caption(record, of, &diagram)) }
            div.scroll tabindex="0" role="group" aria-label="Sequence diagram" {
                table {
                    colgroup { col.time; col span=(2 * diagram.lanes.len()); }
                    thead {
                        tr {
                            th scope="col" { "Time, s" }
                            @for lane in &diagram.lanes {
                                th scope="col" colspan="2" { (title(lane)) }
                            }
                        }
                    }
                    tbody {
                        (left_out(diagram.earlier, "earlier", &diagram))
                        @for row in &diagram.rows { (tr(row, &diagram.lanes, of, fault)) }
                        (left_out(diagram.later, "later", &diagram))
                    }
                }
            }
        }
    }
}

fn caption(record: &RunRecord, of: &Conversation, diagram: &Diagram<'_>) -> Markup {
    let frames = diagram.rows.iter().filter(|row| row.frame.is_some()).count();
    html! {
        "Device " (of.device) " "
        @match &of.session {
            Some(session) => { "in session " code { (one_line(session.as_str())) } },
            None => { "and whoever plays its flow" },
        }
        ", " (counted(frames as u64, "frame")) " around " (instant(record, of.at))
    }
}

fn title(lane: &Lane) -> String {
    match lane {
        Lane::Device(device) => format!("Device {device}"),
        Lane::OtherDevices => "Other devices".to_owned(),
        Lane::Server => "Server".to_owned(),
        Lane::Desk(device) => format!("Concierge's desk, device {device}"),
        Lane::Concierge => "Concierge".to_owned(),
    }
}

fn left_out(count: usize, when: &str, diagram: &Diagram<'_>) -> Markup {
    html! {
        @if count > 0 {
            tr.left-out {
                th { "..." }
                td colspan=(2 * diagram.lanes.len()) {
                    (counted(count as u64, &format!("{when} frame")))
                }
            }
        }
    }
}

fn tr(row: &Row<'_>, lanes: &[Lane], of: &Conversation, fault: Fault<'_>) -> Markup {
    html! {
        tr.fault[row.is_fault] {
            th scope="row" {
                (seconds(row.at))
                @if let Some(after) = row.after { " " small { "+" (brief(after)) } }
            }
            (cells(row, lanes, &said(row, lanes, of, fault)))
        }
    }
}

/// The row's cell, and on both sides of it a cell between each two lines of life.
fn cells(row: &Row<'_>, lanes: &[Lane], said: &Markup) -> Markup {
    let gaps = |count: usize| iter::repeat_n((), count);
    let (first, last, is_between) = match row.course {
        Course::Between { from, to } => (from.min(to), from.max(to), true),
        Course::At(at) => (at, at, false),
    };
    let after = lanes.len() - 1 - last;
    let whole = |count: usize| html! { @for () in gaps(count) { td colspan="2" {} } };
    html! {
        @if is_between {
            td {} (whole(first))
            td class=(class(row)) colspan=(2 * (last - first)) data-over=(last - first) { (said) }
            (whole(after)) td {}
        } @else {
            @if first > 0 { td {} (whole(first - 1)) td {} }
            td class=(class(row)) colspan="2" { (said) }
            @if after > 0 { td {} (whole(after - 1)) td {} }
        }
    }
}

fn class(row: &Row<'_>) -> String {
    let way = match row.course {
        Course::Between { from, to } if from < to => "right",
        Course::Between { .. } => "left",
        Course::At(_) => "at",
    };
    let look = match row.frame.map(|frame| look(frame.what)) {
        Some(Look::Asked) => " asked",
        Some(Look::Told) => " told",
        Some(Look::Remark) | None => "",
    };
    let unusual = if row.frame.is_some_and(is_unusual) { " unusual" } else { "" };
    format!("{way}{look}{unusual}")
}

fn said(row: &Row<'_>, lanes: &[Lane], of: &Conversation, fault: Fault<'_>) -> Markup {
    html! {
        @if let Some(frame) = row.frame { (frame_said(frame, row.course, lanes, of)) }
        @if row.is_fault {
            p.why {
                strong { (one_line(fault.message)) }
                @if let (Some(id), Some(_)) = (fault.frame, row.frame) {
                    " " a href=(format!("#{id}")) { "its frame" }
                }
            }
        }
    }
}

/// The session that the conversation is of, or that is spoken of first.
fn usual(of: &Conversation) -> Option<&SessionId> {
    of.session.as_ref().or_else(|| of.frames.iter().find_map(|frame| frame.session.as_ref()))
}

fn frame_said(
    frame: &ConversationFrame,
    course: Course,
    lanes: &[Lane],
    of: &Conversation,
) -> Markup {
    let way = match course {
        Course::Between { from, to } => {
            format!("{} to {}: ", title(&lanes[from]), title(&lanes[to]))
        }
        Course::At(at) => format!("{}: ", title(&lanes[at])),
    };
    html! {
        details {
            summary {
                span.unseen { (way) }
                span { (one_line(&label(frame, usual(of)))) }
            }
            p { (one_line(&fields(frame))) }
        }
    }
}
