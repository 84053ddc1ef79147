//! The steps of the protocol: a step is a map with one key, or that key alone where it needs no
//! value.

use super::flow::FLOW_STEPS;
use super::{Key, Kind, Map, Word, optional, required};

/// All steps.
pub(in crate::scenario) static STEP: Map =
    Map { name: "a step", keys: &[PROTOCOL_STEPS, FLOW_STEPS], later: &[] };

const CONNECT_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&CONNECT)];
const DISCONNECT_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&DISCONNECT)];
const INIT_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&INIT)];
const SESSION_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&SESSION)];
const RESUME_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&RESUME)];
const PING_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&PING)];
const UNREAD_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&UNREAD)];
const END_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&END)];
const MESSAGES_FORMS: &[Kind] = &[Kind::Nothing, Kind::Map(&MESSAGES)];
const SEND_FORMS: &[Kind] = &[Kind::Template, Kind::Map(&SEND)];
const UNSEND_FORMS: &[Kind] = &[Kind::Message, Kind::Map(&UNSEND)];
const SEEN_FORMS: &[Kind] = &[Kind::Message, Kind::Map(&SEEN)];
const EXPECT_FORMS: &[Kind] = &[Kind::Word { words: &EXPECTATIONS, later: &[] }, Kind::Map(&REPLY)];
const METADATA_FORMS: &[Kind] = &[Kind::Nothing, Kind::MapOf(&Kind::Value)];

const PROTOCOL_STEPS: &[Key] = &[
    optional(
        "connect",
        Kind::Either(CONNECT_FORMS),
        "Opens a new connection in place of the one there is. Devices connect by themselves: this is for connections that are special.",
        "{ by: stranger, auth: garbled, expect: error }",
    ),
    optional(
        "disconnect",
        Kind::Either(DISCONNECT_FORMS),
        "Ends the connection.",
        "{ by: tablet, how: drop }",
    ),
    optional("init", Kind::Either(INIT_FORMS), "Opens a session.", "{ by: phone }"),
    optional("session", Kind::Either(SESSION_FORMS), "Asks for the session.", "{ by: tablet }"),
    optional(
        "resume",
        Kind::Either(RESUME_FORMS),
        "Continues the session as an app does that comes back: connects where needed, asks for the session, then joins it.",
        "{ by: tablet }",
    ),
    optional("messages", Kind::Either(MESSAGES_FORMS), "Lists messages.", "{ page: 1, limit: 50 }"),
    optional("ping", Kind::Either(PING_FORMS), "Keeps the session active.", "{ by: tablet }"),
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
    optional("unsend", Kind::Either(UNSEND_FORMS), "Takes a message back.", "question"),
    optional("seen", Kind::Either(SEEN_FORMS), "Marks a message as seen.", "last"),
    optional("unread", Kind::Either(UNREAD_FORMS), "Counts unread messages.", "{ as: left }"),
    optional("end", Kind::Either(END_FORMS), "Ends the session.", "{ by: phone }"),
];

pub(super) const BY: Key =
    optional("by", Kind::Actor, "Who makes the step; the first actor when left out.", "tablet");
pub(super) const AS: Key =
    optional("as", Kind::NewName, "Saves the outcome under a name, for `${...}`.", "question");
pub(super) const EXPECT: Key = optional(
    "expect",
    Kind::Either(EXPECT_FORMS),
    "What the answer must be; `ok` when left out.",
    "{ status: 200, body: { unreadMsgCount: \"0\" } }",
);

/// What every request takes.
const REQUEST: &[Key] = &[BY, AS, EXPECT];

/// What a request takes that names a session.
const IN_SESSION: &[Key] = &[optional(
    "session",
    Kind::Template,
    "The session that it names, in place of the actor's own.",
    "\"${opened.chatSessionId}\"",
)];

/// What a request takes that changes nothing, or nothing more the second time.
const REPEATABLE: &[Key] = &[optional(
    "eventually",
    Kind::Duration { zero: false },
    "For how long it is made again until the answer is what is expected.",
    "5s",
)];

