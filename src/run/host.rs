//! Which hosts may be spoken to.

use crate::device::is_loopback;

/// Whether a host is this machine itself, or allowed by name.
pub fn is_allowed(host: &str, allowed: &[String]) -> bool {
    is_loopback(host) || allowed.iter().any(|name| name.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, expected: bool) {
        assert_eq!(is_allowed(host, &["uat.example.com".to_owned()]), expected, "{host}");
    }

    #[test]
    fn loopback_is_always_allowed() {
        for host in ["localhost", "127.0.0.1", "127.8.9.10", "[::1]", "::1"] {
            check(host, true);
        }
    }

    #[test]
    fn other_hosts_are_allowed_by_their_whole_name() {
        check("UAT.example.com", true);
        for host in ["example.com", "uat.example.com.evil.example", "10.0.0.1", "127.0.0.1.example"]
        {
            check(host, false);
        }
    }
}
