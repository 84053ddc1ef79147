//! What held for a run, and who said so.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One value that held for a run. Never a secret.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct InForce {
    /// What it is: `target`, `settings.delivery_timeout`, `load.devices`.
    pub key: String,
    /// The value as it would be written.
    pub value: Value,
    /// Who said so.
    pub from: Origin,
    /// The scenario that it held for, where others played by another value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
}

impl InForce {
    /// The value in words.
    pub fn text(&self) -> String {
        self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned)
    }
}

/// Who gave a value. An earlier one goes before a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// An option of the command line.
    Flag,
    /// A variable of the environment.
    Environment,
    /// The profile.
    Profile,
    /// The scenario.
    Scenario,
    /// Nobody: it is what deskbell does by itself.
    Default,
}

impl Origin {
    /// The word for it in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::Profile => "profile",
            Self::Scenario => "scenario",
            Self::Default => "default",
        }
    }
}
