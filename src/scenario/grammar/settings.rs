//! Limits and habits of a run.

use super::{Key, Kind, Map, Word, optional};

/// A setting that is a time limit.
const fn limit(name: &'static str, doc: &'static str, example: &'static str) -> Key {
    optional(name, Kind::Duration { zero: false }, doc, example)
}

/// `settings:`
pub(in crate::scenario) static SETTINGS: Map =
    Map { name: "`settings`", keys: &[LIMITS, CONNECTIONS, HABITS], later: &[] };

const LIMITS: &[Key] = &[
    limit("response_timeout", "How long a request may stay unanswered.", "30s"),
    limit("connect_timeout", "How long a connect may take.", "30s"),
    limit(
        "delivery_timeout",
        "How long an event may take, and what `await` waits by default.",
        "5s",
    ),
    limit("ack_timeout", "How long a connection's acknowledgment may take.", "5s"),
    limit("clock_tolerance", "How far the server's clock may be off ours.", "30s"),
    optional(
        "grace",
        Kind::Duration { zero: true },
        "How long flows may take to finish once their load is over or the run is stopped.",
        "30s",
    ),
    limit("ping_every", "How often a device pings its open session.", "30s"),
];

const CONNECTIONS: &[Key] = &[
    limit(
        "idle_timeout",
        "After how long without a frame the endpoint may close a connection.",
        "10m",
    ),
    limit("lifetime", "After how long the endpoint may close any connection.", "2h"),
    optional(
        "close_codes",
        Kind::List(&Kind::Count { least: 1000, most: 4999 }),
        "The codes that it may close them with.",
        "[1001, 1006]",
    ),
    optional(
        "reconnect",
        Kind::Backoff,
        "How long a device that lost its connection waits before it connects again: up to the shortest, doubled with each try up to the longest; or that it never does.",
        "500ms..30s",
    ),
    optional(
        "retries",
        Kind::Count { least: 0, most: 100 },
        "How often a request is made again that was cut off with its connection, where `reconnect` opens another.",
        "3",
    ),
];

const HABITS: &[Key] = &[
    optional(
        "dialect",
        Kind::Word { words: &DIALECT, later: &[] },
        "How ids and times are spelled.",
        "documented",
    ),
    optional(
        "own_echo",
        HABIT,
        "Whether the sender gets its own message; `expect` when left out.",
        "accept",
    ),
    optional(
        "ack",
        HABIT,
        "Whether a connection is acknowledged; `expect` when left out.",
        "accept",
    ),
    optional(
        "metadata_key",
        Kind::Word { words: &METADATA_KEYS, later: &[] },
        "The key that metadata is sent under.",
        "metadata",
    ),
];

const HABIT: Kind = Kind::Word { words: &HABITS_OF_A_SERVER, later: &[] };

static HABITS_OF_A_SERVER: [Word; 3] = [
    Word { name: "expect", doc: "It is judged." },
    Word { name: "accept", doc: "It is recorded." },
    Word { name: "never", doc: "It is taken for absent." },
];

static DIALECT: [Word; 2] = [
    Word { name: "documented", doc: "Each place as the protocol document has it." },
    Word { name: "lenient", doc: "Digits as strings or numbers; where they differ is recorded." },
];

static METADATA_KEYS: [Word; 2] = [
    Word { name: "metdata", doc: "As the protocol document spells it for `send`." },
    Word { name: "metadata", doc: "As it spells it everywhere else." },
];
