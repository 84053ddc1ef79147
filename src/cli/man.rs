//! `deskbell man`: the manual, a page for deskbell and one for each command.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::report::{FolderError, write_text};

use super::catalogue::printed;
use super::exit::Exit;

/// Options of `man`.
#[derive(Args, Clone, Debug)]
pub(super) struct ManArgs {
    /// Command whose page is printed; the page of deskbell itself where not given
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    command: Option<String>,
    /// Writes every page into this folder instead: deskbell.1, deskbell-run.1, ...
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A page of the manual.
struct Page {
    /// The command's name as it is typed: `run`.
    command: String,
    /// The page's own: `deskbell-run`.
    name: String,
    roff: String,
}

/// Prints a page of the manual of `line`, or writes all of them.
pub(super) fn man(args: &ManArgs, line: Command, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let pages = match pages(line) {
        Ok(pages) => pages,
        Err(error) => return printed(Err(error), err),
    };
    if let Some(folder) = &args.out {
        let write = |page: &Page| write_text(&page.roff, &folder.join(format!("{}.1", page.name)));
        return written(pages.iter().try_for_each(write), err);
    }
    let asked = args.command.as_deref().unwrap_or("deskbell");
    match pages.iter().find(|page| page.command == asked) {
        Some(page) => printed(out.write_all(page.roff.as_bytes()), err),
        None => {
            let known: Vec<_> = pages.iter().skip(1).map(|page| page.command.as_str()).collect();
            // Where even stderr is closed, the exit status has to do.
            let _ = writeln!(
                err,
                "error: deskbell has no command `{asked}`; it has {}",
                known.join(", ")
            );
            Exit::Usage
        }
    }
}

fn written(written: Result<(), FolderError>, err: &mut dyn Write) -> Exit {
    let Err(error) = written else { return Exit::Passed };
    // Where even stderr is closed, the exit status has to do.
    let _ = writeln!(err, "error: {error}");
    Exit::NotDone
}

/// The page of deskbell first, then those of its commands.
fn pages(line: Command) -> io::Result<Vec<Page>> {
    let mut line = line.disable_help_subcommand(true);
    line.build();
    let commands: Vec<_> = line.get_subcommands().cloned().collect();
    let page = |command: Command, sections: &Roff| {
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        let typed = command.get_name().to_owned();
        let source = format!("deskbell {}", env!("CARGO_PKG_VERSION"));
        let mut roff = Vec::new();
        Man::new(command).source(source).manual("deskbell").render(&mut roff)?;
        sections.to_writer(&mut roff)?;
        let roff = String::from_utf8_lossy(&roff).into_owned();
        Ok(Page { command: typed, name, roff })
    };
    let main = page(line, &exit_statuses());
    [main]
        .into_iter()
        .chain(commands.into_iter().map(|command| page(command, &Roff::new())))
        .collect()
}

fn exit_statuses() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for exit in Exit::ALL {
        roff.control("TP", []);
        roff.text([bold((exit as u8).to_string())]);
        roff.text([roman(exit.meaning())]);
    }
    roff
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::cli::Line;

    use super::*;

    #[test]
    fn every_command_has_a_page_with_every_option() {
        let pages = pages(Line::command()).unwrap();
        let main = &pages[0];
        assert_eq!((main.command.as_str(), main.name.as_str()), ("deskbell", "deskbell"));
        for command in Line::command().get_subcommands() {
            let name = command.get_name();
            let page = pages.iter().find(|page| page.command == name).unwrap();
            assert_eq!(page.name, format!("deskbell-{name}"));
            let listed = format!("deskbell\\-{}(1)", name.replace('-', "\\-"));
            assert!(main.roff.contains(&listed), "{listed}");
            for long in command.get_arguments().filter_map(clap::Arg::get_long) {
                let told = format!("\\-\\-{}\\fR", long.replace('-', "\\-"));
                assert!(page.roff.contains(&told), "{name} --{long}");
            }
        }
        for exit in Exit::ALL {
            assert!(main.roff.contains(exit.meaning()), "{exit:?}");
        }
    }

    #[test]
    fn an_unknown_command_is_told_with_those_that_there_are() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let args = ManArgs { command: Some("rnu".to_owned()), out: None };
        assert_eq!(man(&args, Line::command(), &mut out, &mut err), Exit::Usage);
        let err = String::from_utf8(err).unwrap();
        assert!(err.starts_with("error: deskbell has no command `rnu`; it has run, "), "{err}");
    }
}
