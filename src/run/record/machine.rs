//! What the load was generated on.

use std::borrow::Cow;
use std::env::consts;
use std::thread;

use serde::{Deserialize, Serialize};

/// The machine that deskbell ran on; nothing that tells whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Machine {
    /// Operating system: `linux`.
    pub os: Cow<'static, str>,
    /// Kind of processor: `x86_64`.
    pub arch: Cow<'static, str>,
    /// How many cores deskbell may use.
    pub cores: usize,
    /// How many threads simulated devices.
    pub workers: usize,
}

impl Machine {
    /// This one.
    pub(in crate::run) fn this(workers: usize) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self { os: consts::OS.into(), arch: consts::ARCH.into(), cores, workers }
    }
}
