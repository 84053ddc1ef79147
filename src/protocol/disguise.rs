//! The ways in which a secret may stand in a text.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 3986 section 2.3 leaves as it is.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What some JSON encoders escape beyond need, to keep it out of HTML.
const FOR_HTML: [&str; 2] = ["&<>", "&<>='+"];

/// The text plain, percent-encoded, as JSON writes it once or within another JSON text, as XML writes
/// it, and in base64. Spellings that come to the same stand more than once.
pub(super) fn disguises(secret: &str) -> Vec<String> {
    let mut all = vec![secret.to_owned()];
    for set in [&UNRESERVED, NON_ALPHANUMERIC] {
        let encoded = utf8_percent_encode(secret, set).to_string();
        all.push(lower_hex(&encoded));
        all.push(encoded);
    }
    let quoted = json(secret);
    let escaped = FOR_HTML.iter().flat_map(|set| {
        let [lower, upper] = [|c| format!("\\u{c:04x}"), |c| format!("\\u{c:04X}")];
        [escape(&quoted, set, lower), escape(&quoted, set, upper)]
    });
    for once in escaped.chain([quoted.replace('/', "\\/"), quoted.clone()]) {
        all.push(json(&once));
        all.push(once);
    }
    let markup = xml(secret, &[('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;")]);
    let quotes = xml(&markup, &[('"', "&quot;")]);
    all.extend([
        xml(&quotes, &[('\'', "&apos;")]),
        xml(&quotes, &[('\'', "&#39;")]),
        quotes,
        markup,
    ]);
    let engines = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
    all.extend(engines.map(|engine| engine.encode(secret)));
    all
}

/// As it stands between the quotes of a JSON text.
fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn escape(text: &str, set: &str, escaped: impl Fn(u32) -> String) -> String {
    let of = |c: char| if set.contains(c) { escaped(c.into()) } else { c.into() };
    text.chars().map(of).collect()
}

fn xml(text: &str, entities: &[(char, &str)]) -> String {
    let start = text.to_owned();
    entities.iter().fold(start, |text, (plain, entity)| text.replace(*plain, entity))
}

/// `%2F` as `%2f`.
fn lower_hex(encoded: &str) -> String {
    let mut left = 0;
    let lowered = |c: char| {
        left = if c == '%' { 2 } else { i32::max(left - 1, -1) };
        if left >= 0 { c.to_ascii_lowercase() } else { c }
    };
    encoded.chars().map(lowered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_secret_is_known() {
        let all = disguises(r#"A/b="c"&d<é"#);
        for spelling in [
            r#"A/b="c"&d<é"#,
            "A%2Fb%3D%22c%22%26d%3C%C3%A9",
            "A%2fb%3d%22c%22%26d%3c%c3%a9",
            r#"A/b=\"c\"&d<é"#,
            r#"A\/b=\"c\"&d<é"#,
            r#"A/b\u003d\"c\"\u0026d\u003cé"#,
            r#"A/b\\u003d\\\"c\\\"\\u0026d\\u003cé"#,
            r#"A/b=\"c\"\u0026d\u003Cé"#,
            "A/b=&quot;c&quot;&amp;d&lt;é",
            "QS9iPSJjIiZkPMOp",
        ] {
            assert!(all.iter().any(|one| one == spelling), "{spelling} is none of {all:#?}");
        }
    }
}
