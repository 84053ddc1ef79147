//! A profile in place of options: what it gives, what goes before it, and that a run that was meant
//! for somebody's endpoint never passes against ourselves.

use serde_json::Value;

use super::TOKEN;
use crate::process::{Desk, Ended, Serving};

const FLOW: &str = "name: short\nflow: [init, { send: hello }, { await: { event: message } }, end]\n\
                    settings: { ack_timeout: 4s }\nthresholds: [send_to_ack.p99 < 1us]\n";

/// A desk with a server, accounts for it, and a profile that names both.
fn desk(more: &str) -> (Desk, Serving) {
    let desk = Desk::new();
    let serving = Serving::start(&desk);
    let tokens = ["34", "35"].map(|tenant| desk.run(&["token", "--tenant", tenant]).out);
    let [one, two] = tokens.each_ref().map(|token| token.trim());
    desk.write("accounts.csv", format!("token,tenant\n{one},34\n{two},35\n"));
    let profile = format!("target: {}\naccounts: accounts.csv\n{more}", serving.target);
    desk.write("uat.yaml", profile);
    desk.write("flow.yaml", FLOW);
    (desk, serving)
}

#[track_caller]
fn record(desk: &Desk, args: &[&str], env: &[(&str, &str)], code: i32) -> Value {
    let all = [&["run", "flow.yaml", "--out", "run", "--overwrite"], args].concat();
    let Ended { code: ended, out, err } = desk.run_with(&all, env);
    assert_eq!(ended, Some(code), "{all:?}\n{out}{err}");
    serde_json::from_str(&desk.read("run/run.json")).unwrap()
}

/// The value in force under a key, and who gave it.
fn in_force<'a>(run: &'a Value, key: &str) -> Vec<(&'a Value, &'a str)> {
    let list = run["in_force"].as_array().unwrap().iter().filter(|one| one["key"] == key);
    list.map(|one| (&one["value"], one["from"].as_str().unwrap())).collect()
}

