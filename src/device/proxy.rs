//! Proxies that streams go through by HTTP CONNECT (RFC 9110 section 9.3.6).

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use url::{Position, Url};

use crate::protocol::Secrets;

use super::bypass::Bypass;
use super::error::{DialError, ProxyError};
use super::host::is_loopback;
use super::network::tcp;
use super::source::Sources;
use super::transport::Origin;

/// Which proxy a stream goes through; none by default.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// For every stream, those to this machine itself too: somebody asked for it.
    pub always: Option<Proxy>,
    /// Else for streams with TLS to other machines, as `HTTPS_PROXY` has it.
    pub tls: Option<Proxy>,
    /// Else for streams without TLS to other machines, as `HTTP_PROXY` has it.
    pub plain: Option<Proxy>,
    /// Other machines that none of them is used for, as `NO_PROXY` has it.
    pub except: Bypass,
}

/// One proxy. It shows no name and no password.
#[derive(Clone)]
pub struct Proxy {
    host: String,
    port: u16,
    credentials: Option<Credentials>,
}

#[derive(Clone)]
struct Credentials {
    password: SecretString,
    /// The password as it stands in the URL.
    encoded: SecretString,
    /// Name and password in base64 (RFC 7617).
    basic: SecretString,
}

/// Why a text is no proxy's URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyUrlError {
    /// No URL, or one with more than host, port and credentials.
    #[error("write a proxy like http://HOST:PORT or http://USER:PASSWORD@HOST:PORT")]
    Shape,
    /// A proxy of another kind.
    #[error("{0}:// proxies are not supported: deskbell goes through http:// proxies, by CONNECT")]
    Scheme(String),
}

/// The largest head of a proxy's answer, in bytes.
const HEAD_BYTES: usize = 16 * 1024;

impl Proxies {
    /// The proxy for a stream.
    pub(super) fn proxy_for(&self, origin: Origin<'_>) -> Option<&Proxy> {
        if is_loopback(origin.host) {
            return self.always.as_ref();
        }
        let usual = if origin.is_tls { &self.tls } else { &self.plain };
        let proxy = self.always.as_ref().or(usual.as_ref())?;
        (!self.except.has(origin.host, origin.port)).then_some(proxy)
    }

    /// Adds every password to the secrets in use.
    pub(super) fn tell_secrets(&self, secrets: &Secrets) {
        let proxies = [&self.always, &self.tls, &self.plain].into_iter().flatten();
        for known in proxies.filter_map(|proxy| proxy.credentials.as_ref()) {
            for secret in [&known.password, &known.encoded, &known.basic] {
                secrets.add(secret.expose_secret());
            }
        }
    }
}

impl Proxy {
    /// Reads `[http://][USER:PASSWORD@]HOST[:PORT]`; name and password are percent-decoded.
    ///
    /// # Errors
    /// Anything else. The error shows no part of the text but its scheme.
    pub fn parse(text: &str) -> Result<Self, ProxyUrlError> {
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&whole).map_err(|_| ProxyUrlError::Shape)?;
        if url.scheme() != "http" {
            return Err(ProxyUrlError::Scheme(url.scheme().to_owned()));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(ProxyUrlError::Shape)?;
        if !matches!(&url[Position::BeforePath..], "" | "/") {
            return Err(ProxyUrlError::Shape);
        }
        Ok(Self {
            host: host.to_owned(),
            port: url.port_or_known_default().unwrap_or(80),
            credentials: Credentials::of(&url),
        })
    }

    /// A stream to `origin` through the proxy.
    pub(super) async fn tunnel(
        &self,
        origin: Origin<'_>,
        sources: &Sources,
    ) -> Result<TcpStream, DialError> {
        let unreachable = |why| ProxyError::Unreachable(self.to_string().into(), Box::new(why));
        let stream = tcp((&self.host, self.port), sources).await.map_err(unreachable)?;
        Ok(self.ask(stream, origin).await?)
    }

