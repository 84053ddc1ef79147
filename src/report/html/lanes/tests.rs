use crate::protocol::{ConnectionNo, SessionId};

use super::*;

fn frame(at_ms: u64, device: u32, what: Passage) -> ConversationFrame {
    ConversationFrame {
        at: Duration::from_millis(at_ms),
        device: DeviceNo(device),
        is_at_desk: false,
        connection: ConnectionNo(0),
        what,
        route: None,
        event: None,
        status: None,
        request: None,
        session: None,
        message: None,
        is_by_concierge: false,
    }
}

fn conversation(at_ms: u64, device: u32, frames: Vec<ConversationFrame>) -> Conversation {
    let session = Some(SessionId::new("s"));
    Conversation { at: Duration::from_millis(at_ms), device: DeviceNo(device), session, frames }
}

fn device(no: u32) -> Lane {
    Lane::Device(DeviceNo(no))
}

/// Lanes, and for each row its course and whether it is the fault.
#[track_caller]
fn check(of: &Conversation, lanes: &[Lane], rows: &[(Course, bool)]) {
    let diagram = Diagram::of(of);
    assert_eq!(diagram.lanes, lanes);
    let told: Vec<_> = diagram.rows.iter().map(|row| (row.course, row.is_fault)).collect();
    assert_eq!(told, rows);
}

#[test]
fn an_arrow_runs_between_a_device_and_the_server() {
    check(
        &conversation(
            3,
            2,
            vec![
                frame(1, 2, Passage::Opened),
                frame(2, 2, Passage::Request),
                frame(3, 2, Passage::Response),
                frame(3, 1, Passage::Event),
            ],
        ),
        &[device(1), device(2), Lane::Server],
        &[
            (Course::At(1), false),
            (Course::Between { from: 1, to: 2 }, false),
            (Course::Between { from: 2, to: 1 }, true),
            (Course::Between { from: 2, to: 0 }, false),
        ],
    );
}

#[test]
fn what_the_concierge_wrote_comes_from_there() {
    let written = ConversationFrame { is_by_concierge: true, ..frame(1, 1, Passage::Event) };
    check(
        &conversation(1, 1, vec![written.clone()]),
        &[device(1), Lane::Server, Lane::Concierge],
        &[(Course::Between { from: 2, to: 0 }, true)],
    );
    let desk = ConversationFrame { is_at_desk: true, ..frame(0, 4, Passage::Request) };
    check(
        &conversation(1, 1, vec![desk, written]),
        &[device(1), Lane::Server, Lane::Desk(DeviceNo(4))],
        &[(Course::Between { from: 2, to: 1 }, false), (Course::Between { from: 1, to: 0 }, true)],
    );
}

#[test]
fn what_did_not_come_has_a_row_at_its_instant() {
    let frames = vec![frame(1, 1, Passage::Event), frame(9, 1, Passage::Pong)];
    let of = conversation(5, 2, frames);
    check(
        &of,
        &[device(1), device(2), Lane::Server],
        &[
            (Course::Between { from: 2, to: 0 }, false),
            (Course::At(1), true),
            (Course::Between { from: 2, to: 0 }, false),
        ],
    );
    let diagram = Diagram::of(&of);
    let after: Vec<_> = diagram.rows.iter().map(|row| row.after).collect();
    let millis = |ms| Some(Duration::from_millis(ms));
    assert_eq!(after, [None, millis(4), millis(4)]);
    check(&conversation(5, 2, vec![]), &[device(2), Lane::Server], &[(Course::At(0), true)]);
}

#[test]
fn many_devices_share_a_lane_but_the_one_at_fault() {
    let frames = (0..20).map(|no| frame(u64::from(no), no, Passage::Event)).collect();
    let of = conversation(17, 17, frames);
    let lanes = [0, 1, 2, 3, 17].map(device).into_iter().chain([Lane::OtherDevices, Lane::Server]);
    let diagram = Diagram::of(&of);
    assert_eq!(diagram.lanes, lanes.collect::<Vec<_>>());
    assert_eq!(diagram.rows[9].course, Course::Between { from: 6, to: 5 });
    assert_eq!(diagram.rows[17].course, Course::Between { from: 6, to: 4 });
}

#[track_caller]
fn check_window(at_ms: u64, earlier: usize, later: usize) {
    let frames = (0..64).map(|ms| frame(ms, 1, Passage::Pong)).collect();
    let of = conversation(at_ms, 1, frames);
    let diagram = Diagram::of(&of);
    assert_eq!((diagram.earlier, diagram.later), (earlier, later));
    assert_eq!(diagram.rows.iter().filter(|row| row.frame.is_some()).count(), ROWS);
    assert_eq!(diagram.rows.iter().filter(|row| row.is_fault).count(), 1);
}

#[test]
fn of_a_long_conversation_the_rows_around_the_fault_stay() {
    check_window(63, 32, 0);
    check_window(40, 14, 18);
    check_window(0, 0, 32);
    check_window(1_000, 32, 0);
}
