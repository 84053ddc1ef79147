//! Nothing that a run leaves behind or prints holds a secret or, unless asked for, personal data.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use crate::hostile::mischief::Mischief;
use crate::hostile::server::{BadServer, Whom};
use crate::process::{Desk, Ended, Serving};

/// What the reference server knows of tenant 34, and what its concierge says.
const PERSONAL: [&str; 10] = [
    "somchai.34",
    "Somchai",
    "Jaidee",
    "0800000068",
    "0800000069",
    "ID-000034",
    "PP-000034",
    "3000000000034",
    "Example Residence",
    "Thank you for message",
];

/// Every mention of one of the words in the files of a folder and of the folders in it.
pub(crate) fn mentions(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(mentions(&path, words));
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let words = words.iter().filter(|word| text.contains(**word));
        found.extend(words.map(|word| format!("{word} in {}", path.display())));
    }
    found
}

/// What a run of the scenario left behind and printed, all of it in one folder.
fn left_by(desk: &Desk, scenario: &str, args: &[&str]) -> Ended {
    let scenario = format!("{}/tests/it/leaks/{scenario}", env!("CARGO_MANIFEST_DIR"));
    let usual = [
        "run",
        &scenario,
        "--out",
        "left/run",
        "--junit",
        "left/j.xml",
        "--csv",
        "left/s.csv",
        "--progress",
        "plain",
        "--seed",
        "7",
    ];
    let ended = desk.run_with(&[&usual, args].concat(), &[("RUST_LOG", "trace")]);
    desk.write("left/stdout", &ended.out);
    desk.write("left/stderr", &ended.err);
    ended
}

