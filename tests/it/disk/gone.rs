//! A folder that is taken away while the run goes on.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{SHORT, check_junit, check_told};
use crate::process::Desk;

/// A run into `reports/run`, of which the folder is changed in its middle.
#[track_caller]
fn check(program: &[&str], change: impl FnOnce(&Path), parts: &[&str]) -> Desk {
    let desk = Desk::new();
    desk.write("flow.yaml", SHORT);
    let args = ["run", "flow.yaml", "--out", "reports/run", "--junit", "junit.xml"];
    let shown = ["--format", "json", "--progress", "plain"];
    let mut going = desk.start_by(program, &[&args[..], &shown].concat());
    going.hear("sends/s");
    change(&desk.path("reports/run"));
    check_told(&going.end(), parts);
    check_junit(&desk, "junit.xml", "cannot write reports/run/");
    desk
}

const ENV: [&str; 1] = ["env"];

#[test]
fn a_folder_that_was_removed_is_made_again_for_the_reports() {
    let parts = [
        "reports/run/sessions.jsonl, reports/run/latency.hlog, reports/run/ids.bin: No such file",
        "`deskbell cleanup`",
    ];
    let removed = |run: &Path| fs::remove_dir_all(run).unwrap();
    let desk = check(&ENV, removed, &parts);
    assert!(desk.read("reports/run/run.json").contains("reports/run/sessions.jsonl"));
    assert!(desk.names().contains(&"reports/run/report.html".into()));
    let with_parent = |run: &Path| fs::remove_dir_all(run.parent().unwrap()).unwrap();
    let desk = check(&ENV, with_parent, &parts);
    assert!(desk.names().contains(&"reports/run/report.html".into()));
}

#[test]
fn a_folder_that_became_a_file_takes_nothing_and_is_left() {
    let replaced = |run: &Path| {
        fs::remove_dir_all(run).unwrap();
        fs::write(run, "mine").unwrap();
    };
    let desk =
        check(&ENV, replaced, &["reports/run/report.html", "reports/run/run.json", "reports"]);
    assert_eq!(desk.read("reports/run"), "mine");
}

#[test]
fn a_folder_that_became_read_only_keeps_what_was_begun() {
    // Root may write anywhere but without this.
    let is_root = rustix::process::getuid().is_root();
    let held: &[&str] = &["setpriv", "--bounding-set=-dac_override"];
    let program = if is_root { held } else { &ENV };
    let close = |run: &Path| fs::set_permissions(run, Permissions::from_mode(0o555)).unwrap();
    let desk = check(program, close, &["reports/run/latency.hlog", "Permission denied"]);
    fs::set_permissions(desk.path("reports/run"), Permissions::from_mode(0o755)).unwrap();
    assert!(desk.read("reports/run/sessions.jsonl").contains("\"kind\":\"ended\""));
    assert!(!desk.names().contains(&"reports/run/run.json".into()));
}
