//! `--source-ip`: the addresses of this machine that devices connect from.

use std::io;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::ops::RangeInclusive;

use crate::device::{Sources, is_loopback};
use crate::report::grouped;
use crate::run::Outlook;

use super::planning::Outline;
use super::refusal::Refusal;

/// The ports that a system chooses from where it does not tell: Linux's own default.
const USUAL_PORTS: RangeInclusive<u64> = 32_768..=60_999;

/// Where Linux tells which ports it chooses from.
const PORT_RANGE: &str = "/proc/sys/net/ipv4/ip_local_port_range";

/// The addresses that devices connect from, each in turn. Where none is given, and the target is this
/// machine itself, there are as many of loopback as the devices need; elsewhere the system chooses.
///
/// # Errors
/// All that is wrong with those that are given, exit 2; too few of them, exit 3.
pub(super) fn sources(
    given: &[IpAddr],
    outline: &Outline,
    outlook: &Outlook,
) -> Result<Sources, Refusal> {
    let target = outline.endpoint.target.as_ref();
    let host = target.map_or("127.0.0.1", |target| target.host());
    let hop = if outline.endpoint.resolved.proxy.is_some() { Hop::Proxy } else { Hop::Host(host) };
    let mistakes: Vec<_> = given.iter().filter_map(|address| mistake(*address, hop)).collect();
    if !mistakes.is_empty() {
        return Err(Refusal::usage(mistakes.join("\n")));
    }
    choose(given, hop, (outlook.devices_at_once, ports_each()))
        .map_err(|told| Refusal::not_done(&told))
}

/// What devices open their streams to.
#[derive(Clone, Copy, Debug)]
enum Hop<'a> {
    /// The target, by its host as it stands in the URL.
    Host(&'a str),
    /// A proxy, wherever it is.
    Proxy,
}

impl Hop<'_> {
    /// Its address, where it is told by one.
    fn address(self) -> Option<IpAddr> {
        match self {
            Self::Host(host) => host.trim_matches(['[', ']']).parse().ok(),
            Self::Proxy => None,
        }
    }

    /// Whether it is another machine, for certain.
    fn is_remote(self) -> bool {
        matches!(self, Self::Host(host) if !is_loopback(host))
    }

    /// Whether every address of 127.0.0.0/8 leads there.
    fn takes_loopback(self) -> bool {
        match (self, self.address()) {
            (Self::Proxy, _) => false,
            (_, Some(address)) => address.is_ipv4() && address.is_loopback(),
            (Self::Host(host), None) => is_loopback(host),
        }
    }
}

/// What is wrong with an address.
fn mistake(address: IpAddr, hop: Hop<'_>) -> Option<String> {
    let told = |why: String| Some(format!("error: --source-ip {address}: {why}"));
    if address.is_unspecified() {
        return told("give one address of this machine".into());
    }
    if let Err(error) = UdpSocket::bind((address, 0)) {
        return told(match error.kind() {
            io::ErrorKind::AddrNotAvailable => "it is no address of this machine".into(),
            _ => format!("it cannot be used: {error}"),
        });
    }
    match hop.address() {
        Some(to) if to.is_ipv4() != address.is_ipv4() => {
            told(format!("it is {}, and the target {to} is {}", family(address), family(to)))
        }
        _ if address.is_loopback() && hop.is_remote() => {
            told("from it no other machine can be reached".into())
        }
        _ => None,
    }
}

fn family(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "IPv4" } else { "IPv6" }
}

/// The addresses to use of those that are given, or of loopback, for so many streams at once of which
/// each address carries so many.
fn choose(
    given: &[IpAddr],
    hop: Hop<'_>,
    (streams, ports_each): (u64, u64),
) -> Result<Sources, String> {
    let needed = streams.div_ceil(ports_each.max(1)).max(1);
    if needed <= given.len().max(1) as u64 {
        return Ok(Sources::new(given.iter().copied()));
    }
    let loopback =
        (1..).map(|nth| IpAddr::from(Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() - 1 + nth)));
    let loopback: Vec<_> = loopback.take(usize::try_from(needed).unwrap_or(usize::MAX)).collect();
    let is_bound = |address: &IpAddr| UdpSocket::bind((*address, 0)).is_ok();
    if given.is_empty() && hop.takes_loopback() && loopback.last().is_some_and(is_bound) {
        return Ok(Sources::new(loopback));
    }
    let (streams, ports) = (grouped(streams), grouped(ports_each));
    Err(format!(
        "the run needs {streams} connections at once, and one address of this machine has ports for \
         {ports} to the same server: give {needed} of them, each by --source-ip, widen \
         net.ipv4.ip_local_port_range, or ask for fewer devices"
    ))
}

