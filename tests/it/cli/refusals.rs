//! What is wrong with a command line or a file is told in one message, before anything is done.

use std::net::TcpListener;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::TOKEN;
use crate::process::{Desk, Ended, Serving};

const USAGE: i32 = 2;
const NOT_DONE: i32 = 3;

/// Runs deskbell in a folder that must look the same afterwards.
#[track_caller]
fn check_in(desk: &Desk, args: &[&str], env: &[(&str, &str)], code: i32, says: &[&str]) {
    let before = desk.names();
    let Ended { code: ended, out, err } = desk.run_with(args, env);
    let asked = format!("deskbell {} {env:?}", args.join(" "));
    assert_eq!(ended, Some(code), "{asked}\n{err}");
    assert_eq!(out, "", "{asked}");
    assert_eq!(err.matches("error:").count(), 1, "{asked}\n{err}");
    assert!(err.starts_with("error: "), "{asked}\n{err}");
    for part in says {
        assert!(err.contains(part), "{asked}\ndoes not say {part:?}:\n{err}");
    }
    for part in ["panicked", TOKEN] {
        assert!(!err.contains(part), "{asked}\nsays {part:?}:\n{err}");
    }
    assert_eq!(desk.names(), before, "{asked}");
}

#[track_caller]
fn check(args: &[&str], says: &[&str]) {
    check_in(&Desk::new(), args, &[], USAGE, says);
}

#[track_caller]
fn check_scenario(text: &[u8], says: &[&str]) {
    let desk = Desk::new();
    desk.write("bad.yaml", text);
    check_in(&desk, &["run", "bad.yaml"], &[], USAGE, says);
}

#[test]
fn a_wrong_scenario_is_told_with_its_place() {
    check_scenario(
        b"name: x\nactor: {}\nflow:\n  - init\n",
        &["`actor`", "bad.yaml:2:1", "did you mean `actors`?"],
    );
    check_scenario(
        b"name: x\nflow:\n  - innit\n",
        &["`innit`", "bad.yaml:3:5", "did you mean `init`?"],
    );
    check_scenario(b"name: x\nflow:\n  - send: {\n", &["bad.yaml:3"]);
    check_scenario(b"name: x\nflow: [init]\n\tload: 3\n", &["bad.yaml:3"]);
    check_scenario(b"", &["bad.yaml"]);
    check_scenario(b"name: \xff\n", &["bad.yaml"]);
    check_scenario(&[b'['; 100_000], &["bad.yaml"]);
}

#[test]
fn a_scenario_that_is_not_there_is_named() {
    check(&["run", "absent.yaml"], &["`absent.yaml`"]);
    check(&["run", "builtin:absent"], &["builtin:absent"]);
    let desk = Desk::new();
    std::fs::create_dir(desk.path("empty")).unwrap();
    check_in(&desk, &["run", "empty"], &[], USAGE, &["empty"]);
    std::fs::create_dir(desk.path("folder.yaml")).unwrap();
    check_in(&desk, &["run", "folder.yaml"], &[], USAGE, &["folder.yaml"]);
}

#[test]
fn a_target_is_a_plain_socket_origin() {
    for (target, says) in [
        ("nonsense", "`nonsense`"),
        ("http://127.0.0.1:8080/uat", "http://"),
        ("wss://127.0.0.1:8443/uat", "wss:// is not supported by this version"),
        ("ws://", "ws://"),
        ("ws://127.0.0.1:99999/uat", "99999"),
    ] {
        check(&["run", "--target", target, "--token", TOKEN], &["--target", says]);
    }
    let origin = ["run", "--target", "ws://127.0.0.1:1/uat", "--token", TOKEN, "--upload-origin"];
    for url in ["nonsense", "https://127.0.0.1", "ftp://127.0.0.1"] {
        check(&[&origin[..], &[url]].concat(), &["--upload-origin"]);
    }
}

#[test]
fn a_host_that_is_not_allowed_is_never_spoken_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    // Reaches the listener where somebody does connect, and yet is no loopback address.
    let target = format!("ws://0.0.0.0:{port}/uat");
    check(&["run", "--target", &target, "--token", TOKEN], &["0.0.0.0", "--allow"]);
    let origin = format!("http://0.0.0.0:{port}");
    let own = format!("ws://127.0.0.1:{port}/uat");
    check(
        &["run", "--target", &own, "--token", TOKEN, "--upload-origin", &origin],
        &["--upload-origin", "0.0.0.0", "--allow"],
    );
    assert!(listener.accept().is_err(), "somebody connected");
    check(
        &["run", "--target", "ws://chat.example.com/uat", "--token", TOKEN],
        &["chat.example.com", "--allow chat.example.com"],
    );
}

