//! Why a command cannot do its work.

use std::error::Error as _;
use std::io;
use std::path::Path;

use crate::protocol::Secrets;
use crate::report::write_not_started;
use crate::run::RunError;

use super::endpoint::EndpointArgs;
use super::exit::Exit;

/// Why a run cannot begin, or could not be done: one message, and the exit status.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) exit: Exit,
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, text: text.into() }
    }

    pub(super) fn not_done(text: &str) -> Self {
        Self { exit: Exit::NotDone, text: format!("error: {text}") }
    }

    /// Results that stdout does not take.
    pub(super) fn of_stdout(error: &io::Error) -> Self {
        Self::not_done(&format!("cannot write to stdout: {error}"))
    }

    /// Takes out the token that stands on the command line, and whatever looks like a secret.
    pub(super) fn without_secrets(self, args: &EndpointArgs) -> Self {
        let secrets = Secrets::default();
        let of_environment = std::env::var("DESKBELL_TOKEN").ok();
        args.token.iter().chain(&of_environment).for_each(|token| secrets.add(token));
        Self { text: secrets.redact(&self.text).into_owned(), ..self }
    }

    pub(super) fn of_run(error: &RunError) -> Self {
        let exit = match error {
            RunError::Panicked => Exit::Bug,
            RunError::Start(_) => Exit::NotDone,
        };
        let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
        Self { exit, text: format!("error: {error}{cause}") }
    }

    /// Leaves the message as an error case, so that no older report is taken for this run's.
    pub(super) fn write_junit(&self, path: Option<&Path>) -> Result<(), String> {
        let Some(path) = path else { return Ok(()) };
        write_not_started(&self.text, path).map_err(|error| error.to_string())
    }
}