    async fn ask(&self, stream: TcpStream, origin: Origin<'_>) -> Result<TcpStream, ProxyError> {
        let invalid = |_| ProxyError::Invalid(self.to_string().into());
        let (mut sender, mut connection) = http1::Builder::new()
            .max_buf_size(HEAD_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(invalid)?;
        let mut answer = pin!(sender.send_request(self.request(origin)?));
        let mut ending = poll_fn(|cx| connection.poll_without_shutdown(cx));
        let mut has_ended = false;
        let answer = tokio::select! {
            biased;
            answer = &mut answer => answer,
            // The tunnel is open: HTTP ends at once, and its last answer has come.
            ended = &mut ending => {
                has_ended = true;
                ended.map_err(invalid)?;
                answer.await
            }
        };
        let status = answer.map_err(invalid)?.status();
        match status {
            StatusCode::PROXY_AUTHENTICATION_REQUIRED | StatusCode::UNAUTHORIZED => {
                let (proxy, status) = (self.to_string().into(), status.as_u16());
                let were_given = self.credentials.is_some();
                return Err(ProxyError::Credentials { proxy, status, were_given });
            }
            status if !status.is_success() => {
                return Err(ProxyError::Refused(self.to_string().into(), status.as_u16()));
            }
            _ if has_ended => {}
            _ => ending.await.map_err(invalid)?,
        }
        let parts = connection.into_parts();
        // Neither TLS nor HTTP is begun by the server: what came early is the proxy's.
        if parts.read_buf.is_empty() { Ok(parts.io.into_inner()) } else { Err(self.invalid()) }
    }

    fn request(&self, origin: Origin<'_>) -> Result<Request<Empty<Bytes>>, ProxyError> {
        let authority = format!("{}:{}", origin.host, origin.port);
        let mut request = Request::connect(&authority).header(HOST, &authority);
        if let Some(credentials) = &self.credentials {
            let basic = format!("Basic {}", credentials.basic.expose_secret());
            let mut basic = HeaderValue::try_from(basic).map_err(|_| self.invalid())?;
            basic.set_sensitive(true);
            request = request.header(PROXY_AUTHORIZATION, basic);
        }
        request.body(Empty::new()).map_err(|_| self.invalid())
    }

    fn invalid(&self) -> ProxyError {
        ProxyError::Invalid(self.to_string().into())
    }
}

impl Credentials {
    fn of(url: &Url) -> Option<Self> {
        let encoded = url.password().unwrap_or_default();
        if url.username().is_empty() && encoded.is_empty() {
            return None;
        }
        let name: Vec<u8> = percent_decode_str(url.username()).collect();
        let password: Vec<u8> = percent_decode_str(encoded).collect();
        let basic = BASE64_STANDARD.encode([&name[..], b":", &password[..]].concat());
        let password = String::from_utf8_lossy(&password).into_owned();
        Some(Self { password: password.into(), encoded: encoded.into(), basic: basic.into() })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = self.credentials.as_ref().map_or("", |_| "[redacted]@");
        write!(f, "http://{credentials}{self}")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use proptest::sample::select;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::runtime::Builder;

    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str, basic: Option<&str>) {
        let proxy = Proxy::parse(text).unwrap();
        assert_eq!(format!("{proxy:?}"), shown);
        let known = proxy.credentials.as_ref().map(|known| known.basic.expose_secret());
        assert_eq!(known, basic);
    }

