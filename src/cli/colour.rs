//! Whether output may be coloured, by the conventions that terminals' programs share.

use std::ffi::OsString;
use std::io::{self, IsTerminal};

use console::Term;

use crate::report::{Look, Style};

/// On a terminal that is not dumb, unless `NO_COLOR` is set; elsewhere where `CLICOLOR_FORCE` asks.
pub(super) fn suits(stream: &impl IsTerminal) -> bool {
    is_wanted(stream.is_terminal(), |name| std::env::var_os(name))
}

/// How a summary on stdout is to look.
pub(super) fn look_of_stdout() -> Look {
    let style = if suits(&io::stdout()) { Style::Colour } else { Style::Plain };
    let size = Term::stdout().size_checked();
    Look { style, columns: size.map_or(Look::PLAIN.columns, |(_, columns)| columns) }
}

/// Whether `TERM` names a terminal that can do nothing but print.
pub(super) fn is_dumb() -> bool {
    is_dumb_by(&|name| std::env::var_os(name))
}

fn is_wanted(is_terminal: bool, of: impl Fn(&str) -> Option<OsString>) -> bool {
    let given = |name: &str| of(name).filter(|value| !value.is_empty());
    if given("NO_COLOR").is_some() {
        return false;
    }
    let is_forced = given("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let is_declined = given("CLICOLOR").is_some_and(|value| value == "0");
    is_forced || (is_terminal && !is_declined && !is_dumb_by(&of))
}

fn is_dumb_by(of: &dyn Fn(&str) -> Option<OsString>) -> bool {
    of("TERM").is_none_or(|name| name.is_empty() || name == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether colour is wanted with these variables, on a terminal and elsewhere.
    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: (bool, bool)) {
        let of = |asked: &str| {
            variables.iter().find(|(name, _)| *name == asked).map(|(_, value)| (*value).into())
        };
        assert_eq!((is_wanted(true, of), is_wanted(false, of)), expected, "{variables:?}");
    }

    #[test]
    fn colour_is_for_terminals_that_can_show_it() {
        check(&[("TERM", "xterm-256color")], (true, false));
        check(&[("TERM", "dumb")], (false, false));
        check(&[], (false, false));
    }

    #[test]
    fn variables_ask_for_it_or_against_it() {
        let term = ("TERM", "xterm");
        check(&[term, ("NO_COLOR", "1")], (false, false));
        check(&[term, ("NO_COLOR", "")], (true, false));
        check(&[term, ("CLICOLOR", "0")], (false, false));
        check(&[term, ("CLICOLOR_FORCE", "1")], (true, true));
        check(&[term, ("CLICOLOR_FORCE", "0")], (true, false));
        check(&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], (true, true));
        check(&[term, ("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], (false, false));
    }
}
