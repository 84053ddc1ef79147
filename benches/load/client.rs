//! The two clients that are compared, each a process of its own on one core.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Core, Process};
use crate::served::Served;

/// Passed, invalid as its core was busy, which a closed loop is meant to make it, and interrupted: all
/// of them end with a report.
const REPORTED: [Option<i32>; 3] = [Some(0), Some(4), Some(130)];

/// deskbell with all checks.
pub(crate) struct Deskbell {
    pub(crate) process: Process,
    reports: TempDir,
}

impl Deskbell {
    /// Plays a scenario of `benches/load`, with further options.
    pub(crate) fn start(scenario: &str, options: &[&str], served: &Served) -> io::Result<Self> {
        let reports = TempDir::new()?;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load");
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command
            .env_clear()
            .env("DESKBELL_TOKEN", "whoever-it-is-the-server-accepts-it")
            .args(["run", "--workers", "1", "--connect-rate", "max", "--progress", "none"])
            .args(["--target", &served.target(), "--overwrite", "--out"])
            .arg(reports.path())
            .args(options)
            .arg(folder.join(scenario))
            .stdout(Stdio::null());
        Ok(Self { process: Process::start(&mut command, Core::Client)?, reports })
    }

    /// Waits for its end, and gives its `run.json`: every frame was checked, and nothing found.
    pub(crate) fn finish(self) -> io::Result<Value> {
        let Self { process, reports } = self;
        report(process.wait()?, &reports)
    }

    /// The same after an interruption.
    pub(crate) fn interrupt(self) -> io::Result<Value> {
        let Self { process, reports } = self;
        report(process.interrupt()?, &reports)
    }
}

fn report(status: ExitStatus, reports: &TempDir) -> io::Result<Value> {
    assert!(REPORTED.contains(&status.code()), "deskbell ended with {status}");
    let run: Value = serde_json::from_slice(&fs::read(reports.path().join("run.json"))?)?;
    let totals = &run["totals"];
    for wrong in [&totals["findings"]["must"], &totals["findings"]["should"], &totals["lost"]] {
        assert_eq!(wrong.as_u64(), Some(0), "the server is by the book, and yet: {totals}");
    }
    Ok(run)
}

/// Starts the bare client: one message after the other, or a ping so often.
pub(crate) fn bare(
    served: &Served,
    connections: u32,
    duration: Duration,
    ping_every: Option<Duration>,
) -> io::Result<Process> {
    let mut command = Command::new(env::current_exe()?);
    command
        .args(["bare", "--target", &served.target()])
        .args(["--connections", &connections.to_string()])
        .args(["--duration", &format!("{}ms", duration.as_millis())])
        .stdout(Stdio::null());
    if let Some(every) = ping_every {
        command.args(["--ping-every", &format!("{}s", every.as_secs())]);
    }
    Process::start(&mut command, Core::Client)
}
