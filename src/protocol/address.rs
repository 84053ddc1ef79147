//! E-mail addresses in any text.

use std::borrow::Cow;

/// The text with each e-mail address replaced.
pub(super) fn mask_addresses(text: &str) -> Cow<'_, str> {
    let is_part = |c: char| c.is_alphanumeric() || "._%+-".contains(c);
    let mut clean = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices('@') {
        if at < copied {
            continue;
        }
        let before = &text[copied..at];
        let name = before.len() - before.trim_end_matches(is_part).len();
        let after = &text[at + 1..];
        let host = after.find(|c| !is_part(c)).unwrap_or(after.len());
        // Where the text ends, it may have been cut.
        let is_host = after[..host].trim_matches('.').contains('.') || host == after.len();
        if name > 0 && is_host {
            clean.push_str(&text[copied..at - name]);
            clean.push_str("[masked]");
            copied = at + 1 + host;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(&text[copied..]);
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(mask_addresses(text), expected);
        assert_eq!(mask_addresses(expected), expected, "masking again changes nothing");
    }

    #[test]
    fn what_looks_like_an_address_is_masked_wherever_it_stands() {
        check(r#""no guest a.b+c@mail.example.com, or x@y""#, r#""no guest [masked], or x@y""#);
        check("was sent by somchai@exa", "was sent by [masked]");
        check(r#"a@b.example@c.example @ "@""#, r#"[masked]@c.example @ "@""#);
    }

    #[test]
    fn other_text_stays() {
        for text in ["", "@", "at 7 @ 8", "ราตรี @ สวัสดิ์", "@example.com", "x@ y.example"]
        {
            check(text, text);
        }
    }
}
