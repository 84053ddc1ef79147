//! What stands in a profile: one endpoint's facts.

use super::file::LOAD;
use super::settings::SETTINGS;
use super::{Key, Kind, Map, optional};

/// The greatest whole number that every reader of JSON keeps exactly.
const GREATEST_ID: u64 = (1 << 53) - 1;

/// A whole profile. Texts may hold `${env.NAME}`, paths begin at the profile's folder.
pub(in crate::scenario) static PROFILE: Map =
    Map { name: "a profile", keys: &[PLACE, PEOPLE, WAY, BOUNDS], later: &[] };

const PLACE: &[Key] = &[
    optional(
        "target",
        Kind::Template,
        "The socket origin; `--target` and DESKBELL_TARGET go before it.",
        "wss://uat.example.com/uat",
    ),
    optional(
        "upload_origin",
        Kind::Template,
        "The origin that upload URLs are asked of.",
        "https://uat.example.com",
    ),
    optional(
        "allow",
        Kind::List(&Kind::Template),
        "Hosts beside loopback that may be spoken to, upload URLs included; those of `--allow` and DESKBELL_ALLOW are added.",
        "[uat.example.com, files.example.com]",
    ),
];

const PEOPLE: &[Key] = &[
    optional(
        "accounts",
        Kind::Template,
        "The path of a CSV of access tokens, with the header `token,tenant`.",
        "accounts.csv",
    ),
    optional(
        "token_command",
        Kind::Template,
        "A command that prints a tenant's access token; it finds the tenant in DESKBELL_TENANT. A `$${` in it is a `${` of the shell's.",
        "./token.sh",
    ),
    optional(
        "tenants",
        Kind::List(&Kind::Count { least: 0, most: GREATEST_ID }),
        "The tenants that `token_command` is asked for.",
        "[34, 35]",
    ),
];

const WAY: &[Key] = &[
    optional(
        "proxy",
        Kind::Template,
        "The proxy that connections go through by HTTP CONNECT; keep its password in the environment.",
        "\"http://guest:${env.PROXY_PASSWORD}@proxy.example.com:3128\"",
    ),
    optional(
        "ca_cert",
        Kind::Template,
        "The path of a PEM file with a certificate authority to trust beside those of the system.",
        "ca.pem",
    ),
    optional(
        "settings",
        Kind::Map(&SETTINGS),
        "Limits and habits, in place of those of the scenarios.",
        "{ own_echo: accept, delivery_timeout: 10s }",
    ),
];

const BOUNDS: &[Key] = &[
    optional(
        "thresholds",
        Kind::List(&Kind::Threshold),
        "What the figures of a whole run must be, in place of thresholds of scenarios on the same figure.",
        "[send_to_event.p99 < 2s, errors.rate < 1%]",
    ),
    optional("waivers", Kind::Template, "The path of a waiver file.", "uat.waivers.yaml"),
    optional(
        "caps",
        Kind::Map(&CAPS),
        "Bounds that hold whatever scenarios and options ask for.",
        "{ devices: 20, rate: 5/s, connect_rate: 10/s }",
    ),
    optional(
        "load",
        Kind::Map(&LOAD),
        "How much of a flow is run, field by field in place of the load of scenarios.",
        "{ devices: 2, iterations: 3 }",
    ),
];

static CAPS: Map = Map {
    name: "`caps`",
    keys: &[&[
        optional(
            "devices",
            Kind::Count { least: 1, most: 1_000_000 },
            "The most devices at once.",
            "20",
        ),
        optional("rate", Kind::Rate { zero: false }, "The most messages sent a second.", "5/s"),
        optional("connect_rate", Kind::Rate { zero: false }, "The most connects a second.", "10/s"),
    ]],
    later: &[],
};
