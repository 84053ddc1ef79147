//! Whether memory grows while nothing but time passes.

use std::io;
use std::thread;
use std::time::Duration;

use crate::Plan;
use crate::client::Deskbell;
use crate::figures::slope;
use crate::idle::PING_EVERY;
use crate::served::Served;

/// Not the time in which histograms get their first samples.
const SETTLED_AFTER: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(crate) fn measure(plan: &Plan) -> io::Result<String> {
    let (devices, seconds, settled) = if plan.quick {
        (200, 5, PING_EVERY)
    } else {
        (plan.devices, 60 * plan.minutes.max(1), SETTLED_AFTER)
    };
    let served = Served::start(None)?;
    let options = ["--devices", &devices.to_string()];
    let mut client = Deskbell::start("idle.yaml", &options, &served)?;
    served.wait_for(&mut client.process, |truth| truth.sessions >= u64::from(devices))?;
    thread::sleep(settled);
    let mut seen = Vec::new();
    for _ in 0..seconds {
        seen.push(client.process.rss_kib()? as f64);
        thread::sleep(LOOK_EVERY);
    }
    client.interrupt()?;
    let per_minute = slope(&seen) * 60.0 / LOOK_EVERY.as_secs_f64();
    let (first, last) = (seen[0], seen[seen.len() - 1]);
    Ok(format!(
        "memory of {devices} idle devices over {seconds} s: {first} KiB to {last} KiB, \
         {per_minute:+.1} KiB/min (target 0)"
    ))
}
