//! What deskbell costs beside a bare client, as whole processes: both talk to the same fast server
//! in a process of its own, each pinned to a core.
//!
//! The executable starts itself again for the server and for the bare client; both can be run by
//! hand as well: `load server --listen 127.0.0.1:9001` and `load bare --target
//! ws://127.0.0.1:9001/bench --duration 10s`.

mod bare;
mod process;
mod server;

use std::io;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// The fast server
    Server(server::ServerArgs),
    /// The bare client
    Bare(bare::BareArgs),
}

fn main() -> io::Result<()> {
    // Both ends hold thousands of sockets, and the default is often 1 024.
    rlimit::increase_nofile_limit(u64::MAX)?;
    match Args::parse().role {
        Role::Server(args) => server::run(&args),
        Role::Bare(args) => bare::run(&args),
    }
}

/// Runs one role to its end, on this thread alone.
fn block_on(work: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, work)
}
