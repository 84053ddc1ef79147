//! The steps of a flow that are no steps of the protocol.

use super::steps::{AS, BY, EXPECT};
use super::{Key, Kind, Map, Word, optional, required};

const THINK_FORMS: &[Kind] = &[Kind::Pause, Kind::Map(&THINK)];
const ITEMS_FORMS: &[Kind] = &[Kind::List(&Kind::Value), Kind::Template];
const FIELDS_FORMS: &[Kind] =
    &[Kind::Word { words: &ALL_FIELDS, later: &[] }, Kind::List(&Kind::Text)];

pub(super) const FLOW_STEPS: &[Key] = &[
    optional(
        "await",
        Kind::Map(&AWAIT),
        "Waits for an event; one that came earlier and was not awaited yet counts.",
        "{ event: message, from: concierge, as: answer }",
    ),
    optional("think", Kind::Either(THINK_FORMS), "Does nothing for a while.", "1s..3s"),
    optional(
        "repeat",
        Kind::Map(&REPEAT),
        "Repeats steps, one turn after the other or each at its planned instant.",
        "{ times: 5, steps: [ping, { send: \"again ${turn}\" }] }",
    ),
    optional(
        "for_each",
        Kind::Map(&FOR_EACH),
        "Makes steps once for each item.",
        "{ in: [1, 50], as: size, steps: [{ messages: { limit: \"${size}\" } }] }",
    ),
    optional(
        "parallel",
        Kind::List(&Kind::Steps),
        "Makes lists of steps at the same time, and goes on when all are done.",
        "[[{ send: { text: a, by: phone } }], [{ send: { text: b, by: tablet } }]]",
    ),
    optional(
        "barrier",
        Kind::NewName,
        "Waits until every instance of the flow is here (closed model).",
        "all-sent",
    ),
    optional(
        "call",
        Kind::Map(&CALL),
        "Makes any request.",
        "{ route: client/no-such-route, body: {}, expect: error }",
    ),
    optional(
        "frame",
        Kind::Map(&FRAME),
        "Sends a frame as it is.",
        "{ text: not json, expect: error-or-close }",
    ),
    optional(
        "mutate",
        Kind::Map(&MUTATE),
        "Makes a request again and again, each time with one field of its schema wrong. Each must get an error, and the connection stays usable.",
        "{ call: ping, fields: all, kinds: [missing, ill-typed] }",
    ),
    optional(
        "fault",
        Kind::Map(&FAULT),
        "Behaves badly on the wire.",
        "{ kind: slow-reader, for: 2s }",
    ),
];

static EVENTS: [Word; 3] = [
    Word { name: "message", doc: "A message came." },
    Word { name: "delete", doc: "A message was taken back." },
    Word { name: "update", doc: "The session changed." },
];

static AWAIT: Map = Map {
    name: "`await`",
    keys: &[&[
        optional(
            "event",
            Kind::Word { words: &EVENTS, later: &[] },
            "Which kind of event; needed but for a concierge with a `url`, which matches whole frames.",
            "message",
        ),
        optional(
            "from",
            Kind::Actor,
            "Who sent the message: an actor, or `concierge`.",
            "concierge",
        ),
        optional(
            "match",
            Kind::MapOf(&Kind::Pattern),
            "What the message, or another event's payload, must hold; of a concierge with a `url`, the whole frame.",
            "{ messageContent: hello }",
        ),
        optional(
            "within",
            Kind::Duration { zero: false },
            "How long; `delivery_timeout` when left out.",
            "3s",
        ),
        optional(
            "required",
            Kind::Flag,
            "Whether it fails where no concierge ever came, instead of being skipped.",
            "true",
        ),
        optional(
            "none",
            Kind::Flag,
            "Whether, on the contrary, nothing of the kind may come within the time.",
            "true",
        ),
        BY,
        AS,
    ]],
    later: &[],
};

static THINK: Map = Map {
    name: "`think`",
    keys: &[&[
        optional(
            "normal",
            Kind::Duration { zero: true },
            "Normally distributed around this mean; needs `sd`.",
            "2s",
        ),
        optional("sd", Kind::Duration { zero: true }, "Its standard deviation.", "500ms"),
        optional(
            "exponential",
            Kind::Duration { zero: false },
            "Exponentially distributed, with this mean.",
            "2s",
        ),
    ]],
    later: &[],
};

