//! Contents and metadata that a server changes as it stores them.

use serde_json::json;

use crate::protocol::Route;

use super::change::{cut_bytes, each_message};
use super::hook::Hook;
use super::turn::Turn;
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[
    content(
        "content-trimmed",
        "Blanks around a content are cut off.",
        &[Hook::Ask(|_, _, turn| rewrite(turn, |text| text.trim().to_owned()))],
    ),
    content(
        "content-composed",
        "A content is stored in Unicode's composed form (NFC).",
        &[Hook::Ask(|_, _, turn| {
            rewrite(turn, |text| {
                MARKS
                    .iter()
                    .fold(text.to_owned(), |text, (composed, apart)| text.replace(apart, composed))
            })
        })],
    ),
    content(
        "content-decomposed",
        "A content is stored in Unicode's decomposed form (NFD).",
        &[Hook::Ask(|_, _, turn| {
            rewrite(turn, |text| {
                MARKS
                    .iter()
                    .fold(text.to_owned(), |text, (composed, apart)| text.replace(composed, apart))
            })
        })],
    ),
    content(
        "content-escaped-for-html",
        "A content is escaped for HTML.",
        &[Hook::Ask(|_, _, turn| {
            rewrite(turn, |text| {
                text.replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('"', "&quot;")
            })
        })],
    )
    .related(&["UPLOAD-5"]),
    content(
        "content-quotes-escaped",
        "Quotes in a content get a backslash.",
        &[Hook::Ask(|_, _, turn| {
            rewrite(turn, |text| {
                text.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'")
            })
        })],
    ),
    content(
        "content-newlines-doubled",
        "Newlines in a content become CR LF.",
        &[Hook::Ask(|_, _, turn| {
            rewrite(turn, |text| text.replace("\r\n", "\n").replace('\n', "\r\n"))
        })],
    ),
    content(
        "content-emoji-lost",
        "A database of three-byte characters: emoji become question marks.",
        &[Hook::Ask(|_, _, turn| {
            rewrite(turn, |text| {
                text.chars()
                    .map(|letter| if letter.len_utf8() > 3 { '?' } else { letter })
                    .collect()
            })
        })],
    ),
    content(
        "content-joiners-lost",
        "Zero-width joiners are dropped, so that families fall apart.",
        &[Hook::Ask(|_, _, turn| {
            rewrite(turn, |text| text.replace(['\u{200d}', '\u{200c}', '\u{feff}'], ""))
        })],
    ),
    content(
        "content-marks-lost",
        "Thai vowels and tone marks above and below are dropped.",
        &[Hook::Ask(|_, _, turn| rewrite(turn, |text| text.replace(is_mark, "")))],
    ),
    content(
        "content-in-latin-1",
        "A content is read as Latin-1.",
        &[Hook::Ask(|_, _, turn| rewrite(turn, |text| text.bytes().map(char::from).collect()))],
    ),
    content(
        "content-backwards",
        "Text from right to left is stored backwards.",
        &[Hook::Ask(|_, _, turn| {
            rewrite(turn, |text| {
                let is_backwards =
                    text.chars().any(|letter| matches!(letter, '\u{0590}'..='\u{06ff}'));
                if is_backwards { text.chars().rev().collect() } else { text.to_owned() }
            })
        })],
    ),
    content(
        "content-cut-at-255",
        "A content is cut after 255 characters.",
        &[Hook::Ask(|_, _, turn| rewrite(turn, |text| text.chars().take(255).collect()))],
    ),
    content(
        "content-cut-at-1024-bytes",
        "A content is cut after 1024 bytes, in the middle of a character.",
        &[Hook::Ask(|_, _, turn| rewrite(turn, |text| cut_bytes(text, 1024)))],
    ),
    content(
        "content-type-always-text",
        "Files and images are stored as TEXT.",
        &[Hook::Ask(|_, _, turn| {
            let is_known =
                ["FILE", "IMAGE"].iter().any(|known| turn.body()["contentType"] == *known);
            if turn.route == Route::Send && is_known {
                turn.body_mut()["contentType"] = json!("TEXT");
            }
            None
        })],
    )
    .related(&["UPLOAD-5", "SEND-7"]),
    content(
        "content-type-in-lower-case",
        "The content type comes back in lower case.",
        &[Hook::Reply(|_, turn, body| {
            if turn.route == Route::Send {
                each_message(body, |message| {
                    let kind = message["contentType"].as_str().unwrap_or_default();
                    message["contentType"] = json!(kind.to_lowercase());
                });
            }
        })],
    )
    .related(&["ENV-5", "EVENT-3", "LIST-7", "UPLOAD-5"]),
];

/// Composed and decomposed forms of what is often typed. No whole normalisation: what a scenario
/// sends in both forms is enough to tell that a server changes one into the other.
const MARKS: [(&str, &str); 16] = [
    ("\u{e9}", "e\u{301}"),
    ("\u{e8}", "e\u{300}"),
    ("\u{ea}", "e\u{302}"),
    ("\u{eb}", "e\u{308}"),
    ("\u{e1}", "a\u{301}"),
    ("\u{e0}", "a\u{300}"),
    ("\u{e4}", "a\u{308}"),
    ("\u{e5}", "a\u{30a}"),
    ("\u{f1}", "n\u{303}"),
    ("\u{f3}", "o\u{301}"),
    ("\u{f6}", "o\u{308}"),
    ("\u{fc}", "u\u{308}"),
    ("\u{fa}", "u\u{301}"),
    ("\u{ed}", "i\u{301}"),
    ("\u{e7}", "c\u{327}"),
    ("\u{c5}", "A\u{30a}"),
];

const fn content(name: &'static str, title: &'static str, hooks: &'static [Hook]) -> Defect {
    Defect::new(Kind::Value, name, title, &["SEND-1"], hooks)
}

fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{0e31}' | '\u{0e34}'..='\u{0e3a}' | '\u{0e47}'..='\u{0e4e}' | '\u{0300}'..='\u{036f}'
    )
}

/// Changes what is to be sent. It never answers by itself.
fn rewrite<T>(turn: &mut Turn, change: impl Fn(&str) -> String) -> Option<T> {
    if turn.route == Route::Send
        && let Some(text) = turn.request["data"]["body"]["messageContent"].as_str().map(change)
    {
        turn.body_mut()["messageContent"] = json!(text);
    }
    None
}
