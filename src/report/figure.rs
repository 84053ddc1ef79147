//! Numbers as a person reads them.

use std::time::Duration;

/// A count in groups of three: `1 000`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A duration in two or three digits: `412 us`, `1.2 ms`, `84 ms`, `12.3 s`, `2 min 5 s`.
pub fn brief(duration: Duration) -> String {
    let us = duration.as_micros();
    let ms = duration.as_secs_f64() * 1e3;
    let s = duration.as_secs();
    match us {
        0..1_000 => format!("{us} us"),
        1_000..9_950 => format!("{ms:.1} ms"),
        9_950..999_500 => format!("{ms:.0} ms"),
        999_500..60_000_000 => format!("{:.1} s", ms / 1e3),
        60_000_000..3_600_000_000 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3600, s / 60 % 60),
    }
}

/// A latency in three digits, for two that stand side by side: `412 us`, `1.24 ms`, `84.4 ms`, `12.3 s`.
pub(super) fn precise(us: f64) -> String {
    let [ms, s] = [us / 1e3, us / 1e6];
    match us {
        _ if us < 999.5 => format!("{us:.0} us"),
        _ if us < 9_995.0 => format!("{ms:.2} ms"),
        _ if us < 99_950.0 => format!("{ms:.1} ms"),
        _ if us < 999_500.0 => format!("{ms:.0} ms"),
        _ if us < 9_995_000.0 => format!("{s:.2} s"),
        _ if us < 60_000_000.0 => format!("{s:.1} s"),
        _ => Duration::try_from_secs_f64(s).map_or_else(|_| "endless".to_owned(), brief),
    }
}

/// A number of bytes in two or three digits: `512 B`, `1.2 kB`, `84 MB`, `25.8 GB`.
pub(super) fn bytes(count: u64) -> String {
    let decimals = |of: f64| usize::from(of < 99.95);
    let told = |unit: &str, of: u64| {
        let value = count as f64 / of as f64;
        format!("{value:.0$} {unit}", decimals(value))
    };
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => told("kB", 1_000),
        1_000_000..1_000_000_000 => told("MB", 1_000_000),
        _ => told("GB", 1_000_000_000),
    }
}

/// `1 device`, `2 devices`.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(us: u64, expected: &str) {
        assert_eq!(brief(Duration::from_micros(us)), expected);
    }

    #[test]
    fn a_duration_is_told_in_its_own_unit() {
        check(0, "0 us");
        check(999, "999 us");
        check(1_249, "1.2 ms");
        check(9_949, "9.9 ms");
        check(9_950, "10 ms");
        check(84_400, "84 ms");
        check(999_499, "999 ms");
        check(999_500, "1.0 s");
        check(12_340_000, "12.3 s");
        check(125_000_000, "2 min 5 s");
        check(7_500_000_000, "2 h 5 min");
    }

    #[test]
    fn a_latency_beside_another_has_three_digits() {
        for (us, expected) in [
            (0.4, "0 us"),
            (999.4, "999 us"),
            (999.6, "1.00 ms"),
            (1_249.0, "1.25 ms"),
            (9_996.0, "10.0 ms"),
            (84_400.0, "84.4 ms"),
            (99_960.0, "100 ms"),
            (999_600.0, "1.00 s"),
            (12_340_000.0, "12.3 s"),
            (125_000_000.0, "2 min 5 s"),
            (f64::INFINITY, "endless"),
            (f64::NAN, "endless"),
        ] {
            assert_eq!(precise(us), expected);
        }
    }

    #[test]
    fn bytes_are_told_in_their_own_unit() {
        for (count, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_234, "1.2 kB"),
            (345_678, "346 kB"),
            (52_428_800, "52.4 MB"),
            (25_769_803_776, "25.8 GB"),
        ] {
            assert_eq!(bytes(count), expected);
        }
    }

    #[test]
    fn a_count_is_grouped_by_thousands() {
        for (count, expected) in
            [(0, "0"), (999, "999"), (1_000, "1 000"), (1_234_567, "1 234 567")]
        {
            assert_eq!(grouped(count), expected);
        }
        assert_eq!(counted(1, "device"), "1 device");
        assert_eq!(counted(15_000, "device"), "15 000 devices");
    }
}