#[test]
fn a_profile_stands_for_its_options_and_the_record_says_so() {
    let more = "settings: { delivery_timeout: 7s }\nload: { devices: 3, iterations: 2 }\n\
                thresholds: [send_to_ack.p99 < 1m]\ncaps: { connect_rate: 40/s }\n";
    let (desk, serving) = desk(more);
    let args = ["--profile", "uat.yaml", "--set", "grace=9s", "--seed", "5"];
    let run = record(&desk, &args, &[], 0);
    assert_eq!(run["target"], serving.target);
    assert_eq!(in_force(&run, "target"), [(&serving.target.as_str().into(), "profile")]);
    assert_eq!(in_force(&run, "accounts"), [(&"2 of accounts.csv".into(), "profile")]);
    assert_eq!(in_force(&run, "settings.delivery_timeout"), [(&"7s".into(), "profile")]);
    assert_eq!(in_force(&run, "settings.grace"), [(&"9s".into(), "flag")]);
    assert_eq!(in_force(&run, "settings.ack_timeout"), [(&"4s".into(), "scenario")]);
    assert_eq!(in_force(&run, "settings.ping_every"), [(&"30s".into(), "default")]);
    assert_eq!(in_force(&run, "connect_rate"), [(&"40/s".into(), "profile")]);
    assert_eq!(in_force(&run, "seed"), [(&5.into(), "flag")]);
    // The profile's threshold stands in place of the scenario's, which nothing could keep.
    assert_eq!(in_force(&run, "thresholds"), [(&"send_to_ack.p99 < 1m".into(), "profile")]);
    assert_eq!(run["thresholds"][0]["ok"], true);
    assert_eq!(run["scenarios"][0]["thresholds"], Value::Array(Vec::new()));
    assert_eq!(run["scenarios"][0]["load"]["devices"], 3);
    assert_eq!(run["scenarios"][0]["load"]["iterations"], 2);
    assert_eq!(run["readings"]["limits.short"]["delivery_timeout_ms"], 7000);
    let junit = desk.read("run/junit.xml");
    assert!(junit.contains(r#"name="settings.grace by flag" value="9s""#), "{junit}");
}

#[test]
fn flags_and_environment_go_before_the_profile() {
    let (desk, serving) = desk("load: { devices: 3 }\nthresholds: [send_to_ack.p99 < 1m]\n");
    let profile = format!("target: ws://127.0.0.1:1/uat\ntoken_command: {TOKEN}\n");
    desk.write("elsewhere.yaml", profile);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    let env = [("DESKBELL_TARGET", serving.target.as_str()), ("DESKBELL_TOKEN", token.trim())];
    let args = ["--profile", "elsewhere.yaml", "--threshold", "send_to_ack.p99 < 1m"];
    let run = record(&desk, &args, &env, 0);
    assert_eq!(in_force(&run, "target"), [(&serving.target.as_str().into(), "environment")]);
    assert_eq!(in_force(&run, "accounts"), [(&"1 by one token".into(), "environment")]);
    assert!(!run.to_string().contains(TOKEN) && !run.to_string().contains(token.trim()));
    let args = ["--profile", "uat.yaml", "-d", "2", "--threshold", "send_to_ack.p99 < 2us"];
    let run = record(&desk, &args, &[], 1);
    assert_eq!(in_force(&run, "load.devices"), [(&2.into(), "flag")]);
    assert_eq!(in_force(&run, "thresholds"), [(&"send_to_ack.p99 < 2us".into(), "flag")]);
    let why = run["why"][0].as_str().unwrap();
    assert!(why.starts_with("threshold crossed: send_to_ack.p99 < 2us, and it is "), "{why}");
}

#[track_caller]
fn refused(desk: &Desk, args: &[&str], env: &[(&str, &str)], says: &[&str]) {
    let Ended { code, out, err } = desk.run_with(&[&["run"], args].concat(), env);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?} {env:?}\n{err}");
    for part in says {
        assert!(err.contains(part), "{args:?} {env:?} does not say {part:?}:\n{err}");
    }
    assert!(!err.contains(TOKEN), "{err}");
    assert!(!desk.path("reports").exists(), "{args:?} {env:?} ran");
}

#[test]
fn what_is_meant_for_another_endpoint_never_runs_against_the_embedded_server() {
    let desk = Desk::new();
    desk.write("uat.yaml", "accounts: accounts.csv\n");
    refused(&desk, &["--profile", "uat.yaml"], &[], &["uat.yaml names no target", "--target"]);
    refused(&desk, &["--token", TOKEN], &[], &["--token", "--target"]);
    refused(&desk, &["--accounts", "a.csv"], &[], &["--accounts", "--target"]);
    refused(&desk, &["--token-command", "./t"], &[], &["--token-command", "--target"]);
    refused(&desk, &["--tenant", "34"], &[], &["--tenant", "--target"]);
    refused(&desk, &["--upload-origin", "http://localhost"], &[], &["--upload-origin"]);
    refused(&desk, &[], &[("DESKBELL_TOKEN", TOKEN)], &["DESKBELL_TOKEN", "--target"]);
    let origin = [("DESKBELL_UPLOAD_ORIGIN", "http://localhost")];
    refused(&desk, &[], &origin, &["DESKBELL_UPLOAD_ORIGIN", "--target"]);
}

#[test]
fn a_value_that_is_wrong_is_told_by_the_name_that_it_was_given_by() {
    let desk = Desk::new();
    desk.write(
        "uat.yaml",
        "target: ws://uat.example.com/uat\nupload_origin: nonsense\naccounts: accounts.csv\n",
    );
    refused(
        &desk,
        &["--profile", "uat.yaml"],
        &[],
        &["uat.yaml:1:9", "uat.example.com is neither loopback nor allowed", "uat.yaml:2:16"],
    );
    let target = [("DESKBELL_TARGET", "nonsense"), ("DESKBELL_TOKEN", TOKEN)];
    refused(&desk, &[], &target, &["error: DESKBELL_TARGET: `nonsense`"]);
    refused(&desk, &["--profile", "absent.yaml"], &[], &["`absent.yaml`"]);
    refused(&desk, &["--set", "delivery_timout=3s"], &[], &["--set:1:1", "`delivery_timeout`?"]);
    refused(&desk, &["--threshold", "sent.p99 < 1s"], &[], &["--threshold", "`sent`"]);
    desk.write("token.yaml", format!("target: ws://localhost/uat\ntoken: {TOKEN}\n"));
    let says = ["token.yaml:2:1", "DESKBELL_TOKEN", "`token_command`"];
    refused(&desk, &["--profile", "token.yaml"], &[], &says);
    desk.write("empty.yaml", "target: ws://localhost/uat\nproxy: http://p:${env.SECRET}@p\n");
    let says = ["empty.yaml:2:17", "the environment variable `SECRET` is empty"];
    refused(&desk, &["--profile", "empty.yaml"], &[("SECRET", "")], &says);
}

#[track_caller]
fn check(desk: &Desk, files: &[&str], code: i32, says: &[&str]) {
    let Ended { code: ended, out, err } = desk.run(&[&["check"], files].concat());
    assert_eq!(ended, Some(code), "{files:?}\n{out}{err}");
    for part in says {
        assert!(out.contains(part) || err.contains(part), "{part:?}:\n{out}{err}");
    }
    assert!(!err.contains(TOKEN), "{err}");
}

#[test]
fn a_profile_is_checked_with_the_files_that_it_names() {
    let desk = Desk::new();
    desk.write("flow.yaml", FLOW);
    desk.write("known.yaml", "- { clause: ENV-5, reason: old, until: 2027-03-31 }\n");
    desk.write("accounts.csv", "token,tenant\nabc,34\n");
    let profile = "target: ws://localhost/uat\naccounts: accounts.csv\nwaivers: known.yaml\n";
    desk.write("uat.yaml", profile);
    let files = ["uat.yaml", "known.yaml", "flow.yaml"];
    check(&desk, &files, 0, &["1 scenario with 4 steps, 1 profile, 1 waiver, no mistakes"]);
    let with_password = format!("proxy: http://me:{TOKEN}@p.example.com\n");
    desk.write("warned.yaml", with_password);
    check(&desk, &["warned.yaml"], 0, &["warning: warned.yaml:1:8: `proxy` holds a password"]);
    desk.write("absent.yaml", "accounts: a.csv\nca_cert: a.pem\nwaivers: a.yaml\n");
    let says = ["absent.yaml:1:11", "absent.yaml:2:10", "absent.yaml:3:10", "can't be read"];
    check(&desk, &["absent.yaml"], 2, &says);
    desk.write("accounts.csv", "token,tenant\nabc,guest\n");
    desk.write("known.yaml", "- { clause: ENV-55 }\n");
    desk.write("uat.yaml", format!("{profile}upload_origin: here\nallow: [here]\n"));
    let says = ["accounts.csv:2", "known.yaml:1:13", "uat.yaml:4:16"];
    check(&desk, &["uat.yaml"], 2, &says);
}