/// How many streams to the same server an address has ports for: three quarters of those that the
/// system chooses from, as some are still held by streams that have just ended.
fn ports_each() -> u64 {
    let range = std::fs::read_to_string(PORT_RANGE).ok().and_then(|text| port_range(&text));
    let range = range.unwrap_or(USUAL_PORTS);
    (range.end() + 1).saturating_sub(*range.start()) * 3 / 4
}

fn port_range(text: &str) -> Option<RangeInclusive<u64>> {
    let mut bounds = text.split_whitespace().map(str::parse);
    Some(bounds.next()?.ok()?..=bounds.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[track_caller]
    fn check(address: &str, hop: Hop<'_>, expected: Option<&str>) {
        let told = mistake(address.parse().unwrap(), hop);
        let expected = expected.map(|why| format!("error: --source-ip {address}: {why}"));
        assert_eq!(told, expected);
    }

    #[test]
    fn an_address_that_leads_nowhere_is_told_before_the_run() {
        check("127.0.0.2", Hop::Host("127.0.0.1"), None);
        check("127.0.0.2", Hop::Host("localhost"), None);
        check("127.0.0.2", Hop::Proxy, None);
        check("192.0.2.1", Hop::Host("a.example.com"), Some("it is no address of this machine"));
        check("0.0.0.0", Hop::Host("127.0.0.1"), Some("give one address of this machine"));
        let families = "it is IPv4, and the target ::1 is IPv6";
        check("127.0.0.2", Hop::Host("[::1]"), Some(families));
        let nowhere = "from it no other machine can be reached";
        check("127.0.0.1", Hop::Host("uat.example.com"), Some(nowhere));
    }

    #[track_caller]
    fn check_chosen(given: &[&str], hop: Hop<'_>, streams: u64, expected: Result<&[&str], &str>) {
        match (choose(&addresses(given), hop, (streams, 20_000)), expected) {
            (Ok(chosen), Ok(expected)) => {
                let expected = Sources::new(addresses(expected));
                assert_eq!(format!("{chosen:?}"), format!("{expected:?}"));
            }
            (Err(told), Err(part)) => assert!(told.contains(part), "{told}"),
            (chosen, _) => panic!("{chosen:?}"),
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn loopback_has_as_many_addresses_as_are_needed() {
        check_chosen(&[], Hop::Host("127.0.0.1"), 20_000, Ok(&[]));
        let three = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
        check_chosen(&[], Hop::Host("127.0.0.1"), 40_001, Ok(&three));
        check_chosen(&[], Hop::Host("localhost"), 40_001, Ok(&three));
    }

    #[test]
    fn too_few_addresses_are_told_with_how_many_it_takes() {
        let hop = Hop::Host("uat.example.com");
        check_chosen(&["192.0.2.1", "192.0.2.2"], hop, 40_000, Ok(&["192.0.2.1", "192.0.2.2"]));
        check_chosen(&[], hop, 40_001, Err("needs 40 001 connections at once"));
        check_chosen(&[], hop, 40_001, Err("ports for 20 000 to the same server: give 3 of them"));
        check_chosen(&["192.0.2.1"], hop, 40_001, Err("give 3 of them"));
        check_chosen(&[], Hop::Host("[::1]"), 40_001, Err("give 3 of them"));
        check_chosen(&[], Hop::Proxy, 40_001, Err("give 3 of them"));
    }

    #[test]
    fn a_range_of_ports_is_two_numbers() {
        assert_eq!(port_range("32768\t60999\n"), Some(USUAL_PORTS));
        assert_eq!(port_range("many"), None);
    }
}
