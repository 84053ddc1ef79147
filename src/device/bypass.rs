//! Which hosts are spoken to past a proxy: the text of `NO_PROXY`.

use std::net::IpAddr;

use super::host::bare;

/// Hosts that no proxy is used for; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bypass(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    hosts: Hosts,
    /// Every port where there is none.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// A name and all below it; with a dot before it, only those below.
    Name(String),
    /// Addresses whose first bits are these.
    Network(IpAddr, u32),
}

impl Bypass {
    /// Reads names, addresses and networks, commas or blanks between them: `example.com` (and every
    /// name below it), `.example.com` (only those), `10.0.0.7`, `10.0.0.0/8`, each with a `:PORT` or
    /// without, or `*`. What is none of these fits no host, as elsewhere.
    pub fn parse(text: &str) -> Self {
        let parts = text.split(|letter: char| letter == ',' || letter.is_whitespace());
        Self(parts.filter(|part| !part.is_empty()).map(Entry::parse).collect())
    }

    /// Whether this host is spoken to past the proxy.
    pub(super) fn has(&self, host: &str, port: u16) -> bool {
        let host = bare(host).trim_end_matches('.').to_ascii_lowercase();
        let mut entries = self.0.iter();
        entries.any(|entry| entry.port.is_none_or(|one| one == port) && entry.hosts.have(&host))
    }
}

impl Entry {
    fn parse(text: &str) -> Self {
        let hosts = Hosts::parse(text);
        let with_port = text.rsplit_once(':').filter(|_| matches!(hosts, Hosts::Name(_)));
        let with_port = with_port.and_then(|(host, port)| Some((host, port.parse().ok()?)));
        match with_port {
            Some((host, port)) => Self { hosts: Hosts::parse(host), port: Some(port) },
            None => Self { hosts, port: None },
        }
    }
}

impl Hosts {
    fn parse(text: &str) -> Self {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, bits.parse().ok()),
            None => (text, Some(u128::BITS)),
        };
        match (bare(address).parse(), bits) {
            _ if text == "*" => Self::All,
            (Ok(address), Some(bits)) => Self::Network(address, bits),
            _ => Self::Name(text.trim_start_matches('*').to_ascii_lowercase()),
        }
    }

    fn have(&self, host: &str) -> bool {
        match self {
            Self::All => true,
            Self::Name(name) => {
                let below = host.strip_suffix(name.as_str());
                below.is_some_and(|rest| rest.is_empty() || ends_a_label(rest, name))
            }
            Self::Network(network, bits) => {
                host.parse().is_ok_and(|host| has_prefix(host, *network, *bits))
            }
        }
    }
}

/// Whether `name` begins a label of the host that has `rest` before it.
fn ends_a_label(rest: &str, name: &str) -> bool {
    rest.ends_with('.') || name.starts_with('.')
}

fn has_prefix(host: IpAddr, network: IpAddr, bits: u32) -> bool {
    let (host, network, width) = match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) => {
            (host.to_bits().into(), network.to_bits().into(), 32)
        }
        (IpAddr::V6(host), IpAddr::V6(network)) => (host.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let differing: u128 = host ^ network;
    differing.checked_shr(width - bits.min(width)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, past_it: &[(&str, u16)], through_it: &[(&str, u16)]) {
        let bypass = Bypass::parse(text);
        for (host, port) in past_it {
            assert!(bypass.has(host, *port), "{text:?}: {host}:{port} goes through the proxy");
        }
        for (host, port) in through_it {
            assert!(!bypass.has(host, *port), "{text:?}: {host}:{port} goes past the proxy");
        }
    }

    #[test]
    fn names_stand_for_themselves_and_what_is_below() {
        let below = [("uat.example.com", 443), ("a.uat.Example.com", 80)];
        check("example.com", &below, &[("badexample.com", 443), ("example.com.evil.net", 443)]);
        check("example.com", &[("example.com", 443), ("EXAMPLE.com.", 443)], &[]);
        for text in [".example.com", "*.example.com"] {
            check(text, &below, &[("example.com", 443), ("badexample.com", 443)]);
        }
    }

    #[test]
    fn addresses_and_networks_are_compared_as_such() {
        check("10.0.0.7", &[("10.0.0.7", 1)], &[("10.0.0.70", 1), ("10.0.0.7.example.com", 1)]);
        check("10.0.0.0/8", &[("10.255.3.4", 1)], &[("11.0.0.1", 1), ("[::1]", 1), ("ten", 1)]);
        check("0.0.0.0/0", &[("192.0.2.1", 1)], &[("2001:db8::1", 1)]);
        check("2001:db8::/32", &[("[2001:db8:1::9]", 1)], &[("[2001:db9::1]", 1)]);
        check("[::1]", &[("::1", 1)], &[("::2", 1)]);
        check("10.0.0.0/33", &[("10.0.0.0", 1)], &[("10.0.0.1", 1)]);
    }

    #[test]
    fn a_port_narrows_an_entry() {
        check("example.com:8443", &[("example.com", 8443)], &[("example.com", 443)]);
        check("10.0.0.7:80", &[("10.0.0.7", 80)], &[("10.0.0.7", 81)]);
        check("[2001:db8::1]:80", &[("[2001:db8::1]", 80)], &[("[2001:db8::1]", 81)]);
    }

    #[test]
    fn lists_are_read_with_commas_or_blanks() {
        let all = [("a.example", 1), ("b.example", 1), ("10.0.0.7", 1)];
        check("a.example, b.example 10.0.0.7,", &all, &[("c.example", 1)]);
        check("*", &all, &[]);
        for text in ["", " ,", "10.0.0.0/x", "::/"] {
            check(text, &[], &all);
        }
    }
}
