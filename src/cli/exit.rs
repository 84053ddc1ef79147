//! The exit status of every command.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what was asked, and the gate passed.
    Passed = 0,
    /// The gate failed.
    Failed = 1,
    /// The command line, a scenario, profile or waiver file is wrong.
    Usage = 2,
    /// It could not be done.
    NotDone = 3,
    /// The run is invalid: its figures are not to be trusted.
    Invalid = 4,
    /// A bug in deskbell.
    Bug = 5,
    /// It was interrupted.
    Interrupted = 130,
}

impl Exit {
    /// The exit status with this code.
    pub(super) fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Passed,
            1 => Self::Failed,
            2 => Self::Usage,
            3 => Self::NotDone,
            4 => Self::Invalid,
            130 => Self::Interrupted,
            _ => Self::Bug,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
