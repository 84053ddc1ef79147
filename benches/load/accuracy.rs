//! How true latencies are: a thousand messages a second to a server that takes 50 ms for each, and
//! tells by itself how long it took.

use std::io;
use std::time::Duration;

use serde_json::Value;

use crate::Plan;
use crate::client::Deskbell;
use crate::machine::Cores;
use crate::process::own_cpu;
use crate::served::{Served, Truth};

const DELAY: Duration = Duration::from_millis(50);
/// How far a percentile may be from the server's own.
const MOST_US: f64 = 500.0;
/// A run is calm if others took no more of the machine,
const CALM: f64 = 0.05;
/// and if what was planned was done in time: the 99th percentile of lateness.
const CALM_LATENESS_US: u64 = 300;

pub(crate) fn measure(plan: &Plan) -> io::Result<String> {
    let served = Served::start(Some(DELAY))?;
    let (cores_before, server_before, own_before) = (Cores::now(), served.process.cpu(), own_cpu());
    let quick = ["--devices", "100", "--rate", "100/s", "--duration", "2s"];
    let options: &[&str] = if plan.quick { &quick } else { &[] };
    let run = Deskbell::start("accuracy.yaml", options, &served)?.finish()?;
    let servers = served.process.cpu() - server_before;
    let deskbells = Duration::from_secs_f64(run["generator"]["cpu_s"].as_f64().unwrap_or(0.0));
    let ours = servers + deskbells + (own_cpu() - own_before);
    let foreign = Cores::now().foreign_since(cores_before, ours);
    Ok(told(&run, &served.truth()?, foreign))
}

fn told(run: &Value, truth: &Truth, foreign: f64) -> String {
    let late_us = run["generator"]["lateness_us"]["p99"].as_u64().unwrap_or_default();
    let judged = if foreign < CALM && late_us < CALM_LATENESS_US {
        "a calm run".to_owned()
    } else {
        "not judged, as the run was not calm".to_owned()
    };
    let mut lines = format!(
        "latencies against the server's own truth, of {} messages: {judged} (foreign {:.0} %, \
         lateness p99 {late_us} us)",
        truth.sends,
        100.0 * foreign,
    );
    for metric in ["send_to_ack", "send_to_event"] {
        let reported = &run["latency"][metric];
        for (name, truth_us) in [("p50", truth.p50_us), ("p99", truth.p99_us)] {
            let reported_us = reported[format!("{name}_us")].as_u64().unwrap_or_default();
            let off_us = reported_us as f64 - truth_us as f64;
            let line = format!(
                "\n  {metric:<15}{name}  {reported_us:>7} us, truth {truth_us:>7} us, off by \
                 {off_us:+.0} us (at most {MOST_US})"
            );
            lines.push_str(&line);
        }
    }
    lines
}
