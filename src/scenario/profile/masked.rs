//! A profile's text as it may be shown: without tokens and passwords, every place where it was.

/// The text with `*` in place of each byte of a token or of a password in a URL.
pub(super) fn masked(text: &str) -> String {
    text.split_inclusive('\n').map(masked_line).collect()
}

/// Whether a URL holds a password that is not the environment's.
pub(super) fn holds_password(url: &str) -> bool {
    password(url).is_some()
}

fn masked_line(line: &str) -> String {
    let secret = token(line).or_else(|| password(line));
    let Some((start, end)) = secret else { return line.to_owned() };
    format!("{}{}{}", &line[..start], "*".repeat(end - start), &line[end..])
}

/// The value after a key `token`.
fn token(line: &str) -> Option<(usize, usize)> {
    let key = line.trim_start_matches([' ', '{', '"', '\'']);
    let rest = key.strip_prefix("token")?.trim_start_matches(['"', '\'', ' ']);
    let value = rest.strip_prefix(':')?;
    let end = line.trim_end().len();
    let start = line.len() - value.len();
    (start < end).then_some((start, end))
}

/// What stands between the `:` and the last `@` of a URL's authority.
fn password(line: &str) -> Option<(usize, usize)> {
    let authority = line.find("://")? + "://".len();
    let length = line[authority..].find([' ', '\n', '\r']).unwrap_or(line.len() - authority);
    let end = authority + line[authority..authority + length].rfind('@')?;
    let start = authority + line[authority..end].find(':')? + 1;
    let is_variable = line[start..end].starts_with("${") && line[start..end].ends_with('}');
    (start < end && !is_variable).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(masked(text), expected);
    }

    #[test]
    fn tokens_and_passwords_are_covered_and_nothing_else() {
        check("token: eyJ.secret\nallow: []\n", "token:***********\nallow: []\n");
        check("  \"token\": x\r\n", "  \"token\":**\r\n");
        check("token_command: ./token.sh\n", "token_command: ./token.sh\n");
        check(
            "proxy: http://me:p:a@ss@proxy.example.com:3128",
            "proxy: http://me:******@proxy.example.com:3128",
        );
        check(
            "proxy: http://me:${env.PASSWORD}@p.example.com",
            "proxy: http://me:${env.PASSWORD}@p.example.com",
        );
        check("target: wss://uat.example.com:443/uat", "target: wss://uat.example.com:443/uat");
    }

    #[test]
    fn a_password_of_the_environment_is_none_of_the_file() {
        assert!(holds_password("http://me:secret@p.example.com:3128"));
        assert!(!holds_password("http://me:${env.PASSWORD}@p.example.com:3128"));
        assert!(!holds_password("http://p.example.com:3128"));
    }
}
