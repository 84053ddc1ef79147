//! What came out for one silence.

use serde::Serialize;

/// How an endpoint reads one silence of the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Observed {
    /// Stable name: that of [`Silence`](crate::conformance::Silence), or one of the probe's own.
    pub id: &'static str,
    /// What it is about.
    pub place: &'static str,
    /// What the document says.
    pub document: &'static str,
    /// How deskbell reads it.
    pub reading: &'static str,
    /// Whether the endpoint reads it likewise.
    pub outcome: Outcome,
    /// What was seen, in words.
    pub observed: String,
    /// What follows for a profile, where a setting says it.
    pub setting: Option<Setting>,
}

/// Whether an endpoint reads a silence as deskbell does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It does.
    Agrees,
    /// It does not.
    Differs,
    /// It would have shown, and did not.
    NotSeen,
    /// A minute cannot tell, or is not worth the noise.
    NotTried,
}

impl Outcome {
    /// The outcome as it stands in a table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::NotSeen => "not seen",
            Self::NotTried => "not tried",
        }
    }
}

/// A setting of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its key in `settings:`.
    pub key: &'static str,
    /// Its value.
    pub value: String,
}

/// What is told of a silence, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) outcome: Outcome,
    pub(super) observed: String,
    pub(super) setting: Option<Setting>,
}

impl Told {
    pub(super) fn new(outcome: Outcome, observed: impl Into<String>) -> Self {
        Self { outcome, observed: observed.into(), setting: None }
    }

    /// Agrees where it holds, and differs where not.
    pub(super) fn whether(agrees: bool, observed: impl Into<String>) -> Self {
        Self::new(if agrees { Outcome::Agrees } else { Outcome::Differs }, observed)
    }

    pub(super) fn not_seen(observed: impl Into<String>) -> Self {
        Self::new(Outcome::NotSeen, observed)
    }

    pub(super) fn not_tried(observed: impl Into<String>) -> Self {
        Self::new(Outcome::NotTried, observed)
    }

    pub(super) fn setting(self, key: &'static str, value: impl Into<String>) -> Self {
        Self { setting: Some(Setting { key, value: value.into() }), ..self }
    }
}
