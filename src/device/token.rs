//! Access tokens, and when they expire.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::protocol::Secrets;

/// The longest token that is looked into for its expiry, in bytes.
const LONGEST_READ: usize = 64 * 1024;

/// An access token. It prints as `[redacted]`.
#[derive(Clone)]
pub struct AccessToken {
    text: SecretString,
    expires_at: Option<Duration>,
}

impl AccessToken {
    /// Takes a token as the authentication service gave it. Where it is a JWT its `exp` is read, and
    /// nothing of it verified (RFC 7519 section 4.1.4).
    pub fn new(token: String) -> Self {
        let expires_at = expiry(&token);
        Self { text: token.into(), expires_at }
    }

    /// The same token, known to expire then, counted from the Unix epoch.
    #[must_use]
    pub fn expiring_at(self, expires_at: Duration) -> Self {
        Self { expires_at: Some(expires_at), ..self }
    }

    /// When it expires, counted from the Unix epoch; `None` where nobody knows.
    pub fn expires_at(&self) -> Option<Duration> {
        self.expires_at
    }

    /// Adds it to the secrets in use.
    pub fn keep_in(&self, secrets: &Secrets) {
        secrets.add(self.text.expose_secret());
    }

    /// A text that is no token, as long as this one.
    #[must_use]
    pub fn garbled(&self) -> Self {
        Self::new("x".repeat(self.text.expose_secret().len()))
    }

    /// The same token with another signature: its last part turned round, and if that is the same,
    /// made longer.
    #[must_use]
    pub fn resigned(&self) -> Self {
        let token = self.text.expose_secret();
        let (rest, signature) = token.rsplit_once('.').unwrap_or(("", token));
        let turned: String = signature.chars().rev().collect();
        let changed = if turned == signature { format!("{turned}A") } else { turned };
        Self::new(format!("{rest}.{changed}"))
    }

    /// The token itself, for the URL of a connection.
    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }
}

impl PartialEq for AccessToken {
    /// Whether it is the same text.
    fn eq(&self, other: &Self) -> bool {
        self.text.expose_secret() == other.text.expose_secret()
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The `exp` of a JWT: whole or broken seconds since the Unix epoch.
fn expiry(token: &str) -> Option<Duration> {
    let parts: Vec<_> = token.splitn(4, '.').collect();
    let [_, payload, _] = parts[..] else { return None };
    if token.len() > LONGEST_READ {
        return None;
    }
    let claims = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Duration::try_from_secs_f64(claims.get("exp")?.as_f64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(payload: &str, expected: Option<Duration>) {
        let payload = URL_SAFE_NO_PAD.encode(payload);
        let token = AccessToken::new(format!("eyJhbGciOiJub25lIn0.{payload}.c2ln"));
        assert_eq!(token.expires_at(), expected);
    }

    #[test]
    fn the_exp_of_a_jwt_is_read() {
        check(r#"{"exp":1727938788}"#, Some(Duration::from_secs(1_727_938_788)));
        check(r#"{"sub":"34","exp":5.5}"#, Some(Duration::from_millis(5_500)));
    }

    #[test]
    fn whatever_is_no_number_of_seconds_is_no_expiry() {
        let payloads =
            ["{}", "[1]", "7", "nonsense", r#"{"exp":"5"}"#, r#"{"exp":-5}"#, r#"{"exp":1e300}"#];
        for payload in payloads {
            check(payload, None);
        }
        for text in ["opaque", "a.b.c", "a.eyJleHAiOjV9", "a.eyJleHAiOjV9.c.d", "", "...."] {
            assert_eq!(AccessToken::new(text.into()).expires_at(), None, "{text}");
        }
        let long = format!("a.eyJleHAiOjV9.{}", "c".repeat(LONGEST_READ));
        assert_eq!(AccessToken::new(long).expires_at(), None);
    }

    #[test]
    fn a_token_shows_nothing() {
        assert_eq!(format!("{:?}", AccessToken::new("secret".into())), "[redacted]");
    }
}
