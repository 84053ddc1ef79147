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
    /// Every status, by its code.
    pub(super) const ALL: [Self; 7] = [
        Self::Passed,
        Self::Failed,
        Self::Usage,
        Self::NotDone,
        Self::Invalid,
        Self::Bug,
        Self::Interrupted,
    ];

    /// What it means, for the manual.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => {
                "failed: a clause that must hold is violated, an expectation not met, a \
                 threshold crossed, or a figure worse than before"
            }
            Self::Usage => "the command line or a file is wrong",
            Self::NotDone => {
                "the run could not be done: the target cannot be reached, or refuses every device, \
                 an access token has expired, the instant to begin at is past, or files cannot be \
                 written"
            }
            Self::Invalid => {
                "invalid: deskbell itself could not keep up, and its figures are not to be trusted"
            }
            Self::Bug => "a bug in deskbell",
            Self::Interrupted => "interrupted; what was measured until then is reported",
        }
    }

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
