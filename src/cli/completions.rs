//! `deskbell completions`: what a shell needs to complete a command line.

use std::io::Write;

use clap::builder::PossibleValuesParser;
use clap::{Arg, Args, Command, ValueHint};
use clap_complete::{Shell, generate};

use crate::conformance::{CATALOGUE, Level};
use crate::server::DEFECTS;

use super::catalogue::printed;
use super::exit::Exit;

/// Options of `completions`.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct CompletionsArgs {
    /// Shell that the script is for
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script that completes `line` in a shell.
pub(super) fn completions(
    args: CompletionsArgs,
    line: Command,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    printed(out.write_all(&script(args.shell, line)), err)
}

fn script(shell: Shell, line: Command) -> Vec<u8> {
    let offering = |arg: Arg| match arg.get_id().as_str() {
        "require" => {
            let clauses = CATALOGUE.iter().map(|clause| clause.id.as_str());
            arg.value_parser(PossibleValuesParser::new(
                [Level::Must.as_str()].into_iter().chain(clauses),
            ))
        }
        "defects" => {
            arg.value_parser(PossibleValuesParser::new(DEFECTS.iter().map(|defect| defect.name)))
        }
        _ => hinted(arg),
    };
    let mut line = line.mut_subcommands(|command| command.mut_args(offering));
    let mut script = Vec::new();
    generate(shell, &mut line, "deskbell", &mut script);
    script
}

/// An argument with what its value is, told by the name of the value.
fn hinted(arg: Arg) -> Arg {
    if !arg.get_action().takes_values() {
        return arg;
    }
    let name = arg.get_value_names().and_then(|names| names.first()).map(|name| name.to_string());
    let hint = match name.as_deref() {
        Some("FILE") => ValueHint::FilePath,
        Some("DIR" | "RUN") => ValueHint::DirPath,
        Some("PATH") => ValueHint::AnyPath,
        Some("CMD") => ValueHint::CommandString,
        Some("URL") => ValueHint::Url,
        Some("HOST" | "NAME") => ValueHint::Hostname,
        Some(_) => ValueHint::Other,
        None => return arg,
    };
    arg.value_hint(hint)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum};

    use crate::cli::Line;

    use super::*;

    fn script_of(shell: Shell) -> String {
        String::from_utf8(script(shell, Line::command())).unwrap()
    }

    #[test]
    fn every_shell_is_told_every_command_and_option() {
        for shell in Shell::value_variants() {
            let script = script_of(*shell);
            for command in Line::command().get_subcommands() {
                let name = command.get_name();
                assert!(script.contains(name), "{shell}: {name}");
                for long in command.get_arguments().filter_map(Arg::get_long) {
                    // Fish writes them without the dashes.
                    let spelt = [format!("--{long}"), format!("-l {long}")];
                    let is_told = spelt.iter().any(|spelt| script.contains(spelt));
                    assert!(is_told, "{shell}: {name} --{long}");
                }
            }
        }
    }

    #[test]
    fn values_that_are_known_are_offered() {
        for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
            let script = script_of(shell);
            for value in ["must", "EVENT-1", DEFECTS[0].name, "documented"] {
                assert!(script.contains(value), "{shell}: {value}");
            }
        }
    }
}
