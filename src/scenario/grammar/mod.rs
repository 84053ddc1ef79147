//! The scenario language as data: every construct with its keys, what they take, a line of
//! explanation and an example.
//!
//! The checker walks a file against these tables, and a schema for editors can be written from
//! them; nothing else says which keys there are. They know no values and no names of a file. Start
//! from [`FILE`], [`STEP`] and [`PROFILE`].

mod file;
mod flow;
mod pattern;
mod profile;
#[cfg(test)]
mod schema;
mod settings;
mod steps;

pub(super) use file::FILE;
pub(super) use pattern::MATCHERS;
pub(super) use profile::PROFILE;
pub(super) use settings::SETTINGS;
pub(super) use steps::STEP;

/// What a value may be.
#[derive(Debug)]
pub(super) enum Kind {
    /// Text without `${...}`.
    Text,
    /// Text with `${...}`.
    Template,
    /// A whole number.
    Count { least: u64, most: u64 },
    /// A whole number, or `${...}`.
    CountTemplate,
    /// `true` or `false`.
    Flag,
    /// `1.5s`, `40ms`; `zero` tells whether it may be none at all.
    Duration { zero: bool },
    /// `2s` or `1s..3s`.
    Pause,
    /// `never` or `500ms..30s`.
    Backoff,
    /// `50/s` or `30/m`; `zero` tells whether it may be none at all.
    Rate { zero: bool },
    /// `50/s`, or `10/s..100/s`.
    Rates,
    /// A whole number from 1, or two like `100..500`.
    Counts { most: u64 },
    /// `send_to_peer.p99 < 250ms`.
    Threshold,
    /// Bytes as pairs of hexadecimal digits.
    Hex,
    /// A name that is given here: letters, digits, `_` and `-`.
    NewName,
    /// The name of an actor.
    Actor,
    /// The name of a saved message, or `last`.
    Message,
    /// The path of a file, below the scenario's folder.
    File,
    /// One of these words; the language has the later ones, this version does not.
    Word { words: &'static [Word], later: &'static [&'static str] },
    /// Any value, with `${...}` in its texts.
    Value,
    /// The same, to be compared with: a map in it can be one of [`MATCHERS`].
    Pattern,
    /// A list of these.
    List(&'static Self),
    /// A list of steps.
    Steps,
    /// A request, as the name of its step or as a whole step.
    Request,
    /// A map with these keys.
    Map(&'static Map),
    /// A map with any names for keys, and these for values.
    MapOf(&'static Self),
    /// Nothing at all: `null`, or an empty value.
    Nothing,
    /// The first of these that has the value's shape.
    Either(&'static [Self]),
}

/// A word that a key takes.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) name: &'static str,
    /// A sentence.
    pub(super) doc: &'static str,
}

/// A map with known keys.
#[derive(Debug)]
pub(super) struct Map {
    /// What it is called in messages.
    pub(super) name: &'static str,
    /// Its keys, in groups, so that several maps can share one.
    pub(super) keys: &'static [&'static [Key]],
    /// Keys that the language has and this version does not.
    pub(super) later: &'static [&'static str],
}

/// A key of a map.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// A sentence.
    pub(super) doc: &'static str,
    /// A value, as YAML.
    pub(super) example: &'static str,
}

impl Map {
    /// All its keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'static Key> + Clone {
        self.keys.iter().flat_map(|group| group.iter())
    }

    /// The key of a name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }
}

impl Kind {
    /// What is wanted, for people.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Text | Self::Template => "text".into(),
            Self::Count { least, .. } => format!("a whole number from {least}"),
            Self::CountTemplate => "a whole number or a `${...}`".into(),
            Self::Flag => "`true` or `false`".into(),
            Self::Duration { .. } => "a duration like `1.5s`".into(),
            Self::Pause => "a duration like `2s`, or two like `1s..3s`".into(),
            Self::Backoff => "`never`, or two durations like `500ms..30s`".into(),
            Self::Rate { .. } => "a rate like `50/s`".into(),
            Self::Rates => "a rate like `50/s`, or two like `10/s..100/s`".into(),
            Self::Counts { .. } => "a whole number from 1, or two like `100..500`".into(),
            Self::Threshold => "a threshold like `errors.rate < 1%`".into(),
            Self::Hex => "hexadecimal digits in quotes".into(),
            Self::NewName => "a name".into(),
            Self::Actor => "the name of an actor".into(),
            Self::Message => "the name of a saved message, or `last`".into(),
            Self::File => "the path of a file".into(),
            Self::Word { words, .. } => {
                let names: Vec<String> =
                    words.iter().map(|word| format!("`{}`", word.name)).collect();
                format!("one of {}", names.join(", "))
            }
            Self::Value | Self::Pattern => "a value".into(),
            Self::List(_) => "a list".into(),
            Self::Steps => "a list of steps".into(),
            Self::Request => "a request, as the name of its step or as a whole step".into(),
            Self::Map(_) | Self::MapOf(_) => "a map".into(),
            Self::Nothing => "empty".into(),
            Self::Either(kinds) => {
                let kinds: Vec<String> = kinds.iter().map(Self::describe).collect();
                kinds.join(", or ")
            }
        }
    }
}

/// A key that may be left out.
const fn optional(name: &'static str, kind: Kind, doc: &'static str, example: &'static str) -> Key {
    Key { name, kind, required: false, doc, example }
}

/// A key that has to be there.
const fn required(name: &'static str, kind: Kind, doc: &'static str, example: &'static str) -> Key {
    Key { name, kind, required: true, doc, example }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(map: &Map) {
        let mut names: Vec<&str> = map.keys().map(|key| key.name).collect();
        for key in map.keys() {
            assert!(!key.doc.is_empty() && key.doc.ends_with('.'), "{}.{}", map.name, key.name);
            assert!(!key.example.is_empty(), "{}.{}", map.name, key.name);
            nested(&key.kind);
        }
        names.extend(map.later);
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{}: a key stands twice", map.name);
    }

    #[track_caller]
    fn nested(kind: &Kind) {
        match kind {
            Kind::Map(map) => check(map),
            Kind::List(of) | Kind::MapOf(of) => nested(of),
            Kind::Either(kinds) => kinds.iter().for_each(nested),
            Kind::Word { words, .. } => assert!(words.iter().all(|word| word.doc.ends_with('.'))),
            _ => {}
        }
    }

    #[test]
    fn every_key_is_explained_with_an_example_and_stands_once() {
        check(&FILE);
        check(&STEP);
        check(&PROFILE);
    }
}
