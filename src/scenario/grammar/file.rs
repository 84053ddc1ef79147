//! What stands at the top of a scenario file.

use super::settings::SETTINGS;
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
            "data",
            Kind::Map(&DATA),
            "Rows of a CSV file, one for each iteration; columns are `${data.column}`.",
            "{ file: data/guests.csv }",
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
        optional(
            "thresholds",
            Kind::List(&Kind::Threshold),
            "What this scenario's figures must be.",
            "[send_to_peer.p99 < 250ms, errors.rate < 1%]",
        ),
    ]],
    later: &[],
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
        optional(
            "url",
            Kind::Template,
            "Makes it a concierge on this endpoint of its own, a `ws://` or `wss://` URL, that plays by `call`, `frame` and `await`; its host has to be allowed on the command line.",
            "\"${env.DESK_URL}\"",
        ),
        optional(
            "token",
            Kind::Template,
            "The access token that it shows there, as `Auth` in the URL's query; needed with `url`.",
            "\"${env.DESK_TOKEN}\"",
        ),
    ]],
    later: &[],
};

static JOIN: [Word; 2] = [
    Word {
        name: "auto",
        doc: "Resumes the first actor's session by itself, before the next step.",
    },
    Word { name: "manual", doc: "Takes part only by a step of its own." },
];

static DATA: Map = Map {
    name: "`data`",
    keys: &[&[
        required(
            "file",
            Kind::File,
            "The CSV file, in the scenario's folder or below it; its first line names the columns.",
            "data/guests.csv",
        ),
        optional(
            "pick",
            Kind::Word { words: &PICK, later: &[] },
            "How rows are dealt out to iterations; `sequential` when left out.",
            "random",
        ),
    ]],
    later: &[],
};

static PICK: [Word; 3] = [
    Word { name: "sequential", doc: "One after the other, from the first again after the last." },
    Word { name: "random", doc: "Any, by the seed." },
    Word { name: "once", doc: "One after the other; when they are used up, flows stop." },
];

/// `load:`
pub(super) static LOAD: Map = Map { name: "`load`", keys: &[AMOUNT, PACE], later: &[] };

const AMOUNT: &[Key] = &[
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
];

const PACE: &[Key] = &[
    optional(
        "rate",
        Kind::Rate { zero: false },
        "Flows started a second over all instances, whether earlier ones are done or not (open model); without it an instance starts again when it is done (closed model).",
        "50/s",
    ),
    optional(
        "arrival",
        Kind::Word { words: &ARRIVAL, later: &[] },
        "How planned starts lie in time, at a `rate`; `uniform` when left out.",
        "poisson",
    ),
    optional(
        "stages",
        Kind::List(&A_STAGE),
        "One after the other, in place of `duration`, `iterations`, `rate` and `ramp_up`.",
        "[{ rate: 10/s..100/s, for: 30s }, { rate: 100/s, for: 1m }]",
    ),
    optional(
        "abort_on",
        Kind::Threshold,
        "Ends the run early, as failed, once this is true.",
        "errors.rate > 20%",
    ),
];

static ARRIVAL: [Word; 2] = [
    Word { name: "uniform", doc: "Evenly." },
    Word { name: "poisson", doc: "By chance, as people come who know nothing of each other." },
];

static A_STAGE: Kind = Kind::Map(&STAGE);

static STAGE: Map = Map {
    name: "a stage",
    keys: &[&[
        optional(
            "rate",
            Kind::Rates,
            "Flows started a second (open model): one rate, or from one evenly to another.",
            "10/s..100/s",
        ),
        optional(
            "devices",
            Kind::Counts { most: 1_000_000 },
            "Devices that play (closed model): so many, or from so many evenly to so many.",
            "100..500",
        ),
        required("for", Kind::Duration { zero: false }, "How long.", "30s"),
    ]],
    later: &[],
};
