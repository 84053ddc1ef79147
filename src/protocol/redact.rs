//! Takes secrets out of text that people will read: tokens, and the queries of URLs, which carry
//! tokens and signatures.

use std::borrow::Cow;

/// What stands for a secret.
pub(super) const REDACTED: &str = "[redacted]";

/// What a JSON Web Token begins with: `{"` in base64url (RFC 7519).
const JWT: &str = "eyJ";

/// Shorter than this it is a word that happens to begin like a token.
const SHORTEST_JWT: usize = 12;

/// The text with `[redacted]` in place of whatever looks like an access token, an `Auth` parameter,
/// a bearer token, or the query of a URL that has a scheme.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut clean = String::new();
    let mut copied = 0;
    let mut at = 0;
    let mut in_url = false;
    while at < text.len() {
        let rest = &text[at..];
        let next = rest.chars().next().map_or(1, char::len_utf8);
        in_url = (in_url && !ends_word(rest)) || rest.starts_with("://") || escaped_slashes(rest);
        match secret(rest, in_url) {
            Some((before, length)) if length > 0 => {
                clean.push_str(&text[copied..at + before]);
                clean.push_str(REDACTED);
                at += before + length;
                copied = at;
                in_url = false;
            }
            _ => at += next,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(&text[copied..]);
    Cow::Owned(clean)
}

/// Whether a secret begins here: how much is to stay before it, and how long it is.
fn secret(rest: &str, in_url: bool) -> Option<(usize, usize)> {
    if in_url && let Some(mark) = question_mark(rest) {
        return Some((mark, up_to(&rest[mark..], ends_word)));
    }
    for key in ["auth=", "bearer "] {
        if starts_with(rest, key) {
            return Some((key.len(), up_to(&rest[key.len()..], ends_value)));
        }
    }
    let token = rest.starts_with(JWT).then(|| up_to(rest, ends_token))?;
    (token >= SHORTEST_JWT).then_some((0, token))
}

/// The length of a question mark, plain or as JSON may escape it.
fn question_mark(rest: &str) -> Option<usize> {
    ["?", "\\u003f"].into_iter().find(|mark| starts_with(rest, mark)).map(str::len)
}

/// `://` as some JSON encoders write it.
fn escaped_slashes(rest: &str) -> bool {
    rest.starts_with(":\\/\\/")
}

fn starts_with(rest: &str, lowercase: &str) -> bool {
    rest.get(..lowercase.len()).is_some_and(|start| start.eq_ignore_ascii_case(lowercase))
}

fn up_to(text: &str, ends: impl Fn(&str) -> bool) -> usize {
    text.char_indices().map(|(at, _)| at).find(|at| ends(&text[*at..])).unwrap_or(text.len())
}

fn ends_word(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>'))
}

fn ends_value(rest: &str) -> bool {
    ends_word(rest) || rest.starts_with(['&', '\'', '\\', ',', ';', ')'])
}

fn ends_token(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '='))
}

/// The text up to `longest` bytes, cut between characters.
pub fn cut(text: &str, longest: usize) -> &str {
    &text[..text.floor_char_boundary(longest)]
}

/// The text up to `longest` bytes, cut between words where it has several: half a word might be half
/// an address, which nobody would know for one.
pub fn cut_words(text: &str, longest: usize) -> &str {
    let start = cut(text, longest);
    let is_between = |c: char| c.is_whitespace() || "\"'<>,;".contains(c);
    match start.rfind(is_between) {
        Some(end) if start.len() < text.len() && end > 0 => &start[..end],
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIzNCJ9.c2lnbmF0dXJl";

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let clean = redact(text);
        assert_eq!(clean, expected);
        assert_eq!(redact(&clean), expected, "redacting again changes nothing");
    }

    #[test]
    fn a_token_goes_wherever_it_stands() {
        check(&format!("no such token {TOKEN}."), "no such token [redacted]");
        check(&format!("\"{TOKEN}\" is garbled"), "\"[redacted]\" is garbled");
        check(&TOKEN[..20], "[redacted]");
    }

    #[test]
    fn the_query_of_a_url_goes() {
        check("wss://h.example.com/uat?Auth=abc&deviceId=1", "wss://h.example.com/uat?[redacted]");
        check(
            r#"{"uploadURL":"https://u.example.com/a.png?X=1\u0026Sig=2","fileName":"a.png"}"#,
            r#"{"uploadURL":"https://u.example.com/a.png?[redacted]","fileName":"a.png"}"#,
        );
        check(
            r#"{"u":"https:\/\/u.example.com\/a\u003FSig=2"}"#,
            r#"{"u":"https:\/\/u.example.com\/a\u003F[redacted]"}"#,
        );
    }

    #[test]
    fn a_parameter_or_header_that_authorizes_goes() {
        check("refused: auth=opaque&deviceId=7", "refused: auth=[redacted]&deviceId=7");
        check("Authorization: Bearer opaque", "Authorization: Bearer [redacted]");
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "client/get-chat-messages?page=1&limit=20",
            "https://u.example.com/a.png and what? nothing",
            "eyJ",
            "ราตรีสวัสดิ์ 👋🏽",
            "",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn a_text_is_cut_between_words() {
        assert_eq!(cut_words("to a@example.com or b", 9), "to");
        assert_eq!(cut_words("to a@example.com or b", 100), "to a@example.com or b");
        assert_eq!(cut_words("กกก", 4), "ก");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_and_no_token_left(before in ".{0,20}", after in "[ \"&<].{0,20}") {
            let text = format!("{before} {TOKEN}{after}");
            prop_assert!(!redact(&text).contains(&TOKEN[..SHORTEST_JWT]));
        }
    }
}
