//! The `deskbell` command.

use std::io::{stderr, stdout};
use std::panic::catch_unwind;
use std::process::ExitCode;

use deskbell::cli::{Exit, run, show_panics_without_data};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    show_panics_without_data();
    let done = catch_unwind(|| run(std::env::args_os(), &mut stdout(), &mut stderr()));
    done.unwrap_or(Exit::Bug).into()
}
