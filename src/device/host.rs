//! Which hosts may be spoken to.
//!
//! Names are compared, never looked up: a name that leads to this machine is not this machine.

use std::net::{IpAddr, Ipv6Addr};

use url::Host;

/// Why a text names no host that can be allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// A pattern.
    #[error("hosts are allowed one by one, each by its whole name: `{0}` would allow many")]
    Wildcard(String),
    /// A URL, or a name with a port or path.
    #[error("a host is given by its name alone, without scheme, port or path: `{0}`{1}")]
    NotAlone(String, String),
    /// No name or address at all.
    #[error("`{0}` is no host name or address")]
    NoHost(String),
}

/// The host that a text names, as it is compared: lower case, ASCII, without a dot at its end.
///
/// # Errors
/// Anything but one name or address; the message says how to mend it.
pub fn allowed_host(text: &str) -> Result<String, HostError> {
    if text.contains('*') {
        return Err(HostError::Wildcard(text.to_owned()));
    }
    if let Some(host) = normal(text) {
        return Ok(plain(&host));
    }
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = url::Url::parse(&url).ok();
    let meant = url.and_then(|url| url.host_str().and_then(normal));
    let bare_text = text.split(['?', '#', '@']).next().unwrap_or_default().to_owned();
    match meant {
        Some(host) if text.contains(['/', ':']) => {
            Err(HostError::NotAlone(bare_text, format!("; give {}", plain(&host))))
        }
        _ => Err(HostError::NoHost(bare_text)),
    }
}

/// A host of a URL without the brackets that an IPv6 address has there.
pub(super) fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Whether a host is this machine itself, by an address or the name `localhost`.
pub fn is_loopback(host: &str) -> bool {
    match normal(host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a host is this machine itself, or allowed by name.
pub fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let known = normal(host);
    let is_named = || allowed.iter().any(|name| normal(name) == known);
    is_loopback(host) || (known.is_some() && is_named())
}

/// A host in its one spelling: letter case, IDN, numbers for addresses, brackets, and the dot of the
/// root make no difference.
fn normal(host: &str) -> Option<Host> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let parsed = match host.parse::<Ipv6Addr>() {
        Ok(address) => Host::Ipv6(address),
        Err(_) => Host::parse(host).ok()?,
    };
    Some(match parsed {
        Host::Ipv6(address) => match IpAddr::V6(address).to_canonical() {
            IpAddr::V4(address) => Host::Ipv4(address),
            IpAddr::V6(address) => Host::Ipv6(address),
        },
        Host::Domain(name) if name.is_empty() => return None,
        other => other,
    })
}

fn plain(host: &Host) -> String {
    match host {
        Host::Ipv6(address) => address.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, expected: bool) {
        let allowed = ["uat.example.com", "xn--bcher-kva.example", "2001:db8::1", "10.0.0.7"];
        assert_eq!(is_allowed(host, &allowed.map(str::to_owned)), expected, "{host}");
    }

    #[test]
    fn loopback_is_always_allowed() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "127.0.0.1",
            "127.8.9.10",
            "[::1]",
            "::1",
            "2130706433",
            "0x7f.1",
            "[::ffff:127.0.0.1]",
        ] {
            check(host, true);
        }
    }

    #[test]
    fn names_and_addresses_that_may_lead_to_this_machine_are_not_loopback() {
        for host in [
            "localhost.example.com",
            "localhost.localdomain",
            "127.0.0.1.example",
            "0.0.0.0",
            "[::]",
            "0",
            "",
            ".",
        ] {
            check(host, false);
        }
    }

    #[test]
    fn other_hosts_are_allowed_by_their_whole_name_however_it_is_spelt() {
        for host in [
            "uat.example.com",
            "UAT.Example.com",
            "uat.example.com.",
            "bücher.example",
            "[2001:DB8:0::1]",
            "10.0.0.7",
            "167772167",
        ] {
            check(host, true);
        }
        for host in [
            "example.com",
            "uat.example.com.evil.example",
            "evil-uat.example.com",
            "uat.example.com..",
            "10.0.0.1",
            "2001:db8::2",
        ] {
            check(host, false);
        }
    }

    #[test]
    fn what_is_no_plain_host_is_not_allowed_by_mistake() {
        for (text, says) in [
            ("*", "one by one"),
            ("*.example.com", "one by one"),
            ("wss://uat.example.com/uat?Auth=secret", "give uat.example.com"),
            ("uat.example.com:443", "give uat.example.com"),
            ("uat.example.com/uat", "give uat.example.com"),
            ("", "no host"),
            ("a b", "no host"),
        ] {
            let error = allowed_host(text).expect_err(text).to_string();
            assert!(error.contains(says), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        for (text, host) in
            [("UAT.example.com.", "uat.example.com"), ("[2001:db8::1]", "2001:db8::1")]
        {
            assert_eq!(allowed_host(text).as_deref(), Ok(host));
        }
    }
}
