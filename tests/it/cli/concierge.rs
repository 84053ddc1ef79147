//! A scripted concierge, and endpoints of another spelling, from the command line.

use std::net::TcpListener;

use serde_json::Value;

use super::TOKEN;
use crate::leaks::mentions;
use crate::process::{Desk, Ended, Serving};

#[test]
fn a_concierge_plays_on_an_endpoint_of_its_own_and_its_token_is_told_nowhere() {
    let desk = Desk::new();
    let serving = Serving::start_with(&desk, &["--concierge", "off"]);
    let token = |args: &[&str]| desk.run(&[&["token"], args].concat()).out.trim().to_owned();
    let (tenants, concierges) = (token(&["--tenant", "34"]), token(&["--desk"]));
    desk.write("desk.yaml", std::fs::read("docs/desk.yaml").unwrap());
    let url = serving.target.replace("/uat", "/desk");
    let variables = [
        ("DESK_URL", url.as_str()),
        ("DESK_TOKEN", concierges.as_str()),
        ("DESKBELL_TARGET", serving.target.as_str()),
        ("DESKBELL_TOKEN", tenants.as_str()),
    ];
    let Ended { code, out, err } = desk.run_with(&["run", "desk.yaml", "-o", "run"], &variables);
    assert_eq!(code, Some(0), "{out}{err}");
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert_eq!(run["totals"]["devices"], 3);
    assert_eq!(mentions(&desk.path("run"), &[&concierges]), Vec::<String>::new());
    assert!(!out.contains(&concierges) && !err.contains(&concierges));
}

#[test]
fn a_concierges_host_has_to_be_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    // Reaches the listener where somebody does connect, and yet is no loopback address.
    let url = format!("ws://0.0.0.0:{}/desk", listener.local_addr().unwrap().port());
    let desk = Desk::new();
    desk.write("desk.yaml", std::fs::read("docs/desk.yaml").unwrap());
    let variables = [("DESK_URL", url.as_str()), ("DESK_TOKEN", TOKEN)];
    let Ended { code, err, .. } = desk.run_with(&["run", "desk.yaml"], &variables);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("actor `desk`: the host 0.0.0.0") && err.contains("--allow"), "{err}");
    assert!(!err.contains(TOKEN), "{err}");
    assert!(listener.accept().is_err(), "somebody connected");
    let unset = desk.run_with(&["check", "desk.yaml"], &variables[..1]);
    assert_eq!(unset.code, Some(2));
    assert!(unset.err.contains("`DESK_TOKEN` is not set"), "{}", unset.err);
}

#[test]
fn a_dialect_on_the_command_line_is_above_the_scenarios() {
    let desk = Desk::new();
    let check = |options: &[&str], code: i32, dialect: &str| {
        let args =
            ["run", "lenient.yaml", "--server-arg=--ids=strings", "-o", "run", "--overwrite"];
        let Ended { code: ended, out, err } = desk.run(&[&args[..], options].concat());
        assert_eq!(ended, Some(code), "{options:?}: {out}{err}");
        let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
        assert_eq!(run["readings"]["dialect"], dialect);
        assert_eq!(run["readings"]["drift"].is_array(), dialect == "lenient", "{run}");
    };
    let text =
        "name: lenient\nsettings: { dialect: lenient }\nflow: [init, { send: hello }, end]\n";
    desk.write("lenient.yaml", text);
    check(&[], 0, "lenient");
    check(&["--dialect", "documented"], 1, "documented");
    check(&["--dialect=lenient"], 0, "lenient");
}
