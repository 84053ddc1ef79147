//! What a device connects to, and who it says it is.

use std::fmt;
use std::rc::Rc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::protocol::Caller;

use super::transport::Origin;

/// The bytes of a query value that RFC 3986 section 2.3 leaves as they are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A socket origin (document: WebSocket API Base URL).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    url: Url,
}

/// Why a text is no socket origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No URL at all.
    #[error("`{0}` is no URL; a socket origin looks like ws://127.0.0.1:8080/uat")]
    NoUrl(String),
    /// A URL of another scheme.
    #[error("a socket origin begins with ws:// or wss://, not {0}://")]
    Scheme(String),
    /// A name or password, which would stand in every report.
    #[error("a socket origin has no user or password in it; the token goes with --token")]
    UserInfo,
    /// A URL without a host.
    #[error("the socket origin names no host")]
    NoHost,
}

impl Target {
    /// Reads a socket origin.
    ///
    /// # Errors
    /// Anything that is no `ws://` or `wss://` URL with a host.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let url = Url::parse(text).map_err(|_| TargetError::NoUrl(without_query(text)))?;
        if !matches!(url.scheme(), "ws" | "wss") {
            return Err(TargetError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::UserInfo);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(TargetError::NoHost);
        }
        Ok(Self { url })
    }

    /// The host, a name or an address.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// What a stream to it leads to; the port is 80 or, with TLS, 443 where the URL has none.
    pub fn origin(&self) -> Origin<'_> {
        Origin::of(&self.url)
    }

    /// The whole connection URL, `Auth` and `deviceId` in its query.
    pub(super) fn connection_url(&self, identity: &Identity) -> String {
        let mut url = self.url.to_string();
        let mut separator = if self.url.query().is_some() { '&' } else { '?' };
        let auth = identity.token.as_ref().map(|token| ("Auth", token.0.expose_secret()));
        let device = identity.caller.device_id.as_deref().map(|id| ("deviceId", id));
        for (key, value) in [auth, device].into_iter().flatten() {
            url.push(separator);
            url.push_str(key);
            url.push('=');
            url.extend(utf8_percent_encode(value, ENCODED));
            separator = '&';
        }
        url
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_query(self.url.as_str()))
    }
}

fn without_query(text: &str) -> String {
    match text.split_once('?') {
        Some((bare, _)) => format!("{bare}?[redacted]"),
        None => text.to_owned(),
    }
}

/// An access token. It prints as `[redacted]`.
#[derive(Clone)]
pub struct AccessToken(SecretString);

impl AccessToken {
    /// Takes a token as the authentication service gave it.
    pub fn new(token: String) -> Self {
        Self(token.into())
    }
}

impl AccessToken {
    /// A text that is no token, as long as this one.
    pub fn garbled(&self) -> Self {
        Self::new("x".repeat(self.0.expose_secret().len()))
    }

    /// The same token with another signature: its last part turned round, and if that is the same,
    /// made longer.
    pub fn resigned(&self) -> Self {
        let token = self.0.expose_secret();
        let (rest, signature) = token.rsplit_once('.').unwrap_or(("", token));
        let turned: String = signature.chars().rev().collect();
        let changed = if turned == signature { format!("{turned}A") } else { turned };
        Self::new(format!("{rest}.{changed}"))
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Who a device says it is. A missing part is left out of the URL.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The access token that is shown.
    pub token: Option<AccessToken>,
    /// Whose it is, and the device id that is shown.
    pub caller: Rc<Caller>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{AccountNo, TokenKind};

    #[track_caller]
    fn check(target: &str, token: &str, device_id: &str, expected: &str) {
        let caller = Caller {
            account: AccountNo(0),
            tenant: None,
            token: TokenKind::Valid,
            device_id: Some(device_id.into()),
        };
        let token = Some(AccessToken::new(token.to_owned()));
        let identity = Identity { token, caller: Rc::new(caller) };
        assert_eq!(Target::parse(target).unwrap().connection_url(&identity), expected);
    }

    #[test]
    fn auth_and_device_id_are_percent_encoded() {
        check(
            "ws://127.0.0.1:8080/uat",
            "a.b-c_d",
            "123-postman-321",
            "ws://127.0.0.1:8080/uat?Auth=a.b-c_d&deviceId=123-postman-321",
        );
        check(
            "ws://example.com/uat?stage=1",
            "a+b=&c",
            "ไ 1",
            "ws://example.com/uat?stage=1&Auth=a%2Bb%3D%26c&deviceId=%E0%B9%84%201",
        );
    }

    #[test]
    fn what_is_no_socket_origin_is_refused_in_words() {
        for (text, error) in [
            ("nonsense", TargetError::NoUrl("nonsense".into())),
            ("http://example.com", TargetError::Scheme("http".into())),
            ("https://example.com", TargetError::Scheme("https".into())),
            ("ws://user:secret@example.com", TargetError::UserInfo),
        ] {
            assert_eq!(Target::parse(text), Err(error));
        }
    }

    #[test]
    fn the_scheme_tells_the_port_and_whether_there_is_tls() {
        for (text, port, is_tls) in [
            ("ws://example.com/uat", 80, false),
            ("wss://example.com/uat", 443, true),
            ("wss://example.com:8443", 8443, true),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!(target.origin(), Origin { host: "example.com", port, is_tls }, "{text}");
        }
    }

    #[test]
    fn a_target_shows_no_query_and_a_token_shows_nothing() {
        let target = Target::parse("ws://example.com/uat?key=secret").unwrap();
        assert_eq!(target.to_string(), "ws://example.com/uat?[redacted]");
        assert_eq!(format!("{:?}", AccessToken::new("secret".into())), "[redacted]");
    }
}
