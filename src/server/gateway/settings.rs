//! What the emulated gateway can be told: every limit and every guess, with where it comes from.
//!
//! It does not know how any of it is done. Start from [`Gateway`]; [`SETTINGS`] is the same as a
//! table.

use std::num::NonZeroU32;
use std::time::Duration;

use super::Basis;
use super::basis::{ACCOUNT, QUOTAS, ROUTES};

/// One thing that can be set.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name on the command line, in kebab case. Unique.
    pub key: &'static str,
    /// What it sets, in a sentence.
    pub title: &'static str,
    /// Where its default comes from.
    pub basis: Basis,
    /// Where its value stands.
    pub place: Place,
}

/// Where a setting's value stands in a [`Gateway`], by its kind.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A number of bytes, tokens or tokens a second.
    Number(fn(&mut Gateway) -> &mut NonZeroU32),
    /// A time, which [`Gateway::faster`] divides.
    Time(fn(&mut Gateway) -> &mut Duration),
    /// On or off.
    Switch(fn(&mut Gateway) -> &mut bool),
    /// A code to close with (RFC 6455 section 7.4); `None` ends a connection without a word.
    Close(fn(&mut Gateway) -> &mut Option<u16>),
    /// An HTTP status of 400 or more.
    Status(fn(&mut Gateway) -> &mut u16),
    /// Every so many; `None`: never.
    Every(fn(&mut Gateway) -> &mut Option<NonZeroU32>),
    /// A text of one character or more.
    Text(fn(&mut Gateway) -> &mut Box<str>),
}