#[test]
fn options_that_do_not_go_together_are_told() {
    let target = ["run", "--target", "ws://127.0.0.1:1/uat"];
    check(&["run", "--token", TOKEN], &["--token", "--target"]);
    check(&["run", "--accounts", "guests.csv"], &["--accounts", "--target"]);
    check(&["run", "--upload-origin", "http://127.0.0.1"], &["--upload-origin", "--target"]);
    check(&target, &["--token", "--accounts"]);
    check(
        &[&target[..], &["--token", TOKEN, "--server-arg=--ack=off"]].concat(),
        &["--server-arg"],
    );
    check(&[&target[..], &["--token", TOKEN, "--accounts", "a.csv"]].concat(), &["--accounts"]);
    check(&["run", "--iterations", "1", "--duration", "1s"], &["--iterations", "--duration"]);
}

#[test]
fn figures_that_make_no_sense_are_told() {
    check(&["run", "--devices", "0"], &["--devices"]);
    check(&["run", "--devices", "-5"], &["-5"]);
    check(&["run", "--devices", "3"], &["chat", "2 or 4"]);
    check(&["run", "--duration", "10"], &["--duration", "a duration needs a unit"]);
    check(&["run", "--ramp-up", "soon"], &["--ramp-up", "a duration is written like"]);
    check(&["run", "--connect-rate", "0/s"], &["--connect-rate", "write it like"]);
    check(&["run", "--jobs", "0"], &["--jobs"]);
    check(&["run", "--seed", "x"], &["--seed"]);
    check(&["run", "--rate", "0/s"], &["--rate", "write it like"]);
    check(&["token", "--tenant", "guest"], &["--tenant"]);
    check(&["token"], &["--tenant"]);
}

#[test]
fn an_accounts_file_is_checked_before_the_run() {
    let desk = Desk::new();
    desk.write("accounts.csv", format!("token,tenant\n{TOKEN},guest\n"));
    let args = |file| ["run", "--target", "ws://127.0.0.1:1/uat", "--accounts", file];
    check_in(&desk, &args("accounts.csv"), &[], USAGE, &["accounts.csv:2", "`tenant`"]);
    check_in(&desk, &args("absent.csv"), &[], USAGE, &["absent.csv"]);
}

#[test]
fn schemas_of_ones_own_are_checked_before_the_run() {
    let desk = Desk::new();
    check_in(&desk, &["run", "--schemas", "absent"], &[], USAGE, &["absent"]);
}

#[test]
fn what_a_later_version_has_is_refused() {
    for option in [
        "--profile=p.yaml",
        "--set=a=b",
        "--token-command=c",
        "--proxy=u",
        "--ca-cert=f",
        "--source-ip=127.0.0.2",
        "--shard=1/2",
        "--start-at=t",
        "--threshold=e",
        "--trace=f",
        "--trace-devices=1",
        "--metrics=a",
        "--show-personal-data",
        "--dry-run",
        "--device-prefix=p",
    ] {
        let name = format!("`{}`", option.split('=').next().unwrap());
        check(&["run", option], &["this version of deskbell does not have the option", &name]);
    }
    for option in ["--db=f", "--gateway=emulate", "--latency=1ms", "--stall=1s,1s", "--capacity=1"]
    {
        let name = format!("`{}`", option.split('=').next().unwrap());
        check(&["serve", option], &["this version of deskbell does not have the option", &name]);
    }
    for command in
        ["compare", "capacity", "merge", "report", "cleanup", "fuzz", "completions", "man"]
    {
        check(&[command], &["this version of deskbell does not have the command", command]);
        check(&[command, "x"], &["this version of deskbell does not have the command", command]);
    }
}

