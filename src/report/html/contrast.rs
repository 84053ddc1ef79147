//! What was expected and what came instead, side by side, with the difference marked.

use maud::{Markup, html};

use crate::protocol::cut_words;
use crate::report::escape::printable;

/// Longer texts are told without a mark: whoever reads them looks for more than one.
const SHORT: usize = 300;

/// How much of a text is shown, in bytes.
const LONGEST: usize = 1_500;

/// Both texts.
pub(super) fn contrast(expected: &str, actual: &str) -> Markup {
    let (expected, actual) = (shown(expected), shown(actual));
    let (of_expected, of_actual) = differences(&expected, &actual);
    html! {
        dl.contrast {
            div.expected { dt { "Expected" } dd { (marked(of_expected)) } }
            div.actual { dt { "Actual" } dd { (marked(of_actual)) } }
        }
    }
}

fn shown(text: &str) -> String {
    let start = cut_words(text, LONGEST);
    let more = if start.len() < text.len() { "..." } else { "" };
    format!("{}{more}", printable(start).replace('\t', "    "))
}

/// What two texts begin with alike, where they differ, and what they end with alike.
type Parts<'a> = [&'a str; 3];

fn marked([start, difference, end]: Parts<'_>) -> Markup {
    html! { (start) @if !difference.is_empty() { mark { (difference) } } (end) }
}

/// Nothing is marked in texts that are long, alike, or have nothing in common.
fn differences<'a>(one: &'a str, other: &'a str) -> (Parts<'a>, Parts<'a>) {
    let unmarked = ([one, "", ""], [other, "", ""]);
    if one.len().max(other.len()) > SHORT {
        return unmarked;
    }
    let (ones, others) = (words(one), words(other));
    let alike = |(a, b): &(&&str, &&str)| a == b;
    let start: usize = ones.iter().zip(&others).take_while(alike).map(|(word, _)| word.len()).sum();
    let (ones, others) = (words(&one[start..]), words(&other[start..]));
    let end: usize = ones
        .iter()
        .rev()
        .zip(others.iter().rev())
        .take_while(alike)
        .map(|(word, _)| word.len())
        .sum();
    if start + end == 0 {
        return unmarked;
    }
    let parts = |text: &'a str| {
        let (start, rest) = text.split_at(start);
        let (difference, end) = rest.split_at(rest.len() - end);
        [start, difference, end]
    };
    (parts(one), parts(other))
}

/// Words, and what stands between them: a mark begins and ends with a whole one.
fn words(text: &str) -> Vec<&str> {
    let is_between = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric();
    text.split_inclusive(is_between)
        .flat_map(|word| {
            let end = word.trim_end_matches(is_between).len();
            [&word[..end], &word[end..]]
        })
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &str, actual: &str, marked: [&str; 2]) {
        let (of_expected, of_actual) = differences(expected, actual);
        assert_eq!([of_expected[1], of_actual[1]], marked);
        assert_eq!([of_expected.concat(), of_actual.concat()], [expected, actual]);
    }

    #[test]
    fn words_that_differ_are_marked_whole() {
        check("status 200", "status 403", ["200", "403"]);
        check("client/send-message", "client/message", ["send-", ""]);
        check("{\"a\": 1}", "{\"a\": 12}", ["1", "12"]);
        check("a b c", "a c", ["b ", ""]);
    }

    #[test]
    fn texts_that_have_nothing_in_common_are_not_marked() {
        check("its event within 5 s", "none", ["", ""]);
        check("", "x", ["", ""]);
    }

    #[test]
    fn texts_that_are_alike_are_not_marked() {
        check("twice twice", "twice twice", ["", ""]);
    }

    #[test]
    fn long_texts_are_not_marked_and_not_torn() {
        let long = format!("a {}", "ก".repeat(400));
        check(&long, "a b", ["", ""]);
        assert!(contrast(&"กข ".repeat(64 << 10), "").into_string().len() < 4_000);
    }

    #[test]
    fn a_mark_falls_between_characters() {
        check("สวัสดี ครับ", "สวัสดี ค่ะ", ["ครับ", "ค่ะ"]);
    }
}
