//! Options that are known and refused, so that nobody takes them for obeyed.

use std::marker::PhantomData;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use thiserror::Error;

/// The options of a command that a later version will have.
pub(super) trait LaterOptions {
    /// Their long names.
    const NAMES: &'static [&'static str];
}

/// Refuses the options of `T`.
#[derive(Clone, Debug)]
pub(super) struct Later<T>(PhantomData<T>);

impl<T> Later<T> {
    /// None of them, on a command line that nobody typed.
    pub(super) fn none() -> Self {
        Self(PhantomData)
    }
}

impl<T: LaterOptions> Args for Later<T> {
    fn augment_args(command: Command) -> Command {
        T::NAMES.iter().fold(command, |command, name| {
            command.arg(
                Arg::new(*name)
                    .long(*name)
                    .hide(true)
                    .value_name("VALUE")
                    .num_args(0..=1)
                    .default_missing_value("")
                    .value_parser(refuse),
            )
        })
    }

    /// Completions are made from this one: they offer no option that is refused.
    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl<T: LaterOptions> FromArgMatches for Later<T> {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(PhantomData))
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), clap::Error> {
        Ok(())
    }
}

/// The option is known, and nothing obeys it yet.
#[derive(Clone, Copy, Debug, Error)]
#[error("this version of deskbell does not have the option yet")]
pub(super) struct NotYet;

fn refuse(_: &str) -> Result<String, NotYet> {
    Err(NotYet)
}