#[test]
fn what_is_misspelt_is_told() {
    check(&["rnu"], &["'rnu'"]);
    check(&["run", "--devises", "2"], &["--devises"]);
    check(&["run", "--server-arg=--nonsense"], &["--server-arg", "--nonsense"]);
    check(
        &["run", "--server-arg=--defect=ack-nver"],
        &["--server-arg", "did you mean `ack-never`?", "`deskbell defects`"],
    );
    check(&["serve", "--defect", "ack-nver"], &["did you mean `ack-never`?", "`deskbell defects`"]);
    check(&["defects", "--format", "xml"], &["--format", "table, json, csv"]);
    check(&["serve", "--listen", "nowhere"], &["--listen", "nowhere"]);
    check(&["serve", "--listen", "0.0.0.0:0"], &["--secret", "0.0.0.0:0"]);
}

#[test]
fn a_variable_that_is_empty_is_a_mistake() {
    for name in ["DESKBELL_TARGET", "DESKBELL_TOKEN", "DESKBELL_UPLOAD_ORIGIN", "DESKBELL_ALLOW"] {
        check_in(&Desk::new(), &["run"], &[(name, "")], USAGE, &[name, "empty"]);
    }
    check_in(
        &Desk::new(),
        &["serve"],
        &[("DESKBELL_SECRET", "")],
        USAGE,
        &["DESKBELL_SECRET", "empty"],
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_the_run() {
    let desk = Desk::new();
    desk.write("file", "");
    check_in(&desk, &["run", "--out", "file/run"], &[], NOT_DONE, &["file/run"]);
    check_in(&desk, &["run", "--out", "file"], &[], NOT_DONE, &["file"]);
}

#[test]
fn a_folder_that_holds_a_run_is_left_alone() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("mine")).unwrap();
    desk.write("mine/run.json", "{}");
    check_in(&desk, &["run", "--out", "mine"], &[], USAGE, &["mine", "--overwrite"]);
    assert_eq!(desk.read("mine/run.json"), "{}");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    check_in(&Desk::new(), &["serve", "--listen", &address], &[], NOT_DONE, &[&address]);
}

#[test]
fn a_run_that_could_not_start_leaves_its_reason_in_junit() {
    let desk = Desk::new();
    desk.write("old.xml", "<testsuites/>");
    let ended = desk.run(&["run", "absent.yaml", "--junit", "old.xml", "--csv", "new.csv"]);
    assert_eq!(ended.code, Some(USAGE));
    assert_eq!(desk.names(), ["old.xml"]);
    let junit = desk.read("old.xml");
    assert!(junit.contains("absent.yaml"), "{junit}");
    assert_eq!(elements(&junit, "error"), 1, "{junit}");
}

/// Devices that are refused make a whole report, and the status of a run that could not be done.
#[track_caller]
fn check_refused_devices(target: &str, says: &[&str]) {
    let desk = Desk::new();
    let args = [
        "run", "--target", target, "--token", TOKEN, "-d", "4", "--out", "run", "--junit", "j.xml",
    ];
    let Ended { code, out, err } = desk.run(&args);
    assert_eq!(code, Some(NOT_DONE), "{out}{err}");
    for part in says.iter().chain(&[target, "ERROR"]) {
        assert!(out.contains(part), "does not say {part:?}:\n{out}");
    }
    let mut expected: Vec<_> = super::REPORTS.iter().map(|name| format!("run/{name}")).collect();
    expected.extend(["j.xml", "run"].map(str::to_owned));
    expected.sort();
    assert_eq!(desk.names(), expected);
    for name in super::REPORTS.map(|name| format!("run/{name}")) {
        assert!(!desk.read(&name).contains(TOKEN), "{name}");
    }
    assert!(!out.contains(TOKEN) && !err.contains(TOKEN), "{out}{err}");
    assert!(elements(&desk.read("j.xml"), "error") > 0, "{}", desk.read("j.xml"));
}

#[test]
fn a_target_that_refuses_is_an_error_case() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    check_refused_devices(
        &format!("ws://{closed}/uat"),
        &["no device connected", "connection refused"],
    );
}

#[test]
fn a_token_that_is_refused_is_an_error_case() {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    check_refused_devices(&serving.target, &["the access token was refused with HTTP status 401"]);
}

/// Counts elements, and stops at what is not well-formed.
pub(super) fn elements(xml: &str, name: &str) -> usize {
    let mut reader = Reader::from_str(xml);
    let mut count = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == name.as_bytes() => {
                count += 1
            }
            Event::Eof => return count,
            _ => {}
        }
    }
}