    #[test]
    fn a_proxy_shows_no_name_and_no_password() {
        check("http://proxy.example.com:3128", "http://proxy.example.com:3128", None);
        check("proxy.example.com:3128", "http://proxy.example.com:3128", None);
        check("http://[::1]/", "http://[::1]:80", None);
        check("http://u:p%40%3A@p.example:1", "http://[redacted]@p.example:1", Some("dTpwQDo="));
        check("u@p.example:1", "http://[redacted]@p.example:1", Some("dTo="));
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_a_word_of_it() {
        for text in ["http://", "http://u:secret@p:1/path", "http://p:1?secret", "u:secret@ :1", ""]
        {
            assert_eq!(Proxy::parse(text).unwrap_err(), ProxyUrlError::Shape, "{text}");
        }
        let socks = ProxyUrlError::Scheme("socks5".into());
        assert_eq!(Proxy::parse("socks5://u:secret@p:1").unwrap_err(), socks);
    }

    #[test]
    fn every_form_of_a_password_becomes_known() {
        let always = Some(Proxy::parse("http://u:p%40ssword-of-u@p.example:1").unwrap());
        let (proxies, secrets) = (Proxies { always, ..Proxies::default() }, Secrets::default());
        proxies.tell_secrets(&secrets);
        for known in ["p@ssword-of-u", "p%40ssword-of-u", "dTpwQHNzd29yZC1vZi11"] {
            assert!(secrets.find(known.as_bytes()).is_some(), "{known}");
        }
    }

    #[track_caller]
    fn check_route(proxies: &Proxies, url: &str, expected: Option<&str>) {
        let url = Url::parse(url).unwrap();
        let proxy = proxies.proxy_for(Origin::of(&url));
        assert_eq!(proxy.map(ToString::to_string).as_deref(), expected, "{url}");
    }

    #[test]
    fn an_environment_spares_this_machine_and_an_option_does_not() {
        let proxy = |name: &str| Some(Proxy::parse(&format!("{name}:1")).unwrap());
        let except = Bypass::parse("past.example, 127.0.0.1");
        let usual = Proxies { tls: proxy("tls"), plain: proxy("plain"), always: None, except };
        check_route(&usual, "wss://uat.example.com/uat", Some("tls:1"));
        check_route(&usual, "https://uat.example.com/put", Some("tls:1"));
        check_route(&usual, "ws://uat.example.com/uat", Some("plain:1"));
        for spared in ["wss://past.example", "wss://localhost", "ws://127.0.0.1:80", "wss://[::1]"]
        {
            check_route(&usual, spared, None);
        }
        let always = Proxies { always: proxy("always"), ..usual };
        check_route(&always, "ws://127.0.0.1:80", Some("always:1"));
        check_route(&always, "wss://uat.example.com", Some("always:1"));
        check_route(&always, "wss://past.example", None);
        check_route(&Proxies::default(), "wss://uat.example.com", None);
    }

    /// What a proxy's answers are made of.
    const PIECES: [&str; 14] = [
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.0 200\r\n",
        "HTTP/1.1 407 hunter2\r\n",
        "HTTP/1.1 101 Other\r\n",
        "HTTP/1.1 999 \r\n",
        "HTTP/2 200\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: -1\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "\r\n",
        "\n",
        "\0",
        "hello",
    ];

    /// Asks a proxy that answers this and drops the stream; why there is none.
    fn asked(answer: &[u8]) -> Option<ProxyError> {
        let ask = async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (mut peer, _) = listener.accept().await.unwrap();
            let proxy = Proxy::parse("http://u:hunter2@proxy.example.com:1").unwrap();
            let origin = Origin { host: "uat.example.com", port: 443, is_tls: true };
            let answering = async {
                let mut request = [0; 1024];
                let _ = peer.read(&mut request).await;
                let _ = peer.write_all(answer).await;
                drop(peer);
            };
            tokio::join!(proxy.ask(stream, origin), answering).0.err()
        };
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(60), ask).await })
            .unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn whatever_a_proxy_answers_is_a_tunnel_or_an_error_without_secrets(
            first in select(&PIECES[..]),
            pieces in proptest::collection::vec(select(&PIECES[..]), 0..8),
            (repeated, times) in (select(&PIECES[..]), select(&[0_usize, 1, 3000][..])),
        ) {
            let answer = [first, &pieces.concat(), &repeated.repeat(times)].concat();
            if let Some(error) = asked(answer.as_bytes()) {
                let told = error.to_string();
                prop_assert!(!told.contains("hunter2") && told.len() < 1000, "{}", told);
            }
        }
    }
}
