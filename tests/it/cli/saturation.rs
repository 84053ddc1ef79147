//! A generator that cannot keep up says so: more devices than one core can play make a run invalid.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde_json::Value;

use crate::process::{Desk, Serving};

/// Devices that ask again as soon as they are answered, for longer than a worker is judged by.
const EAGER: &str = "name: eager\nload: { devices: 400, duration: 14s }\nsetup: [init, { barrier: ready }]\nflow: [ping]\n";

/// Keeps this thread, and what it starts from now on, to one core. What else runs there can only make
/// the run less valid.
fn pin() {
    let allowed = sched_getaffinity(None).unwrap();
    let core = (0..CpuSet::MAX_CPU).find(|core| allowed.is_set(*core)).unwrap();
    let mut one = CpuSet::new();
    one.set(core);
    sched_setaffinity(None, &one).unwrap();
}

#[test]
fn too_many_devices_on_one_core_make_the_run_invalid() {
    let desk = Desk::new();
    desk.write("eager.yaml", EAGER);
    let server = Serving::start(&desk);
    let token = desk.run(&["token", "--tenant", "34"]).out;
    pin();
    let options = ["--token", token.trim(), "--connect-rate", "max", "--out", "run"];
    let ended =
        desk.run(&[&["run", "eager.yaml", "--target", &server.target], &options[..]].concat());
    assert_eq!(ended.code, Some(4), "{}{}", ended.out, ended.err);
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert_eq!((&run["verdict"], &run["generator"]["valid"]), (&"invalid".into(), &false.into()));
    let why = run["generator"]["why"][0].as_str().unwrap();
    let told = |part| why.contains(part) && why.contains(": fewer devices or more cores");
    assert!(told("p99 lateness ") || told("worker 1 of 1 used "), "{why}");
    assert!(ended.out.contains("INVALID") && ended.out.contains("generator"), "{}", ended.out);
}
