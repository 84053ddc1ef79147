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
        ("ws://", "ws://"),
        ("ws://127.0.0.1:99999/uat", "99999"),
    ] {
        check(&["run", "--target", target, "--token", TOKEN], &["--target", says]);
    }
    let origin = ["run", "--target", "ws://127.0.0.1:1/uat", "--token", TOKEN, "--upload-origin"];
    for url in ["nonsense", "wss://127.0.0.1", "ftp://127.0.0.1"] {
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
    // A command that gives tokens is not run either, and telling the plan connects to nothing.
    let command = ["--token-command", "touch asked"];
    check(&[&["run", "--target", &target][..], &command].concat(), &["0.0.0.0", "--allow"]);
    let desk = Desk::new();
    let allowed = ["run", "--target", &target, "--allow", "0.0.0.0", "--dry-run"];
    let Ended { code, err, .. } = desk.run(&[&allowed[..], &command].concat());
    assert_eq!((code, desk.names()), (Some(0), Vec::new()), "{err}");
    assert!(listener.accept().is_err(), "somebody connected");
    // Where it is allowed, the listener does hear of it.
    let going = desk.start(&["run", "--target", &target, "--allow", "0.0.0.0", "--token", TOKEN]);
    listener.set_nonblocking(false).unwrap();
    assert!(listener.accept().is_ok());
    drop(going);
    check(
        &["run", "--target", "ws://chat.example.com/uat", "--token", TOKEN],
        &["chat.example.com", "--allow chat.example.com"],
    );
}

#[test]
fn a_host_is_allowed_by_its_name_alone() {
    for (host, says) in [
        ("*", "one by one"),
        ("*.example.com", "one by one"),
        ("wss://uat.example.com", "give uat.example.com"),
        ("uat.example.com:443", "give uat.example.com"),
    ] {
        check(&["run", "--allow", host], &["--allow", says]);
    }
    let run = ["run", "--token", TOKEN, "--allow", "example.com", "--target"];
    for target in ["ws://localhost.example.com/uat", "ws://[::]/uat", "ws://0/uat"] {
        check(&[&run[..], &[target]].concat(), &["neither loopback nor allowed"]);
    }
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
    check(&["run", "--rate", "0/s"], &["--rate", "a rate is more than none"]);
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
    desk.write("past.csv", format!("token,tenant,expires_at\n{TOKEN},34,1000\n"));
    let says = ["past.csv", "every access token has expired", "line 2 (tenant 34)"];
    check_in(&desk, &args("past.csv"), &[], NOT_DONE, &says);
}

#[test]
fn a_token_that_has_expired_is_told_before_the_run() {
    // {"exp":5}
    let token = format!("{TOKEN}.eyJleHAiOjV9.{TOKEN}");
    let args = ["run", "--target", "ws://127.0.0.1:1/uat", "--token", &token, "--tenant", "34"];
    let says = ["the access token has expired", "tenant 34", "1970-01-01T00:00:05Z"];
    let ended = Desk::new().run(&args);
    assert_eq!(ended.code, Some(NOT_DONE), "{}", ended.err);
    for part in says {
        assert!(ended.err.contains(part), "{}", ended.err);
    }
    assert!(!ended.err.contains(TOKEN), "{}", ended.err);
}

#[test]
fn a_token_command_that_gives_no_token_is_told() {
    let target = ["run", "--target", "ws://127.0.0.1:1/uat", "--token-command"];
    for (command, says) in [
        (format!("echo {TOKEN}; echo no {TOKEN} >&2; exit 3"), "status 3: no [redacted]"),
        ("true".to_owned(), "printed nothing"),
        (format!("echo {TOKEN}; echo {TOKEN}"), "several lines"),
        ("kill -9 $$".to_owned(), "signal 9"),
        (format!("echo a.eyJleHAiOjV9.{TOKEN}"), "expired already"),
        (format!("echo {TOKEN}"), "one token for tenant 34 and tenant 35"),
    ] {
        let args = [&target[..], &[&command, "--tenant", "34", "--tenant", "35"]].concat();
        let tenants: &[&str] = if says.contains("expired") { &args[..5] } else { &args };
        let ended = Desk::new().run(tenants);
        assert_eq!(ended.code, Some(NOT_DONE), "{}", ended.err);
        assert!(ended.err.starts_with("error: ") && ended.err.contains(says), "{}", ended.err);
        assert_eq!(ended.err.matches("error:").count(), 1, "{}", ended.err);
        assert!(!ended.err.contains(TOKEN), "{}", ended.err);
    }
    let command = [&target[..], &["echo x"]].concat();
    let nowhere = [("PATH", "/nowhere")];
    check_in(&Desk::new(), &command, &nowhere, NOT_DONE, &["--token-command", "cannot start sh"]);
    let twice = [&command[..], &["--tenant", "34", "--tenant", "34"]].concat();
    check(&twice, &["--tenant 34", "twice"]);
    check(&[&target[..3], &["--accounts", "a.csv", "--tenant", "34"]].concat(), &["--tenant"]);
}

#[test]
fn schemas_of_ones_own_are_checked_before_the_run() {
    let desk = Desk::new();
    check_in(&desk, &["run", "--schemas", "absent"], &[], USAGE, &["absent"]);
}

#[test]
fn what_a_later_version_has_is_refused() {
    let refused = ["this version of deskbell does not have the command", "fuzz"];
    check(&["fuzz"], &refused);
    check(&["fuzz", "x"], &refused);
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

#[test]
fn a_wrong_proxy_or_authority_is_told_before_anything_connects() {
    let run = ["run", "--target", "wss://127.0.0.1:1/uat", "--token", TOKEN];
    let with = |more: &[&'static str]| [&run[..], more].concat();
    check(&with(&["--proxy", "socks5://127.0.0.1:1"]), &["the proxy", "socks5://", "http://"]);
    check(&with(&["--proxy", "http://u:not-for-other-eyes@"]), &["the proxy", "http://HOST:PORT"]);
    check(&with(&["--ca-cert", "absent.pem"]), &["absent.pem", "No such file"]);
    let desk = Desk::new();
    desk.write("ca.pem", "no certificate");
    check_in(&desk, &with(&["--ca-cert", "ca.pem"]), &[], USAGE, &["ca.pem", "BEGIN CERTIFICATE"]);
    let remote = ["run", "--target", "wss://uat.example.com", "--token", TOKEN, "--allow"];
    let remote = [&remote[..], &["uat.example.com"]].concat();
    let wrong = [("HTTPS_PROXY", "socks5://127.0.0.1:1")];
    check_in(&Desk::new(), &remote, &wrong, USAGE, &["HTTPS_PROXY", "socks5://"]);
    check(&["run", "--proxy", "http://127.0.0.1:1"], &["--proxy", "without a target"]);
    check(
        &["run", "--server-arg=--gateway=emulate", "--server-arg=--gateway-set=idel=5m"],
        &["--server-arg", "--gateway-set idel=5m", "did you mean `idle`?"],
    );
    check(
        &["serve", "--gateway", "emulate", "--gateway-set", "nonsense=1"],
        &["--gateway-set nonsense=1", "there are connects-per-second, connects-burst"],
    );
    check(&["serve", "--gateway-clock", "60"], &["--gateway-clock", "--gateway emulate"]);
    check(&["run", "--server-arg=--tls=x"], &["--tls is not for the embedded server"]);
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
    expected.extend(["j.xml", "run", "run/ids.bin", "run/sessions.jsonl"].map(str::to_owned));
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