const fn n(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("the defaults are above zero")
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// Makes a struct of the settings, its default, and the table.
macro_rules! settings {
    ($($field:ident $key:literal: $kind:ident($type:ty) = $default:expr, $basis:expr, $title:literal;)*) => {
        /// API Gateway as it is emulated. The default is what AWS documents, and guesses for the rest.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Gateway {
            $(#[doc = $title] pub $field: $type,)*
        }

        impl Default for Gateway {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        /// Every setting, in the order of a connection's life.
        pub static SETTINGS: &[Setting] = &[$(Setting {
            key: $key,
            title: $title,
            basis: $basis,
            place: Place::$kind(|gateway| &mut gateway.$field),
        },)*];
    };
}

settings! {
    connects_per_second "connects-per-second": Number(NonZeroU32) = n(500), QUOTAS,
        "New connections a second, over all clients; one more is refused with 429.";
    connects_burst "connects-burst": Number(NonZeroU32) = n(500),
        Basis::Guess("the rate is documented, a second of it at once is not"),
        "New connections at once, after a pause.";
    url_bytes "url-bytes": Number(NonZeroU32) = n(4096), QUOTAS,
        "The longest path and query of an upgrade, in bytes.";
    url_status "url-status": Status(u16) = 414,
        Basis::Guess("the length is documented, the answer is not"),
        "What an upgrade with a longer one is refused with.";
    connect_fails "connect-fails": Every(Option<NonZeroU32>) = None, Basis::Fault,
        "Every so many upgrades, the service's part of connecting fails.";
    connect_failed_status "connect-failed-status": Status(u16) = 502,
        Basis::Seen("https://github.com/serverless/serverless-websockets-plugin/issues/13"),
        "What an upgrade is refused with whose connecting fails, or takes longer than `integration-timeout`; 500 is seen as well.";
    frame_bytes "frame-bytes": Number(NonZeroU32) = n(32 * 1024), QUOTAS,
        "The largest frame of a client, in bytes; a larger one closes the connection with 1009.";
    message_bytes "message-bytes": Number(NonZeroU32) = n(128 * 1024), QUOTAS,
        "The largest message, in bytes; a larger one of a client closes the connection with 1009.";
    requests_per_second "requests-per-second": Number(NonZeroU32) = n(10_000), ACCOUNT,
        "Tokens a second of the account's bucket; each message of a client takes one.";
    burst "burst": Number(NonZeroU32) = n(5_000), ACCOUNT,
        "Tokens that the bucket holds.";
    throttled_message "throttled-message": Text(Box<str>) = "Too Many Requests".into(),
        Basis::Guess("no page and no thread has it; it is what HTTP says of 429"),
        "What is said to a message that finds no token.";
    events_spend "events-spend": Switch(bool) = true, ACCOUNT,
        "Whether each event and acknowledgment takes a token for each connection that it goes to.";
    replies_spend "replies-spend": Switch(bool) = false,
        Basis::Guess("an answer that is a route's response takes none, one sent through the callback API does"),
        "Whether each answer takes a token as well.";
    event_patience "event-patience": Time(Duration) = Duration::from_secs(1),
        Basis::Guess("as long as AWS's own clients try again, about"),
        "How long the service tries to send what finds no token; then it is lost.";
    integration_timeout "integration-timeout": Time(Duration) = Duration::from_secs(29), QUOTAS,
        "How long the service may take over a message or a connect. A message is then answered with `Endpoint request timed out`, and the service's own answer is lost; what it did is done.";
    integration_fails "integration-fails": Every(Option<NonZeroU32>) = None, Basis::Fault,
        "Every so many messages, the service fails before it does anything: `Internal server error`.";
    default_route "default-route": Switch(bool) = true, ROUTES,
        "Whether messages whose `action` is not `api`, JSON or not, go to the service, which is an API's choice; else they are answered with `Forbidden`.";
    request_model "request-model": Switch(bool) = false, ROUTES,
        "Whether messages of the route `api` are held to a model, which is an API's choice: those without `data.route`, a string, are answered with `Bad request body`.";
    buffer_bytes "buffer-bytes": Number(NonZeroU32) = n(1024 * 1024),
        Basis::Guess("that there is a bound is documented, how much it is is not"),
        "Bytes that wait for a client to read them.";
    slow_reader_stays "slow-reader-stays": Switch(bool) = true,
        Basis::Guess("the service is told 429 of a full buffer; what becomes of the client, nobody says"),
        "Whether a client that does not read stays, and what finds no room in its buffer is lost; else it is cut off.";
    idle "idle": Time(Duration) = minutes(10), QUOTAS,
        "How long a connection lives over which nothing passes.";
    events_reset_idle "events-reset-idle": Switch(bool) = true,
        Basis::Seen("https://hotsock.io/docs/connections/keep-alive"),
        "Whether messages of the service count as something; those of a client do.";
    pings_reset_idle "pings-reset-idle": Switch(bool) = false,
        Basis::Guess("clients that keep connections alive send messages"),
        "Whether control pings of a client count as something.";
    idle_close "idle-close": Close(Option<u16>) = Some(1001),
        Basis::Guess("it is what serverless-offline does; clients are told to expect 1001 or none"),
        "What an idle connection is closed with.";
    lifetime "lifetime": Time(Duration) = minutes(120), QUOTAS,
        "How long a connection lives, whatever passes over it.";
    lifetime_close "lifetime-close": Close(Option<u16>) = Some(1001),
        Basis::Guess("as for idle ones; a cut at two hours is said to look different"),
        "What a connection is closed with at the end of its lifetime.";
}

impl Gateway {
    /// The same with every time of it divided. Rates stay as they are.
    #[must_use]
    pub fn faster(mut self, clock: NonZeroU32) -> Self {
        for setting in SETTINGS {
            if let Place::Time(of) = setting.place {
                *of(&mut self) /= clock.get();
            }
        }
        self
    }
}

impl Setting {
    /// The setting of this name.
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Its default, as it is written on the command line.
    pub fn default_text(&self) -> String {
        let mut gateway = Gateway::default();
        let or = |text: Option<String>, none: &str| text.unwrap_or_else(|| none.to_owned());
        match self.place {
            Place::Number(of) => of(&mut gateway).to_string(),
            Place::Time(of) => written(*of(&mut gateway)),
            Place::Switch(of) => if *of(&mut gateway) { "on" } else { "off" }.to_owned(),
            Place::Close(of) => or(of(&mut gateway).map(|code| code.to_string()), "none"),
            Place::Status(of) => of(&mut gateway).to_string(),
            Place::Every(of) => or(of(&mut gateway).map(|count| count.to_string()), "never"),
            Place::Text(of) => of(&mut gateway).to_string(),
        }
    }
}

/// A whole number of the largest unit that it has one of.
fn written(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, expected: &str) {
        let setting = Setting::find(key).expect("it is a setting");
        assert_eq!(setting.default_text(), expected, "{key}");
    }

    #[test]
    fn defaults_are_told_as_they_are_written() {
        check("frame-bytes", "32768");
        check("message-bytes", "131072");
        check("idle", "10m");
        check("lifetime", "2h");
        check("integration-timeout", "29s");
        check("idle-close", "1001");
        check("connect-fails", "never");
        check("default-route", "on");
        check("throttled-message", "Too Many Requests");
    }

    #[test]
    fn every_key_is_there_once_and_in_kebab_case() {
        for setting in SETTINGS {
            let of_name = SETTINGS.iter().filter(|other| other.key == setting.key);
            assert_eq!(of_name.count(), 1, "{}", setting.key);
            let is_kebab = |letter: char| letter.is_ascii_lowercase() || letter == '-';
            assert!(setting.key.chars().all(is_kebab), "{}", setting.key);
        }
    }

    #[test]
    fn a_faster_clock_divides_every_time_and_nothing_else() {
        let faster = Gateway::default().faster(n(60));
        let expected = Gateway {
            idle: Duration::from_secs(10),
            lifetime: minutes(2),
            integration_timeout: Duration::from_secs(29) / 60,
            event_patience: Duration::from_secs(1) / 60,
            ..Gateway::default()
        };
        assert_eq!(faster, expected);
    }
}