static EXPECTATIONS: [Word; 4] = [
    Word { name: "ok", doc: "Status 200." },
    Word { name: "error", doc: "A status of 400 or more, or the gateway's error." },
    Word { name: "error-or-close", doc: "The same, or the server ends the connection." },
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
            "{ chatSessionId: { $type: string }, unreadMsgCount: \"0\" }",
        ),
    ]],
    later: &[],
};

static CONNECT: Map = Map {
    name: "`connect`",
    keys: &[&[
        optional(
            "auth",
            Kind::Word { words: &AUTH, later: &[] },
            "With which access token; `valid` when left out.",
            "garbled",
        ),
        optional(
            "device_id",
            Kind::Template,
            "With which device id: `auto` (when left out) is the device's own, `none` is none, anything else is it.",
            "none",
        ),
        optional(
            "expect",
            Kind::Word { words: &EXPECTATIONS, later: &[] },
            "What must come of it; `error` is a refused connection; `ok` when left out.",
            "error",
        ),
        BY,
    ]],
    later: &[],
};

static AUTH: [Word; 6] = [
    Word { name: "valid", doc: "The device's own." },
    Word { name: "none", doc: "None at all." },
    Word { name: "garbled", doc: "A text that is no token." },
    Word { name: "resigned", doc: "The device's own with another signature." },
    Word { name: "expired", doc: "One that has expired." },
    Word { name: "other-tenant", doc: "Another tenant's, with this device's id." },
];

static DISCONNECT: Map = Map {
    name: "`disconnect`",
    keys: &[&[
        optional(
            "how",
            Kind::Word { words: &HOW, later: &[] },
            "How the connection ends; `close` when left out.",
            "drop",
        ),
        BY,
    ]],
    later: &[],
};

static HOW: [Word; 3] = [
    Word { name: "close", doc: "With a closing handshake." },
    Word { name: "drop", doc: "Without one, as when a phone loses its network." },
    Word { name: "half-open", doc: "It stays open, and nothing is read or written any more." },
];

static INIT: Map = Map { name: "`init`", keys: &[REQUEST], later: &[] };
static UNREAD: Map = Map { name: "`unread`", keys: &[REPEATABLE, REQUEST], later: &[] };
static RESUME: Map = Map { name: "`resume`", keys: &[IN_SESSION, REQUEST], later: &[] };
static END: Map = Map { name: "`end`", keys: &[IN_SESSION, REQUEST], later: &[] };
static SESSION: Map =
    Map { name: "`session`", keys: &[IN_SESSION, REPEATABLE, REQUEST], later: &[] };
static PING: Map = Map { name: "`ping`", keys: &[IN_SESSION, REPEATABLE, REQUEST], later: &[] };

static MESSAGES: Map = Map {
    name: "`messages`",
    keys: &[
        &[
            optional("page", Kind::CountTemplate, "The page, from 1.", "1"),
            optional("limit", Kind::CountTemplate, "The page's size; 50 when left out.", "50"),
            optional("all", Kind::Flag, "Goes through all pages.", "true"),
        ],
        IN_SESSION,
        REPEATABLE,
        REQUEST,
    ],
    later: &[],
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
        IN_SESSION,
        REQUEST,
    ],
    later: &[],
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
                "name",
                Kind::Template,
                "The name that the server is told; the file's own when left out.",
                "\"room 8.png\"",
            ),
            optional(
                "type",
                Kind::Text,
                "The kind of upload; `chat-images` when left out.",
                "chat-images",
            ),
        ],
        REQUEST,
    ],
    later: &[],
};

/// What a step on a message is about.
const MESSAGE: &[Key] = &[required(
    "message",
    Kind::Message,
    "A saved message, or `last`, the newest of the concierge.",
    "question",
)];

static UNSEND: Map = Map { name: "`unsend`", keys: &[MESSAGE, IN_SESSION, REQUEST], later: &[] };
static SEEN: Map = Map { name: "`seen`", keys: &[MESSAGE, IN_SESSION, REQUEST], later: &[] };
