//! Loads as a person reads them.

use super::By;

impl By {
    /// A load with its unit: `120/s`, `1 device`, `48 devices`.
    pub fn told(self, load: f64) -> String {
        match self {
            Self::Rate => format!("{load}/s"),
            Self::Devices if is_one(load) => "1 device".to_owned(),
            Self::Devices => format!("{load} devices"),
        }
    }

    /// A load that nobody tried, as closely as it is known: three digits, or a whole number of devices.
    pub fn about(self, load: f64) -> String {
        self.told(match self {
            Self::Rate => significant(load, 3),
            Self::Devices => load.round(),
        })
    }

    /// `120/s are carried`, `1 device is carried`.
    pub(super) fn carried(self, load: f64) -> String {
        let verb = if is_one(load) { "is" } else { "are" };
        format!("{} {verb} carried", self.told(load))
    }
}

/// A number cut to so many digits.
pub(super) fn significant(value: f64, digits: usize) -> f64 {
    let behind_the_first = digits.saturating_sub(1);
    format!("{value:.behind_the_first$e}").parse().unwrap_or(value)
}

fn is_one(load: f64) -> bool {
    (load - 1.0).abs() < f64::EPSILON
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_told_with_its_unit() {
        for (told, expected) in [
            (By::Rate.told(15.85), "15.85/s"),
            (By::Rate.told(1000.0), "1000/s"),
            (By::Rate.about(123.456), "123/s"),
            (By::Devices.told(1.0), "1 device"),
            (By::Devices.told(48.0), "48 devices"),
            (By::Devices.about(47.6), "48 devices"),
            (By::Rate.carried(1.0), "1/s is carried"),
            (By::Devices.carried(2.0), "2 devices are carried"),
        ] {
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn digits_are_counted_from_the_first_that_says_something() {
        for (value, digits, expected) in [
            (1234.5, 3, 1230.0),
            (0.012_345, 3, 0.0123),
            (-99.96, 3, -100.0),
            (0.0, 3, 0.0),
            (5.0, 0, 5.0),
        ] {
            let cut = significant(value, digits);
            assert!((cut - expected).abs() < 1e-12, "{value} to {digits} digits is {cut}");
        }
        assert!(significant(f64::NAN, 3).is_nan());
    }
}
