//! Settings that take the place of a scenario's own, one by one.
//!
//! It knows no files and no command line, only the text of one setting. Start from [`Setting`].

use std::sync::Arc;

use super::check::check_map;
use super::diagnostic::{Diagnostic, Diagnostics};
use super::grammar::SETTINGS;
use super::model::Settings;
use super::node::{Entry, Key, Node, NodeValue};
use super::resolve::settings_over;
use super::source::{SourceFile, Span};
use super::yaml;

/// One setting, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// A map with this one key.
    node: Node,
    key: String,
}

impl Setting {
    /// Reads `KEY=VALUE`, the value written as in a scenario; `option` is what it was given with.
    ///
    /// # Errors
    /// Every mistake, each with its place in the text.
    pub fn parse(option: &str, text: &str) -> Result<Self, Diagnostics> {
        let source = Arc::new(SourceFile::new(option, text));
        let Some((key, value)) = text.split_once('=') else {
            let span = Span::new(0, text.len());
            let mistake = Diagnostic::at(&source, span, "a setting is written like `KEY=VALUE`");
            return Err(mistake.help("for example `delivery_timeout=3s`").into());
        };
        // Blanks in place of the key keep every place of the value where the user wrote it.
        let padded = format!("{}{value}", " ".repeat(key.len() + 1));
        let read = yaml::parse(&Arc::new(SourceFile::new(option, padded)));
        let (value, mut mistakes) = match read {
            Ok((value, mistakes)) => (value, mistakes),
            Err(mistakes) => return Err(in_source(&source, mistakes)),
        };
        let key_span = Span::new(0, key.len());
        let node = one(Key { span: key_span, name: key.trim().to_owned() }, value, key_span);
        mistakes.extend(check_map(&source, &node, &SETTINGS));
        if mistakes.is_empty() {
            return Ok(Self { node, key: key.trim().to_owned() });
        }
        Err(in_source(&source, mistakes))
    }

    /// The settings of a map that was checked.
    pub(super) fn all(settings: &Node) -> Vec<Self> {
        let entries = settings.entries().iter().cloned();
        entries
            .map(|Entry { key, value }| Self {
                key: key.name.clone(),
                node: one(key, value, settings.span),
            })
            .collect()
    }

    /// Its key, one of `settings:`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The settings with this one in its place.
    pub fn over(&self, settings: Settings) -> Settings {
        settings_over(settings, Some(&self.node))
    }
}

fn one(key: Key, value: Node, span: Span) -> Node {
    Node { span, value: NodeValue::Map(vec![Entry { key, value }]) }
}

fn in_source(source: &Arc<SourceFile>, mistakes: Vec<Diagnostic>) -> Diagnostics {
    let here = |mistake: Diagnostic| Diagnostic {
        place: mistake.place.map(|(_, span)| (Arc::clone(source), span)),
        ..mistake
    };
    Diagnostics::sorted(mistakes.into_iter().map(here).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::scenario::model::{Backoff, Habit};

    fn over(text: &str) -> Settings {
        Setting::parse("--set", text).expect(text).over(Settings::default())
    }

    #[track_caller]
    fn refused(text: &str, place: &str, says: &str) {
        let told = Setting::parse("--set", text).expect_err(text).to_string();
        for part in [place, says] {
            assert!(told.contains(part), "{text} does not say {part:?}:\n{told}");
        }
    }

    #[test]
    fn a_setting_is_written_as_in_a_scenario() {
        let base = Settings::default;
        let delivery_timeout = Duration::from_millis(1500);
        assert_eq!(over("delivery_timeout=1.5s"), Settings { delivery_timeout, ..base() });
        assert_eq!(over("own_echo=never"), Settings { own_echo: Habit::Never, ..base() });
        assert_eq!(
            over("close_codes=[1000, 1001]"),
            Settings { close_codes: vec![1000, 1001], ..base() }
        );
        assert_eq!(over("retries=3"), Settings { retries: 3, ..base() });
        let [shortest, longest] = [500, 30_000].map(Duration::from_millis);
        let reconnect = Some(Backoff { shortest, longest });
        assert_eq!(over("reconnect=500ms..30s"), Settings { reconnect, ..base() });
        assert_eq!(over("reconnect=never"), base());
    }

    #[test]
    fn a_mistake_is_told_with_its_place_in_the_option() {
        refused("delivery_timeout", "--set:1:1", "written like `KEY=VALUE`");
        refused("delivery_timout=3s", "--set:1:1", "did you mean `delivery_timeout`?");
        refused("delivery_timeout=3", "--set:1:18", "a duration needs a unit");
        refused("own_echo=yes", "--set:1:10", "`own_echo` can't be `yes`");
        refused("close_codes=1001", "--set:1:13", "must be a list");
        refused("close_codes=[1001", "--set:1:", "a bracket is never closed");
        refused("retries=101", "--set:1:9", "from 0 to 100");
        refused("reconnect=5s", "--set:1:11", "`reconnect` is `never`, or the shortest and");
        refused("reconnect=5s..1s", "--set:1:11", "the shorter duration stands first");
        refused("grace=", "--set:1:1", "`grace` must be a duration");
        refused("=3s", "--set:1:1", "has no key");
    }

    #[test]
    fn every_setting_is_listed_by_its_key() {
        let listed: BTreeSet<_> =
            Settings::default().by_key().into_iter().map(|(key, _)| key).collect();
        let known = SETTINGS.keys().map(|key| key.name).collect();
        assert_eq!(listed, known);
    }

    #[test]
    fn what_is_listed_can_be_set() {
        for (key, value) in Settings::default().by_key() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(over(&format!("{key}={value}")), Settings::default(), "{key}={value}");
        }
    }
}
