//! Which hosts are this machine itself.

use std::net::IpAddr;

/// A host of a URL without the brackets that an IPv6 address has there.
pub(super) fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Whether a host is this machine itself.
pub fn is_loopback(host: &str) -> bool {
    let bare = bare(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
