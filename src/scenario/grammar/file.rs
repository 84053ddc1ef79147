//! What stands at the top of a scenario file.

use super::{Key, Kind, Map, Word, optional, required};

/// A whole file.
pub(in crate::scenario) static FILE: Map = Map {
    name: "a scenario",
    keys: &[&[
        required("name", Kind::Text, "Unique among the scenarios of a run.", "chat"),
        optional("description", Kind::Text, "What the scenario is for.", "Two devices chat."),
        optional("tags", Kind::List(&Kind::Text), "Labels to select by.", "[smoke, two-devices]"),
        optional(
            "exclusive",
            Kind::Flag,
            "Whether no other flow may use the same tenant meanwhile; false when left out.",
            "true",
        ),
        optional(
            "actors",
            Kind::MapOf(&Kind::Either(&[Kind::Map(&ACTOR), Kind::Nothing])),
            "Who takes part, one device each; one actor, `device`, when left out.",
            "{ phone: { tenant: guest }, tablet: { tenant: guest } }",
        ),
        optional("load", Kind::Map(&LOAD), "How much of the flow is run.", "{ devices: 1000 }"),
        optional(
            "vars",
            Kind::MapOf(&Kind::Value),
            "Values for `${...}`; they may use `env.NAME` and the variables above them.",
            "{ greeting: sawasdee }",
        ),
        optional(
            "settings",
            Kind::Map(&SETTINGS),
            "Limits and habits of the run.",
            "{ delivery_timeout: 3s }",
        ),
        optional("setup", Kind::Steps, "Steps made once per flow instance.", "[init]"),
        required("flow", Kind::Steps, "Steps of each iteration.", "[init, { send: hello }, end]"),
        optional(
            "teardown",
            Kind::Steps,
            "Steps made at the end of a flow instance, come what may.",
            "[end]",
        ),
    ]],
    later: &["data", "thresholds"],
};

static ACTOR: Map = Map {
    name: "an actor",
    keys: &[&[
        optional(
            "tenant",
            Kind::Text,
            "A label: actors of the same label are devices of one tenant.",
            "guest",
        ),
        optional(
            "count",
            Kind::Count { least: 1, most: 1_000 },
            "How many devices; `by: audience` is all of them in turn, `by: audience[2]` one, from 0.",
            "3",
        ),
        optional(
            "join",
            Kind::Word { words: &JOIN, later: &[] },
            "How it comes to take part in the session; `auto` when left out.",
            "manual",
        ),
    ]],
    later: &["url", "token"],
};

static JOIN: [Word; 2] = [
    Word {
        name: "auto",
        doc: "Resumes the first actor's session by itself, before the next step.",
    },
    Word { name: "manual", doc: "Takes part only by a step of its own." },
];

static LOAD: Map = Map {
    name: "`load`",
    keys: &[&[
        optional(
            "devices",
            Kind::Count { least: 1, most: 1_000_000 },
            "Simulated devices over all flow instances; a flow with two actors takes two.",
            "1000",
        ),
        optional(
            "ramp_up",
            Kind::Duration { zero: true },
            "How long it takes until all flow instances have started.",
            "10s",
        ),
        optional(
            "duration",
            Kind::Duration { zero: false },
            "How long each flow instance repeats its flow.",
            "60s",
        ),
        optional(
            "iterations",
            Kind::Count { least: 1, most: 1_000_000_000 },
            "How often each flow instance repeats its flow; once when left out.",
            "3",
        ),
    ]],
    later: &["rate", "stages", "abort_on"],
};

/// A setting that is a time limit.
const fn limit(name: &'static str, doc: &'static str, example: &'static str) -> Key {
    optional(name, Kind::Duration { zero: false }, doc, example)
}

static SETTINGS: Map = Map {
    name: "`settings`",
    keys: &[&[
        limit("response_timeout", "How long a request may stay unanswered.", "30s"),
        limit("connect_timeout", "How long a connect may take.", "30s"),
        limit(
            "delivery_timeout",
            "How long an event may take, and what `await` waits by default.",
            "5s",
        ),
        limit("ack_timeout", "How long a connection's acknowledgment may take.", "5s"),
        optional(
            "grace",
            Kind::Duration { zero: true },
            "How long flows may take to finish once a run is stopped.",
            "30s",
        ),
        limit("ping_every", "How often a device pings its open session.", "30s"),
    ]],
    later: &[
        "clock_tolerance",
        "idle_timeout",
        "lifetime",
        "close_codes",
        "reconnect",
        "retries",
        "dialect",
        "own_echo",
        "ack",
        "metadata_key",
    ],
};