static REPEAT: Map = Map {
    name: "`repeat`",
    keys: &[&[
        optional("times", Kind::Count { least: 1, most: 1_000_000 }, "How often.", "5"),
        optional(
            "rate",
            Kind::Rate { zero: false },
            "Turns a second: each has its planned instant; needs `for`.",
            "10/s",
        ),
        optional("for", Kind::Duration { zero: false }, "How long, at a `rate`.", "2s"),
        required("steps", Kind::Steps, "The steps; `${turn}` counts from 0.", "[ping]"),
    ]],
    later: &[],
};

static FOR_EACH: Map = Map {
    name: "`for_each`",
    keys: &[&[
        required(
            "in",
            Kind::Either(ITEMS_FORMS),
            "The items: a list, or `${...}` of one.",
            "[1, 2, 50]",
        ),
        required("as", Kind::NewName, "The item's name in the steps.", "size"),
        required("steps", Kind::Steps, "The steps.", "[{ messages: { limit: \"${size}\" } }]"),
    ]],
    later: &[],
};

static CALL: Map = Map {
    name: "`call`",
    keys: &[&[
        required(
            "route",
            Kind::Template,
            "The route, with a query where it has one.",
            "client/no-such-route",
        ),
        optional(
            "body",
            Kind::MapOf(&Kind::Value),
            "The body; `{}` when left out.",
            "{ chatSessionId: \"${session.id}\" }",
        ),
        optional(
            "schema",
            Kind::File,
            "A JSON Schema file that the whole answer must fit, in the scenario's folder or below it.",
            "data/error.schema.json",
        ),
        optional(
            "metric",
            Kind::NewName,
            "Measures it as `rtt.` and this name, instead of `rtt.call`.",
            "probe",
        ),
        BY,
        AS,
        EXPECT,
    ]],
    later: &[],
};

static FRAME: Map = Map {
    name: "`frame`",
    keys: &[&[
        optional("text", Kind::Template, "A text frame.", "not json"),
        optional("hex", Kind::Hex, "A binary frame.", "\"00 ff 7f\""),
        optional(
            "fragments",
            Kind::List(&Kind::Template),
            "A text message in several fragments.",
            "[\"{\", \"}\"]",
        ),
        BY,
        EXPECT,
    ]],
    later: &[],
};

static MUTATE: Map = Map {
    name: "`mutate`",
    keys: &[&[
        required("call", Kind::Request, "The request, as a step.", "{ send: { text: hello } }"),
        optional(
            "fields",
            Kind::Either(FIELDS_FORMS),
            "Which fields of its body, by name or JSON pointer; `all` when left out.",
            "[contentType, /messageContent]",
        ),
        optional(
            "kinds",
            Kind::List(&A_MUTATION),
            "What is done to each field; both when left out.",
            "[missing]",
        ),
        optional(
            "expect",
            Kind::Word { words: &REFUSALS, later: &[] },
            "What each answer must be; `error` when left out.",
            "any",
        ),
        BY,
    ]],
    later: &[],
};

static A_MUTATION: Kind = Kind::Word { words: &MUTATIONS, later: &[] };

static ALL_FIELDS: [Word; 1] =
    [Word { name: "all", doc: "Each field of the request's schema, its envelope's included." }];

static REFUSALS: [Word; 2] = [
    Word { name: "error", doc: "A status of 400 or more, or the gateway's error." },
    Word { name: "any", doc: "Anything: the clauses judge it." },
];

static MUTATIONS: [Word; 2] = [
    Word { name: "missing", doc: "The field is left out." },
    Word { name: "ill-typed", doc: "The field has a value of another type." },
];

static FAULT: Map = Map {
    name: "`fault`",
    keys: &[&[
        required(
            "kind",
            Kind::Word { words: &FAULTS, later: &[] },
            "What goes wrong.",
            "slow-reader",
        ),
        optional(
            "for",
            Kind::Duration { zero: false },
            "How long a slow reader reads nothing; the step takes as long.",
            "2s",
        ),
        optional(
            "text",
            Kind::Template,
            "What is sent, of all but a slow reader. Without it `send-before-ack` joins the session.",
            "hello",
        ),
        BY,
    ]],
    later: &[],
};

static FAULTS: [Word; 4] = [
    Word { name: "slow-reader", doc: "The device reads nothing for a while." },
    Word { name: "cut-mid-frame", doc: "Half of a frame is sent, and the stream is dropped." },
    Word {
        name: "send-before-ack",
        doc: "The device connects anew, and sends before it has read anything.",
    },
    Word { name: "double-send", doc: "A message is sent twice, without waiting in between." },
];
