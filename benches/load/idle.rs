//! The memory of a device that has a session and only pings: what many devices take more than few,
//! so that neither the program nor its tables count. And how soon they are all there.

use std::io;
use std::thread;
use std::time::Duration;

use crate::Plan;
use crate::client::{Deskbell, bare};
use crate::process::Process;
use crate::served::Served;

const MOST_KIB: f64 = 18.0;
const AIM_KIB: f64 = 14.0;
/// As `idle.yaml` has it: each device has pinged before memory is looked at.
pub(crate) const PING_EVERY: Duration = Duration::from_secs(5);
const SETTLED_AFTER: Duration = Duration::from_secs(8);
/// Longer than anything here takes; the client ends before, as it is told to.
const WHILE: Duration = Duration::from_secs(600);

/// Holds so many devices until they have settled.
type Hold = fn(u32, Duration) -> io::Result<Held>;

/// What holding so many devices took.
struct Held {
    rss_kib: u64,
    /// Until all of them were connected and had their session.
    there_after: Duration,
}

pub(crate) fn measure(plan: &Plan) -> io::Result<String> {
    let (many, settled_after) =
        if plan.quick { (500, SETTLED_AFTER / 8) } else { (plan.devices, SETTLED_AFTER) };
    let few = (many / 10).max(1);
    let mut lines = format!("idle devices, {many} against {few}, each pinging every 5 s");
    for (name, hold) in [("bare", hold_bare as Hold), ("deskbell", hold)] {
        let (before, held) = (hold(few, settled_after)?, hold(many, settled_after)?);
        let grown = held.rss_kib as f64 - before.rss_kib as f64;
        let line = format!(
            "\n  {name:<12}{:>8.1} KiB each, {} MiB in all, all there after {:.1} s",
            grown / f64::from(many - few),
            held.rss_kib / 1024,
            held.there_after.as_secs_f64(),
        );
        lines.push_str(&line);
    }
    Ok(format!("{lines}\n  target      {MOST_KIB:>8.1} KiB each, aiming at {AIM_KIB}"))
}

fn hold_bare(devices: u32, settled_after: Duration) -> io::Result<Held> {
    let served = Served::start(None)?;
    let mut client = bare(&served, devices, WHILE, Some(PING_EVERY))?;
    settle(&mut client, &served, devices, settled_after)
}

fn hold(devices: u32, settled_after: Duration) -> io::Result<Held> {
    let served = Served::start(None)?;
    let options = ["--devices", &devices.to_string()];
    let mut client = Deskbell::start("idle.yaml", &options, &served)?;
    let held = settle(&mut client.process, &served, devices, settled_after)?;
    client.interrupt()?;
    Ok(held)
}

fn settle(
    client: &mut Process,
    served: &Served,
    devices: u32,
    settled_after: Duration,
) -> io::Result<Held> {
    let there_after = served.wait_for(client, |truth| truth.sessions >= u64::from(devices))?;
    thread::sleep(settled_after);
    Ok(Held { rss_kib: client.rss_kib()?, there_after })
}
