//! The live display and the closing summary on a real terminal, read as a terminal shows them.

mod pty;

use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread;

use crate::process::{Desk, PATIENCE, send};
use pty::Terminal;

/// Two loads, one after the other.
fn desk() -> Desk {
    let desk = Desk::new();
    for (name, seconds) in [("first", 3), ("second", 6)] {
        desk.write(
            &format!("{name}.yaml"),
            format!(
                "name: {name}\nload: {{ devices: 4, duration: {seconds}s }}\n\
                 flow: [init, {{ send: hello }}, {{ think: 50ms }}, end]\n"
            ),
        );
    }
    desk
}

const BOTH: [&str; 5] = ["run", "first.yaml", "second.yaml", "--out", "run"];

const XTERM: (&str, &str) = ("TERM", "xterm-256color");

/// Waits until a process has ended by itself.
#[track_caller]
fn end(mut child: Child) -> Option<i32> {
    let id = child.id();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(child.wait()));
    match told.recv_timeout(PATIENCE) {
        Ok(status) => status.unwrap().code(),
        Err(_) => {
            send("KILL", id);
            panic!("deskbell did not end within {PATIENCE:?}");
        }
    }
}

fn shows<'a>(parts: &'a [&str]) -> impl Fn(&str) -> bool + 'a {
    |screen| parts.iter().all(|part| screen.contains(part))
}

/// A process with its stderr on a terminal, and its stdout elsewhere.
fn spawn(command: &mut Command, terminal: &Terminal) -> Child {
    command.stderr(terminal.stream()).spawn().unwrap()
}

#[test]
fn each_scenario_has_its_line_at_any_width_and_none_is_left() {
    let (desk, mut terminal) = (desk(), Terminal::open(24, 100));
    let child = spawn(desk.command(&BOTH, &[XTERM]).stdout(desk.new_file("out")), &terminal);
    terminal.wait(shows(&["running  first", "waiting  second", "sends/s", "p95", "4/4 devices"]));
    terminal.resize(24, 40);
    terminal.wait(shows(&["done     first", "running  second"]));
    let screen = terminal.screen();
    for part in ["first", "second", "sends/s", "p50"] {
        assert_eq!(screen.matches(part).count(), 1, "{part} is left over:\n{screen}");
    }
    terminal.resize(24, 20);
    terminal.wait(shows(&["running  second"]));
    terminal.resize(24, 90);
    assert_eq!(end(child), Some(0), "{}", terminal.screen());
    assert_eq!(terminal.end().trim(), "");
    assert!(desk.read("out").contains("PASSED"));
}

#[test]
fn the_summary_follows_where_the_display_was() {
    let (desk, mut terminal) = (desk(), Terminal::open(60, 100));
    let child = spawn(desk.command(&BOTH, &[XTERM]).stdout(terminal.stream()), &terminal);
    assert_eq!(end(child), Some(0), "{}", terminal.screen());
    let (screen, raw) = (terminal.end(), terminal.raw());
    assert!(screen.starts_with("target    ws://127.0.0.1:"), "{screen}");
    assert!(screen.contains("PASSED") && !screen.contains("sends/s"), "{screen}");
    assert!(raw.contains("\x1b[1;32mPASSED\x1b[0m"), "{raw:?}");
}

#[test]
fn colour_is_left_out_where_nobody_wants_it() {
    let (desk, mut terminal) = (desk(), Terminal::open(24, 100));
    let environment = [XTERM, ("NO_COLOR", "1")];
    let child = spawn(desk.command(&BOTH, &environment).stdout(terminal.stream()), &terminal);
    assert_eq!(end(child), Some(0));
    terminal.end();
    let raw = terminal.raw();
    assert!(raw.contains("sends/s") && raw.contains("PASSED"), "{raw:?}");
    let codes = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
    assert_eq!(codes.find(&raw).map(|found| found.as_str()), None);
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let (desk, mut terminal) = (desk(), Terminal::open(24, 100));
    let child =
        spawn(desk.command(&BOTH, &[("TERM", "dumb")]).stdout(terminal.stream()), &terminal);
    assert_eq!(end(child), Some(0));
    terminal.end();
    let raw = terminal.raw();
    assert!(raw.contains("    5 s  ") && !raw.contains('\x1b'), "{raw:?}");
}

#[test]
fn an_interrupt_is_said_above_the_display() {
    let (desk, mut terminal) = (desk(), Terminal::open(24, 60));
    let child = spawn(desk.command(&BOTH, &[XTERM]).stdout(desk.new_file("out")), &terminal);
    terminal.wait(shows(&["running  first"]));
    send("INT", child.id());
    assert_eq!(end(child), Some(130));
    let screen = terminal.end();
    assert!(screen.starts_with("interrupted: flows under way"), "{screen}");
    assert!(!screen.contains("sends/s") && !screen.contains("first"), "{screen}");
    assert!(desk.read("out").contains("STOPPED"));
}

#[test]
fn a_stopped_terminal_stops_no_run() {
    let (desk, terminal) = (desk(), Terminal::open(24, 100));
    let child = spawn(desk.command(&BOTH, &[XTERM]).stdout(desk.new_file("out")), &terminal);
    terminal.wait(shows(&["running  first"]));
    terminal.stop();
    assert_eq!(end(child), Some(0));
    assert!(desk.read("out").contains("PASSED"));
    assert!(desk.names().contains(&"run/report.html".to_owned()));
}
