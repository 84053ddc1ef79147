//! Maps that stand for more than one value, in what is compared.

use super::{Key, Kind, Map, Word, optional};

/// A matcher is a map with exactly one of these keys.
pub(in crate::scenario) static MATCHERS: Map = Map { name: "a matcher", keys: &[KEYS], later: &[] };

const KEYS: &[Key] = &[
    optional(
        "$type",
        Kind::Word { words: &JSON_TYPES, later: &[] },
        "Any value of this type.",
        "string",
    ),
    optional(
        "$match",
        Kind::Text,
        "A text that this regular expression finds something in.",
        "\"^[0-9]+$\"",
    ),
    optional("$any", Kind::Flag, "`true`: any value, as long as there is one.", "true"),
    optional("$save", Kind::NewName, "Any value; it is saved under this name.", "first-id"),
];

/// The types of JSON.
static JSON_TYPES: [Word; 7] = [
    Word { name: "null", doc: "Nothing." },
    Word { name: "boolean", doc: "True or false." },
    Word { name: "integer", doc: "A number without a fraction." },
    Word { name: "number", doc: "Any number." },
    Word { name: "string", doc: "A text." },
    Word { name: "array", doc: "A list." },
    Word { name: "object", doc: "A map." },
];
