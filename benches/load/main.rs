//! What deskbell costs beside a bare client, and how true its figures are, as whole processes: both
//! clients do the same work at the same fast server, each process pinned to a core, and what is
//! compared is measured in turns. `docs/performance.md` tells the method and the figures.
//!
//! `cargo bench --bench load` measures everything but the slope, `-- --only PART` a part of it,
//! `-- --quick` whether all of it works. The executable starts itself again for the server and for
//! the bare client; both can be run by hand as well: `-- server --listen 127.0.0.1:9001` and `-- bare
//! --target ws://127.0.0.1:9001/bench --duration 10s`.

mod accuracy;
mod bare;
mod client;
mod figures;
mod idle;
mod machine;
mod process;
mod served;
mod server;
mod slope;
mod trips;

use std::io;

use clap::{Parser, Subcommand, ValueEnum};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    role: Option<Role>,
    #[command(flatten)]
    plan: Plan,
    /// What cargo gives every bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Role {
    /// The fast server
    Server(server::ServerArgs),
    /// The bare client
    Bare(bare::BareArgs),
}

/// What is measured, and how thoroughly.
#[derive(clap::Args)]
struct Plan {
    /// A part to measure, repeatable; all but `slope` where none is named
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Sees whether everything works, in seconds; the figures are no good then
    #[arg(long)]
    quick: bool,
    /// Pairs of runs whose round trips are compared
    #[arg(long, default_value_t = 20)]
    pairs: u32,
    /// Idle devices
    #[arg(long, default_value_t = 5_000)]
    devices: u32,
    /// How long the slope of memory is watched
    #[arg(long, default_value_t = 10)]
    minutes: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// CPU time of a round trip
    Trips,
    /// Memory of an idle device, and how fast many connect
    Idle,
    /// Latencies against the server's own truth
    Accuracy,
    /// Whether memory grows over time
    Slope,
}

impl Plan {
    fn measures(&self, part: Part) -> bool {
        self.only.contains(&part) || self.only.is_empty() && part != Part::Slope
    }
}

fn main() -> io::Result<()> {
    // Both ends hold thousands of sockets, and the default is often 1 024.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let args = Args::parse();
    match args.role {
        Some(Role::Server(args)) => server::run(&args),
        Some(Role::Bare(args)) => bare::run(&args),
        None => measure(&args.plan),
    }
}

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn measure(plan: &Plan) -> io::Result<()> {
    println!("{}", machine::told());
    for part in Part::value_variants().iter().filter(|part| plan.measures(**part)) {
        let told = match part {
            Part::Trips => trips::measure(plan)?,
            Part::Idle => idle::measure(plan)?,
            Part::Accuracy => accuracy::measure(plan)?,
            Part::Slope => slope::measure(plan)?,
        };
        println!("\n{told}");
    }
    Ok(())
}

/// Runs one role to its end, on this thread alone.
fn block_on(work: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, work)
}