#[track_caller]
fn check(desk: &Desk, ended: &Ended, secrets: &[&str], personal: &[&str]) {
    assert_eq!(ended.code, Some(1), "{}{}", ended.err, ended.out);
    assert!(!ended.err.contains("held an access token"), "caught at the last look: {}", ended.err);
    assert!(desk.read("left/run/violations.jsonl").lines().count() > 0, "nothing to look at");
    let found = mentions(&desk.path("left"), &[secrets, personal].concat());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_server_that_echoes_all_it_knows_gets_nothing_of_it_into_a_report() {
    for shown in [&[][..], &["--show-personal-data"]] {
        let server = BadServer::start(Mischief::Tattles, Whom::All);
        let desk = Desk::new();
        let target = format!("ws://{}/uat", server.address);
        let args = [&["--target", &target, "--token", &server.token][..], shown].concat();
        let ended = left_by(&desk, "echoed.yaml", &args);
        let signature = server.token.rsplit('.').next().unwrap();
        let secrets = [&server.token[..40], signature, "eyJ"];
        let gossip = [&PERSONAL[..], &["told to the desk alone"]].concat();
        if shown.is_empty() {
            check(&desk, &ended, &secrets, &gossip);
            let left = desk.read("left/run/violations.jsonl");
            assert!(left.contains("[masked]") && left.contains("[redacted]"), "{left}");
        } else {
            check(&desk, &ended, &secrets, &[]);
            for word in gossip {
                assert!(!mentions(&desk.path("left/run"), &[word]).is_empty(), "no {word}");
            }
        }
    }
}

#[test]
fn uploads_and_expired_tokens_leave_no_trace() {
    for defect in ["upload-put-refused", "upload-resource-elsewhere", "upload-grant-without-a-path"]
    {
        let desk = Desk::new();
        let serving = Serving::start_with(&desk, &["--defect", defect]);
        let token =
            |ttl| desk.run(&["token", "--tenant", "34", "--ttl", ttl]).out.trim().to_owned();
        let (valid, expired) = (token("1h"), token("1ms"));
        desk.write(
            "accounts.csv",
            format!("token,tenant,expires_at\n{valid},34,\n{expired},34,1\n"),
        );
        let args = ["--target", &serving.target, "--accounts", "accounts.csv"];
        let ended = left_by(&desk, "uploaded.yaml", &args);
        let secrets = [&valid, &expired].map(|token| token.rsplit('.').next().unwrap());
        check(
            &desk,
            &ended,
            &[&secrets[..], &["eyJ", "Signature=", "Expires="]].concat(),
            &PERSONAL,
        );
    }
}

#[test]
fn a_secret_that_the_last_look_finds_takes_its_report_with_it_and_fails_the_run() {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out.trim().to_owned();
    // A name that a scenario gives is told as it is.
    let name = token.rsplit('.').next().unwrap().to_owned();
    desk.write("named.yaml", format!("name: \"{name}\"\nflow: [init, end]\n"));
    let Ended { code, out, err } = desk.run(&[
        "run",
        "named.yaml",
        "--target",
        &serving.target,
        "--token",
        &token,
        "--out",
        "left",
        "--junit",
        "copy.xml",
        "--trace",
        "frames.jsonl",
    ]);
    assert_eq!(code, Some(1), "{out}{err}");
    for leaky in ["run.json", "copy.xml"] {
        let told = format!("{leaky} held an access token or a password, and it was removed");
        assert!(err.contains(&told), "{err}");
    }
    assert!(out.contains("FAILED") && out.contains("run.json held an access token"), "{out}");
    for text in [&out, &err] {
        assert!(!text.contains(&name), "{text}");
    }
    let stays = desk.names();
    assert!(stays.contains(&"left/clauses.csv".to_owned()), "{stays:?}");
    for gone in ["left/run.json", "left/junit.xml", "left/summary.csv", "copy.xml", "frames.jsonl"]
    {
        assert!(!stays.contains(&gone.to_owned()), "{gone} of {stays:?}");
    }
}

#[test]
fn a_short_secret_is_warned_about() {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let ended = desk.run(&["run", "--target", &serving.target, "--token", "short"]);
    assert_eq!(ended.err.matches("warning: a secret has fewer than 12 characters").count(), 1);
}

/// An upload URL names a host that is not allowed: the name is one of this machine, so that whoever
/// does connect is seen.
#[test]
fn an_upload_url_of_a_host_that_is_not_allowed_makes_no_connection() {
    let elsewhere = TcpListener::bind("0.0.0.0:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let there = format!("http://0.0.0.0:{}/a.png", elsewhere.local_addr().unwrap().port());
    let origin = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", origin.local_addr().unwrap());
    let granted = format!(
        r#"{{"data":{{"uploadUrlData":{{"uploadURL":"{there}?Signature=c2lnbmF0dXJlIG9mIGl0","fileName":"picture.png","uploadPath":"/a.png","resourceUrl":"{there}"}}}},"message":"ok"}}"#
    );
    thread::spawn(move || {
        for mut stream in origin.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let length = granted.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            let _ = stream.write_all(format!("{head}{granted}").as_bytes());
        }
    });
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out.trim().to_owned();
    let args = ["--target", &serving.target, "--token", &token, "--upload-origin", &url];
    let ended = left_by(&desk, "uploaded.yaml", &args);
    assert_eq!(ended.code, Some(1), "{}{}", ended.err, ended.out);
    let junit = desk.read("left/j.xml");
    assert!(junit.contains("the host 0.0.0.0, which is not allowed"), "{junit}");
    assert!(elsewhere.accept().is_err(), "somebody connected");
    assert_eq!(mentions(&desk.path("left"), &["c2lnbmF0dXJlIG9mIGl0"]), [""; 0]);
}

/// What is not told is not cleaned: on a frame's way nothing is masked or redacted.
#[test]
fn frames_are_neither_masked_nor_redacted_as_they_come() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for module in ["src/device", "src/conformance"] {
        assert_eq!(mentions(&root.join(module), &["mask_personal", "redact(", "Clean"]), [""; 0]);
    }
}

#[test]
fn nothing_in_the_project_installs_a_logger() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    for logger in ["env_logger", "simple_logger", "fern", "flexi_logger", "tracing-subscriber"] {
        assert!(!lock.contains(&format!("name = \"{logger}\"")), "{logger}");
    }
    let loggers = ["set_logger", "set_boxed_logger", "set_global_default"];
    assert_eq!(mentions(&root.join("src"), &loggers), [""; 0]);
}
