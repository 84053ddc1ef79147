//! The monitor's memory and evidence stay small, whatever a server sends and however long it runs.

use super::trace::Player;
use std::time::Duration;

use crate::conformance::{ClauseId, Outcome, Reading};

/// Plays `lines` so many times, `%N` being the round, and holds the monitor's size to a bound.
#[track_caller]
fn check(rounds: u32, lines: &[&str], most: usize) -> Player {
    let mut player = Player::new();
    for round in 0..rounds {
        for line in lines {
            let at = f64::from(round) / 1000.0;
            player.line(&format!("{at:.4} {}", line.replace("%N", &round.to_string())));
        }
        if round % 100 == 0 {
            assert!(player.monitor.size() <= most, "round {round} holds {}", player.monitor.size());
        }
    }
    player
}

#[test]
fn thousands_of_sessions_of_one_flow_are_forgotten() {
    let once = [
        "0/0 > init",
        "0/0 < @init %N",
        "1/0 > resume %N",
        "1/0 < @resume %N",
        "0/0 > end %N",
        "0/0 < @end %N",
    ];
    // What is owed of each end is held until it is due.
    check(500, &once, 1200);
    check(500, &once[..4], 200);
}

#[test]
fn thousands_of_connections_of_one_device_are_forgotten() {
    let once = [
        "0/%N open",
        "0/%N > resume A",
        "0/%N < @resume A",
        "0/%N < @closed A",
        "0/%N > unread",
        "0/%N close",
    ];
    check(500, &once, 100);
}

#[test]
fn a_flood_of_events_does_not_crowd_out_what_is_owed() {
    let mut player = check(1000, &["0/0 < @concierge %N 1", "0/0 < @closed %N"], 200);
    for line in [
        "3 0/0 > init",
        "3 0/0 < @init A",
        "3 1/0 > resume A",
        "3 1/0 < @resume A",
        "3 0/0 > send A hello",
        "3 0/0 < @send A 9 hello",
    ] {
        player.line(line);
    }
    player.monitor.finish(Duration::MAX, &mut player.found);
    assert_eq!(player.found.settled(Outcome::Lost), 1);
}

#[test]
fn a_flood_of_messages_in_one_session_is_followed_up_to_a_bound() {
    let mut player = Player::new();
    for line in ["0 0/0 > init", "0 0/0 < @init A", "0 1/0 > resume A", "0 1/0 < @resume A"] {
        player.line(line);
    }
    for id in 0..17_000 {
        player.line(&format!("2 0/0 < @concierge A {id}"));
    }
    assert!(player.monitor.size() <= 40_000, "{}", player.monitor.size());
    player.monitor.finish(Duration::MAX, &mut player.found);
    assert_eq!(player.found.settled(Outcome::Lost), 16 * 1024);
    assert!(player.monitor.size() <= 200, "{}", player.monitor.size());
}

/// Plays a session with so many messages, and a listing of all of them but the first.
#[track_caller]
fn check_listing(messages: usize, violated: &[ClauseId], unjudged: usize) {
    let mut player = Player::asked("history");
    player.line("0 0/0 > init");
    player.line("0 0/0 < @init A");
    for id in 1..=messages {
        player.line(&format!("2 0/0 < @concierge A {id}"));
    }
    assert!(player.monitor.size() <= 3 * 10_000 + 10);
    let listed: Vec<_> = (2..=messages).map(|id| format!("{id}c")).collect();
    player.line("300 0/0 > messages A 1 20000");
    player.line(&format!("300 0/0 < @page A 1/20000 {}", listed.join(",")));
    player.monitor.finish(Duration::MAX, &mut player.found);
    let found: Vec<_> = player.found.findings.iter().map(|found| found.clause).collect();
    assert_eq!(found, violated);
    let says = |reading: &&Reading| matches!(reading, Reading::Unjudged(_));
    assert_eq!(player.found.readings.iter().filter(says).count(), unjudged);
}

#[test]
fn messages_beyond_the_most_that_are_remembered_are_said_to_be_not_judged() {
    check_listing(10_000, &[ClauseId::List3], 0);
    check_listing(10_001, &[], 1);
}

#[test]
fn evidence_is_cut() {
    let mut player = Player::new();
    let endless = "ไ".repeat(100_000);
    player.line("0 0/0 > unread");
    player.line(&format!("0 0/0 < @unread A with /channel = \"client/get-chat-session{endless}\""));
    player.line("0 0/0 > ping A");
    player.line(&format!("0 0/0 < @gateway with /message = \"{endless}\""));
    player.line(&format!("0 0/0 < {{\"channel\":\"chat-typing-{endless}\"}}"));
    player.line(&format!("0 0/0 < {{\"channel\":\"chat-message-{endless}\"}}"));
    player.monitor.finish(Duration::MAX, &mut player.found);
    assert!(player.found.findings.iter().any(|found| found.clause == ClauseId::Event5));
    for found in &player.found.findings {
        assert!(found.frame.as_ref().is_none_or(|frame| frame.len() <= 64 * 1024));
        let session = found.session.as_ref().map_or(0, |session| session.as_str().len());
        let texts = [&found.message, &found.expected, &found.actual, &found.pointer];
        assert!(texts.iter().all(|text| text.len() <= 300) && session <= 200, "{}", found.clause);
    }
}
