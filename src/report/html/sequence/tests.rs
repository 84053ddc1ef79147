use std::collections::BTreeSet;

use crate::report::sample;
use crate::run::ConversationRecord;

use super::*;

const FAULT: Fault<'_> = Fault { message: "it is wrong", frame: Some("frame-1") };

fn drawn(nth: usize) -> String {
    let record = sample::record();
    figure(&record, &record.conversations[nth].conversation, FAULT).into_string()
}

/// What stands in each row, without its markup.
#[track_caller]
fn check(nth: usize, expected: &[&str]) {
    let drawn = drawn(nth);
    let rows = drawn.split("<tr").skip(2);
    assert_eq!(rows.clone().count(), expected.len(), "{drawn}");
    for (row, expected) in rows.zip(expected) {
        assert!(row.contains(expected), "{expected} in {row}");
    }
}

#[test]
fn each_row_says_who_what_and_how_late() {
    check(
        0,
        &[
            "<th scope=\"row\">1.000</th><td class=\"at\" colspan=\"2\">",
            "1.001 <small>+1.0 ms</small></th><td></td><td class=\"left told\" colspan=\"2\" data-over=\"1\">",
            "Device 1 to Server: </span><span>init-chat-with-concierge</span></summary>",
            "<td class=\"left told\"",
            "<td class=\"right asked\"",
            " class=\"fault\"><th scope=\"row\">1.234",
        ],
    );
    check(
        1,
        &[
            "Device 1 to Server: </span><span>send-message",
            "Server to Concierge's desk, device 4: </span><span>chat-message, message 133",
            "Server to Device 1: </span><span>chat-message, message 133",
            "Server to Device 2: </span><span>chat-message, message 134 by the concierge",
            "pong",
            "<p class=\"why\"><strong>it is wrong</strong></p>",
        ],
    );
}

#[test]
fn what_goes_wrong_with_a_connection_is_a_remark() {
    check(
        2,
        &[
            "connection not opened: status 401",
            "connection opened",
            "upload over HTTP: status 403",
            "send-message 403",
            "error of the gateway: no-such-route",
            "a frame that the document does not have",
            "no answer in time: ping-on-chat-session",
            "cut off with the connection: ping-on-chat-session",
            "connection broke",
            "connection closed by the server: code 1001",
            "connection closed by the device",
            "it is wrong",
        ],
    );
}

#[test]
fn every_passage_stands_in_the_sample() {
    let shown: BTreeSet<_> = (0..3)
        .flat_map(|nth| sample::record().conversations[nth].conversation.frames.clone())
        .map(|frame| frame.what.as_str())
        .collect();
    assert_eq!(shown.len(), 15);
}

#[test]
fn the_frame_at_fault_leads_to_its_text() {
    assert!(drawn(0).contains("<a href=\"#frame-1\">its frame</a>"));
    assert!(!drawn(1).contains("<a "), "there is no frame of what did not come");
}

#[test]
fn every_row_has_as_many_columns_as_the_head() {
    for ConversationRecord { conversation, .. } in &sample::record().conversations {
        let lanes = Diagram::of(conversation).lanes.len();
        let drawn = figure(&sample::record(), conversation, FAULT).into_string();
        for row in drawn.split("<tr").skip(2) {
            let spans = row.split("<td").skip(1).map(|cell| {
                let span = cell.split("colspan=\"").nth(1).filter(|_| !cell.starts_with('>'));
                span.map_or(1, |span| span.split('"').next().unwrap().parse().unwrap())
            });
            assert_eq!(spans.sum::<usize>(), 2 * lanes, "{row}");
        }
    }
}
