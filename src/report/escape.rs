//! Text of others made safe for a terminal, for XML and for a spreadsheet: the only place.

use std::borrow::Cow;

/// What stands for a character that cannot be shown.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The text with a replacement character for each that XML 1.0 does not allow (section 2.2) or
/// that a terminal would obey. Line feeds and tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    replaced(text, |c| if is_unprintable(c) { REPLACEMENT } else { c })
}

/// The same on one line: line breaks and tabs become spaces.
pub fn one_line(text: &str) -> Cow<'_, str> {
    replaced(text, |c| match c {
        '\n' | '\r' | '\t' => ' ',
        c if is_unprintable(c) => REPLACEMENT,
        c => c,
    })
}

/// The beginning of a text, of at most so many bytes; dots stand for the rest.
pub(super) fn shortened(text: &str, longest: usize) -> Cow<'_, str> {
    if text.len() <= longest {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}...", &text[..text.floor_char_boundary(longest)]))
}

/// The text as a cell of a CSV file that no spreadsheet takes for a formula: an apostrophe goes before
/// what begins one, and before an apostrophe, so that whoever takes one off has the text again.
pub fn cell(text: &str) -> Cow<'_, str> {
    const BEGIN: [char; 12] = [
        '=', '+', '-', '@', '\t', '\r', '\n', '\'', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ];
    if text.starts_with(BEGIN) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text as one word of a shell.
pub(super) fn shell_word(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    // Some shells take a leading `=` for a command's path.
    let is_word = !text.is_empty() && !text.starts_with('=');
    if is_word && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

fn replaced(text: &str, with: impl Fn(char) -> char) -> Cow<'_, str> {
    if text.chars().all(|c| with(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(with).collect())
}

/// Controls but line feed and tab, the two non-characters that XML refuses, and the marks that
/// turn the direction of what follows.
fn is_unprintable(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str, expected_on_one_line: &str) {
        assert_eq!(printable(text), expected);
        assert_eq!(one_line(text), expected_on_one_line);
    }

    #[test]
    fn what_a_terminal_would_obey_or_xml_refuses_is_replaced() {
        check("\u{1b}[31mred\u{7}\u{0}\u{9b}", "\u{fffd}[31mred\u{fffd}\u{fffd}\u{fffd}", {
            "\u{fffd}[31mred\u{fffd}\u{fffd}\u{fffd}"
        });
        check("\u{fffe}\u{ffff}\u{202e}", "\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn lines_and_tabs_stay_but_on_one_line() {
        check("a\n\tb", "a\n\tb", "a  b");
    }

    #[test]
    fn any_other_script_stays() {
        check("สวัสดี 👩‍👩‍👧 <&>\"'", "สวัสดี 👩‍👩‍👧 <&>\"'", "สวัสดี 👩‍👩‍👧 <&>\"'");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcd", 3), "abc...");
        assert_eq!(shortened("กข", 4), "ก...");
    }

    #[test]
    fn a_cell_that_begins_like_a_formula_is_made_inert() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "\u{ff1d}1"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        for text in ["a=1", "7", "", "rtt.send"] {
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn a_shell_takes_the_word_as_it_is() {
        assert_eq!(shell_word("scenarios/chat.yaml"), "scenarios/chat.yaml");
        assert_eq!(shell_word("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(shell_word("--seed=7"), "--seed=7");
        assert_eq!(shell_word("=ls"), "'=ls'");
        assert_eq!(shell_word(""), "''");
    }
}
