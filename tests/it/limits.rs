//! What this machine and a gateway allow is told before the first connect.

use std::process::{Command, Output};

use crate::process::{Desk, Serving};

/// A run of so many devices, in a process that may open 256 files.
fn run_poor(desk: &Desk, args: &[&str]) -> Output {
    let line = "ulimit -n 256 && exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", line, env!("CARGO_BIN_EXE_deskbell"), "run"]).args(args);
    command.current_dir(desk.path("")).env_remove("DESKBELL_TARGET").output().unwrap()
}

#[track_caller]
fn check_poor(args: &[&str], says: &str) {
    let desk = Desk::new();
    let output = run_poor(&desk, args);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(err.contains(says), "{err}");
    assert!(desk.names().is_empty(), "{:?}", desk.names());
}

#[test]
fn more_devices_than_sockets_are_told_with_what_to_do() {
    let load = ["builtin:load/idle", "-d", "1000"];
    let to = ["--target", "ws://127.0.0.1:9/uat", "--token", "t"];
    let told = "the run needs 1 000 sockets, the limit is 256: ulimit -n 2000";
    check_poor(&[&load[..], &to].concat(), told);
    let told = "the run needs 2 000 sockets (the server's and those of uploads among them), the \
                limit is 256: ulimit -n 3000";
    check_poor(&load, told);
}

#[test]
fn devices_connect_from_the_addresses_that_are_given() {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    let to = ["run", "builtin:load/idle", "-d", "4", "--target", &serving.target];
    let to = [&to[..], &["--token", token.trim()]].concat();
    let from = ["--source-ip", "127.0.0.2", "--source-ip", "127.0.0.3", "-o", "run"];
    let ended = desk.run(&[&to[..], &from].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.err, ended.out);
    let elsewhere = ["--source-ip", "192.0.2.1", "-o", "none"];
    let ended = desk.run(&[&to[..], &elsewhere].concat());
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    let told = "--source-ip 192.0.2.1: it is no address of this machine";
    assert!(ended.err.contains(told), "{}", ended.err);
}
