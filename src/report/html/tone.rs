//! How something stands, as a badge: a word first, colour and a mark only beside it.
//!
//! It knows nothing of where it stands in the page. Start from [`badge`].

use maud::{Markup, Render, html};

use crate::conformance::Level;
use crate::run::{ClauseStatus, Verdict};

/// What a badge says beside its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Tone {
    /// As it should be.
    Pass,
    /// Not as it should be.
    Fail,
    /// To be looked at.
    Warn,
    /// To be known.
    Info,
    /// Nothing is known.
    Open,
}

impl Tone {
    /// The name of which the styles know it.
    pub(in crate::report) fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Open => "none",
        }
    }

    /// The tone of a verdict.
    pub(in crate::report) fn of_verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Pass,
            Verdict::Failed | Verdict::Error => Self::Fail,
            Verdict::Invalid | Verdict::Interrupted => Self::Warn,
        }
    }

    /// The tone of a clause's status; a violation that no gate may ever ask for is only to be known.
    pub(in crate::report) fn of_clause(status: ClauseStatus, level: Level) -> Self {
        match (status, level) {
            (ClauseStatus::Passed, _) => Self::Pass,
            (ClauseStatus::Violated, Level::Must) => Self::Fail,
            (ClauseStatus::Violated, Level::Should) | (ClauseStatus::Inconclusive, _) => Self::Warn,
            (ClauseStatus::Violated, Level::Info) | (ClauseStatus::Waived, _) => Self::Info,
            (ClauseStatus::NotExercised, _) => Self::Open,
        }
    }
}

/// A badge.
pub(in crate::report) fn badge(tone: Tone, word: impl Render) -> Markup {
    html! { span class="badge" data-tone=(tone.as_str()) { (word) } }
}
