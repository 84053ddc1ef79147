//! The CPU time of a round trip: a message, its answer and its event, of a hundred connections that
//! send the next one as soon as the last is there.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crate::Plan;
use crate::client::{Deskbell, bare};
use crate::figures::{interval, median};
use crate::machine::Cores;
use crate::process::Process;
use crate::served::Served;

const CONNECTIONS: u32 = 100;
/// From the first messages until what is measured begins.
const WARM_UP: Duration = Duration::from_millis(500);
/// From the end of what is measured to the client's own end, at least.
const COOL_DOWN: Duration = Duration::from_secs(1);
const MOST: f64 = 1.75;
const AIM: f64 = 1.4;

/// What one client did for a while.
struct Trips {
    us_each: f64,
    per_s: f64,
    /// The share of its core that the server used.
    server_busy: f64,
    foreign: f64,
}

pub(crate) fn measure(plan: &Plan) -> io::Result<String> {
    let (pairs, window) = if plan.quick { (3, 1) } else { (plan.pairs.max(1), 3) };
    let window = Duration::from_secs(window);
    let served = Served::start(None)?;
    let (mut bares, mut deskbells) = (Vec::new(), Vec::new());
    for _ in 0..pairs {
        bares.push(of_bare(&served, window)?);
        deskbells.push(of_deskbell(&served, window)?);
    }
    Ok(told(&bares, &deskbells))
}

fn of_bare(served: &Served, window: Duration) -> io::Result<Trips> {
    let duration = window + WARM_UP + COOL_DOWN;
    let mut client = bare(served, CONNECTIONS, duration, None)?;
    let trips = watch(&mut client, served, window)?;
    assert!(client.wait()?.success(), "the bare client failed");
    Ok(trips)
}

fn of_deskbell(served: &Served, window: Duration) -> io::Result<Trips> {
    let duration = format!("{}ms", (window + WARM_UP + COOL_DOWN).as_millis());
    let devices = CONNECTIONS.to_string();
    let options = ["--duration", &duration, "--devices", &devices];
    let mut client = Deskbell::start("trips.yaml", &options, served)?;
    let trips = watch(&mut client.process, served, window)?;
    client.finish()?;
    Ok(trips)
}

/// Watches a client for a while, once it is warm: neither its start nor its end counts.
fn watch(client: &mut Process, served: &Served, window: Duration) -> io::Result<Trips> {
    let at_rest = served.truth()?.sends;
    served.wait_for(client, |truth| truth.sends > at_rest)?;
    thread::sleep(WARM_UP);
    let look = || {
        let cpu = (client.cpu(), served.process.cpu());
        io::Result::Ok((Instant::now(), served.truth()?.sends, cpu, Cores::now()))
    };
    let (began_at, sends_before, cpu_before, cores_before) = look()?;
    thread::sleep(window);
    let (ended_at, sends, cpu, cores) = look()?;
    if !client.is_running()? {
        return Err(io::Error::other("the client ended while it was watched"));
    }
    let (client_cpu, server_cpu) = (cpu.0 - cpu_before.0, cpu.1 - cpu_before.1);
    let (trips, elapsed) = ((sends - sends_before) as f64, (ended_at - began_at).as_secs_f64());
    assert!(trips > 0.0, "the client has stopped");
    Ok(Trips {
        us_each: client_cpu.as_secs_f64() * 1e6 / trips,
        per_s: trips / elapsed,
        server_busy: server_cpu.as_secs_f64() / elapsed,
        foreign: cores.foreign_since(cores_before, client_cpu + server_cpu),
    })
}

fn told(bares: &[Trips], deskbells: &[Trips]) -> String {
    let ratios: Vec<f64> = bares
        .iter()
        .zip(deskbells)
        .map(|(bare, deskbell)| deskbell.us_each / bare.us_each)
        .collect();
    let interval = interval(&ratios).map_or_else(
        || "too few pairs for an interval".to_owned(),
        |(low, high)| format!("95 %: {low:.2} to {high:.2}"),
    );
    let line = |name: &str, all: &[Trips]| {
        let of = |figure: fn(&Trips) -> f64| median(&all.iter().map(figure).collect::<Vec<_>>());
        format!(
            "  {name:<12}{:>8.2} us of CPU a round trip{:>10.0} round trips/s   server busy {:.0} %, \
             foreign {:.0} %\n",
            of(|trips| trips.us_each),
            of(|trips| trips.per_s),
            100.0 * of(|trips| trips.server_busy),
            100.0 * of(|trips| trips.foreign),
        )
    };
    format!(
        "round trips, {} interleaved pairs, {CONNECTIONS} connections, medians\n{}{}  ratio       \
         {:>8.2} ({interval}; at most {MOST}, aiming at {AIM})",
        ratios.len(),
        line("bare", bares),
        line("deskbell", deskbells),
        median(&ratios),
    )
}
