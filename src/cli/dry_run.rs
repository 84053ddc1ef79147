//! placeholder
use super::exit::Exit;
use super::refusal::Refusal;
use super::run::RunArgs;
use std::io::Write;
pub(super) fn tell(_: &RunArgs, _: &mut dyn Write) -> Result<Exit, Refusal> {
    Ok(Exit::Passed)
}
