//! What is said of a wrong command line, where clap's own words leave something open.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::later::NotYet;

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
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let not_yet = |what: &str, name: &str| {
        format!("this version of deskbell does not have the {what} `{name}` yet")
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = context(ContextKind::InvalidSubcommand)?;
            LATER.contains(&name).then(|| not_yet("command", name))
        }
        ErrorKind::ValueValidation => {
            error.source()?.downcast_ref::<NotYet>()?;
            let option = context(ContextKind::InvalidArg)?;
            Some(not_yet("option", option.split(' ').next()?))
        }
        _ => None,
    }
}
