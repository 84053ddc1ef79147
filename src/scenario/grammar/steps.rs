//! The steps of a flow: a step is a map with one key, or that key alone where it needs no value.

use super::{Key, Kind, Map, Word, optional, required};

/// All steps.
pub(in crate::scenario) static STEP: Map = Map {
    name: "a step",
    keys: &[PROTOCOL_STEPS, FLOW_STEPS],
    later: &[
        "connect",
        "disconnect",
        "parallel",
        "for_each",
        "barrier",
        "call",
        "frame",
        "mutate",
        "fault",
    ],
};

/// A value that may be left out, or give a request's own keys.
const BARE: Kind = Kind::Either(BARE_FORMS);
const BARE_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&REQUEST)];
const MESSAGES_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&MESSAGES)];
const SEND_FORMS: &[Kind] = &[Kind::Template, Kind::Map(&SEND)];
const MESSAGE_FORMS: &[Kind] = &[Kind::Message, Kind::Map(&MESSAGE)];
const THINK_FORMS: &[Kind] = &[Kind::Pause, Kind::Map(&THINK)];
const EXPECT_FORMS: &[Kind] =
    &[Kind::Word { words: &EXPECTATIONS, later: &["error-or-close"] }, Kind::Map(&REPLY)];
const METADATA_FORMS: &[Kind] = &[Kind::Nothing, Kind::MapOf(&Kind::Value)];

const PROTOCOL_STEPS: &[Key] = &[
    optional("init", BARE, "Opens a session.", "{ by: phone }"),
    optional("session", BARE, "Asks for the session.", "{ by: tablet }"),
    optional(
        "resume",
        BARE,
        "Continues the session as an app does that comes back: asks for it, then joins it.",
        "{ by: tablet }",
    ),
    optional("messages", Kind::Either(MESSAGES_FORMS), "Lists messages.", "{ page: 1, limit: 50 }"),
    optional("ping", BARE, "Keeps the session active.", "{ by: tablet }"),
    optional(
        "send",
        Kind::Either(SEND_FORMS),
        "Sends a message; a text alone is its `text`.",
        "{ text: hello, as: question }",
    ),
    optional(
        "upload",
        Kind::Map(&UPLOAD),
        "Uploads a file: asks for a URL, then puts the file there.",
        "{ file: data/room.png, mime: image/png, as: photo }",
    ),
    optional("unsend", Kind::Either(MESSAGE_FORMS), "Takes a message back.", "question"),
    optional("seen", Kind::Either(MESSAGE_FORMS), "Marks a message as seen.", "last"),
    optional("unread", BARE, "Counts unread messages.", "{ as: left }"),
    optional("end", BARE, "Ends the session.", "{ by: phone }"),
];

const FLOW_STEPS: &[Key] = &[
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
        "Repeats steps.",
        "{ times: 5, steps: [ping, { send: \"again ${turn}\" }] }",
    ),
];

const BY: Key =
    optional("by", Kind::Actor, "Who makes the step; the first actor when left out.", "tablet");
const AS: Key =
    optional("as", Kind::NewName, "Saves the outcome under a name, for `${...}`.", "question");
const OWN: &[Key] = &[
    BY,
    AS,
    optional(
        "expect",
        Kind::Either(EXPECT_FORMS),
        "What the answer must be; `ok` when left out.",
        "{ status: 200, body: { unreadMsgCount: \"0\" } }",
    ),
];

/// What requests can be made of that this version does not have.
const LATER: &[&str] = &["session", "eventually"];

static EXPECTATIONS: [Word; 3] = [
    Word { name: "ok", doc: "Status 200." },
    Word { name: "error", doc: "A status of 400 or more, or the gateway's error." },
    Word { name: "any", doc: "Anything." },
];

static REPLY: Map = Map {
    name: "`expect`",
    keys: &[&[
        optional(
            "status",
            Kind::Count { least: 100, most: 599 },
            "The status; 200 when left out.",
            "404",
        ),
        optional(
            "body",
            Kind::Pattern,
            "What the body must hold: maps as subsets, lists and scalars exactly.",
            "{ unreadMsgCount: \"0\" }",
        ),
    ]],
    later: &[],
};

static REQUEST: Map = Map { name: "a request", keys: &[OWN], later: LATER };

static MESSAGES: Map = Map {
    name: "`messages`",
    keys: &[
        &[
            optional("page", Kind::CountTemplate, "The page, from 1.", "1"),
            optional("limit", Kind::CountTemplate, "The page's size; 50 when left out.", "50"),
            optional("all", Kind::Flag, "Goes through all pages.", "true"),
        ],
        OWN,
    ],
    later: LATER,
};

static SEND: Map = Map {
    name: "`send`",
    keys: &[
        &[
            optional("text", Kind::Template, "Content of a text message.", "hello"),
            optional(
                "image",
                Kind::Template,
                "URL of an uploaded image.",
                "\"${photo.resourceUrl}\"",
            ),
            optional("file", Kind::Template, "URL of an uploaded file.", "\"${menu.resourceUrl}\""),
            optional("content_type", Kind::Text, "Any content type.", "VIDEO"),
            optional("content", Kind::Template, "Content of that type.", "hello"),
            optional(
                "metadata",
                Kind::Either(METADATA_FORMS),
                "Keys of the message's metadata; `null` sends none at all.",
                "{ topic: booking }",
            ),
        ],
        OWN,
    ],
    later: LATER,
};

static UPLOAD: Map = Map {
    name: "`upload`",
    keys: &[
        &[
            required(
                "file",
                Kind::File,
                "The file, in the scenario's folder or below it.",
                "data/room.png",
            ),
            required("mime", Kind::Text, "Its media type.", "image/png"),
            optional(
                "type",
                Kind::Text,
                "The kind of upload; `chat-images` when left out.",
                "chat-images",
            ),
        ],
        OWN,
    ],
    later: LATER,
};

static MESSAGE: Map = Map {
    name: "a step on a message",
    keys: &[
        &[required(
            "message",
            Kind::Message,
            "A saved message, or `last`, the newest of the concierge.",
            "question",
        )],
        OWN,
    ],
    later: LATER,
};

static EVENTS: [Word; 3] = [
    Word { name: "message", doc: "A message came." },
    Word { name: "delete", doc: "A message was taken back." },
    Word { name: "update", doc: "The session changed." },
];

static AWAIT: Map = Map {
    name: "`await`",
    keys: &[&[
        required(
            "event",
            Kind::Word { words: &EVENTS, later: &[] },
            "Which kind of event.",
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
            "What the message, or another event's payload, must hold.",
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
        BY,
        AS,
    ]],
    later: &["none"],
};

static THINK: Map = Map { name: "`think`", keys: &[], later: &["normal", "sd", "exponential"] };

static REPEAT: Map = Map {
    name: "`repeat`",
    keys: &[&[
        required("times", Kind::Count { least: 1, most: 1_000_000 }, "How often.", "5"),
        required("steps", Kind::Steps, "The steps; `${turn}` counts from 0.", "[ping]"),
    ]],
    later: &["rate", "for"],
};
