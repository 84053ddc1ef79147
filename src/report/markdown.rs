//! Text of others in Markdown, as GitHub and GitLab read it.
//!
//! It never becomes a link, an image, a mention, a reference or HTML: whatever could be more than a
//! plain word stands in a code span, where neither of them looks for anything. Start from
//! [`sentence`] for words and [`code`] for values.

use super::escape::{one_line, shortened};

/// How much of a text is told, in bytes.
const LONGEST: usize = 160;

/// The same of a paragraph.
const LONGEST_PARAGRAPH: usize = 1_000;

/// The shortest run of hexadecimal digits that is taken for a commit.
const SHORTEST_COMMIT: usize = 7;

/// A text in one line, not too long: plain words as they are, all others in code spans.
pub(super) fn sentence(text: &str) -> String {
    words(text, LONGEST)
}

/// The same of a text that may be as long as a paragraph.
pub(super) fn paragraph(text: &str) -> String {
    words(text, LONGEST_PARAGRAPH)
}

fn words(text: &str, longest: usize) -> String {
    let text = shortened(text, longest);
    let text = one_line(&text);
    let told = text.split_whitespace().map(|word| {
        if is_plain(word) {
            return word.to_owned();
        }
        let core = word.trim_end_matches([',', ';', ':', '.']);
        let core = if core.is_empty() { word } else { core };
        span(core) + &word[core.len()..]
    });
    told.collect::<Vec<_>>().join(" ")
}

/// A value in one line, not too long, as a code span.
pub(super) fn code(text: &str) -> String {
    span(&one_line(&shortened(text, LONGEST)))
}

/// A block of code that holds a line, whole.
pub(super) fn block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", one_line(text))
}

/// A pipe would end a cell of a table, in a code span too, and so the span ends before it.
fn span(text: &str) -> String {
    let told = text.split('|').map(|part| {
        if part.is_empty() {
            return String::new();
        }
        let fence = "`".repeat(longest_run(part) + 1);
        // One blank at each end is taken off again.
        let touches = |c| matches!(c, Some('`' | ' '));
        let is_edgy = touches(part.chars().next()) || touches(part.chars().next_back());
        let blank = if is_edgy && !part.trim().is_empty() { " " } else { "" };
        format!("{fence}{blank}{part}{blank}{fence}")
    });
    told.collect::<Vec<_>>().join("&#124;")
}

/// How many backticks stand side by side at most.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Whether a word means nothing but itself, wherever it stands in a line.
fn is_plain(word: &str) -> bool {
    let word = word.strip_prefix(['(', '"', '\'']).unwrap_or(word);
    let core = word.trim_end_matches([',', ';', ':', '.', ')', '"', '\'', '%', '?']);
    let has_letter = core.contains(|c: char| !c.is_ascii_digit());
    let is_number = core.starts_with(|c: char| c.is_ascii_digit())
        && core.chars().all(|c| c.is_ascii_digit() || c == '.');
    // `1.` and `1)` would begin a list.
    let is_item = !has_letter && word.ends_with(['.', ')']);
    let is_commit = core.len() >= SHORTEST_COMMIT && core.chars().all(|c| c.is_ascii_hexdigit());
    let is_word = core.starts_with(|c: char| c.is_alphanumeric())
        && core
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '\'') || !c.is_ascii());
    // `GH-1` and `CHAT-12` are references.
    let is_reference =
        core.rsplit_once('-').is_some_and(|(_, end)| end.starts_with(|c: char| c.is_ascii_digit()));
    (is_number || is_word) && !is_item && !is_commit && !is_reference
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(sentence(text), expected);
    }

    #[test]
    fn plain_words_stay_and_all_others_are_code() {
        check("2 steps unmet", "2 steps unmet");
        check(
            "p99 lateness 38 ms is above 10.5 ms, not 5%",
            "p99 lateness 38 ms is above 10.5 ms, not 5%",
        );
        check("clauses violated: ENV-5, EVENT-1", "clauses violated: `ENV-5`, `EVENT-1`");
        check(
            "cannot connect to wss://a.example.com/uat: refused",
            "cannot connect to `wss://a.example.com/uat`: refused",
        );
        check("ask @somchai in #12 or a@example.com", "ask `@somchai` in `#12` or `a@example.com`");
        check("<b>bold</b> [a](b) ![c](d)", "`<b>bold</b>` `[a](b)` `![c](d)`");
        check("1. deadbeef 20 %", "`1`. `deadbeef` 20 `%`");
        check("สวัสดี ค่ะ 👋", "สวัสดี ค่ะ `👋`");
    }

    #[test]
    fn a_span_holds_backticks_and_pipes() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a|`b\\|"), "`a`&#124;`` `b\\ ``&#124;");
        assert_eq!(code("   "), "`   `");
        assert_eq!(code(""), "");
    }

    #[test]
    fn a_block_is_not_ended_by_what_it_holds() {
        assert_eq!(block("sh", "a ``` b"), "````sh\na ``` b\n````\n");
    }

    /// All that there is but typographer's quotes.
    fn every_extension() -> Options {
        Options::all().difference(Options::ENABLE_SMART_PUNCTUATION)
    }

    /// What a reader sees, where there is nothing but words and code, in a paragraph and a cell alike.
    fn read(markdown: &str) -> String {
        let mut told = String::new();
        for event in Parser::new_ext(markdown, every_extension()) {
            match event {
                Event::Text(text) | Event::Code(text) => told.push_str(&text),
                Event::Start(
                    Tag::Paragraph
                    | Tag::Table(_)
                    | Tag::TableHead
                    | Tag::TableRow
                    | Tag::TableCell,
                )
                | Event::End(_) => {}
                other => panic!("{other:?} in {markdown}"),
            }
        }
        told.replace(char::is_whitespace, "")
    }

    fn any_text() -> impl Strategy<Value = String> {
        "([a-z@#!<>&*_~`|\\\\\\[\\](){}:/.\"'$%^=+ \n\r-]|[0-9]|www\\.a\\.b |\u{0}|\u{202e}|ก){0,60}"
    }

    proptest! {
        #[test]
        fn any_text_is_told_and_is_nothing_but_text(text in any_text()) {
            let expected: String = one_line(&shortened(&text, LONGEST)).replace(char::is_whitespace, "");
            for told in [sentence(&text), code(&text)] {
                prop_assert_eq!(read(&format!("a {told}")), format!("a{expected}"));
                let cell = read(&format!("| a |\n| --- |\n| a {told} |\n"));
                prop_assert_eq!(cell, format!("aa{expected}"));
            }
        }
    }
}
