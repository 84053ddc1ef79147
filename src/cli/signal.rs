//! SIGINT and SIGTERM during a run: the first ends it with full reports, the second at once.

use std::io;
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

use crate::run::{Stop, StopReason};

use super::Exit;

/// Watches for signals from now on.
pub(super) fn stop_on_signals(stop: Stop) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    drop(entered);
    thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            for nth in 0.. {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if nth == 0 {
                    stop.stop(StopReason::Interrupted);
                } else {
                    end_at_once();
                }
            }
        });
    })?;
    Ok(())
}

#[expect(clippy::exit, reason = "a second signal asks for an end without any more work")]
fn end_at_once() -> ! {
    std::process::exit(Exit::Interrupted as i32)
}
