//! What is said of a wrong command line, where clap's own words leave something open.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Commands that are known and refused, so that nobody takes them for misspelt.
const LATER: [&str; 1] = ["fuzz"];

/// The whole message.
pub(super) fn message(error: &clap::Error) -> String {
    own_words(error).map_or_else(|| error.to_string(), |text| format!("error: {text}\n"))
}

/// The message without what stands around it, for a line within another option.
pub(super) fn sentence(error: &clap::Error) -> String {
    let message = message(error);
    let first = message.split("\n\n").next().unwrap_or_default().trim_end();
    first.strip_prefix("error: ").unwrap_or(first).to_owned()
}

fn own_words(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let is_later = LATER.contains(&name.as_str());
    is_later.then(|| format!("this version of deskbell does not have the command `{name}` yet"))
}
