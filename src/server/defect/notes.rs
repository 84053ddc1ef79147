//! What one defect remembers. Bounded: the first by key give way.

use std::collections::BTreeMap;

use serde_json::Value;

/// Counters and values by key.
#[derive(Debug, Default)]
pub(super) struct Notes {
    counts: BTreeMap<String, u64>,
    values: BTreeMap<String, Value>,
}

/// What a count or value goes by.
#[derive(Debug)]
pub(super) struct Key(String);

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&String> for Key {
    fn from(text: &String) -> Self {
        Self(text.clone())
    }
}

impl From<u64> for Key {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

const MOST: usize = 4096;

impl Notes {
    /// Counts one more of `key`: how many there are now.
    pub(super) fn count(&mut self, key: impl Into<Key>) -> u64 {
        let count = self.counts.entry(key.into().0).or_default();
        *count += 1;
        let count = *count;
        if self.counts.len() > MOST {
            self.counts.pop_first();
        }
        count
    }

    /// Counts one more of `key`, and tells whether it is the `n`th, the 2`n`th, and so on.
    pub(super) fn is_nth(&mut self, key: impl Into<Key>, n: u64) -> bool {
        self.count(key).is_multiple_of(n)
    }

    /// Remembers a value, in the place of the one of this key before.
    pub(super) fn keep(&mut self, key: impl Into<Key>, value: Value) {
        self.values.insert(key.into().0, value);
        if self.values.len() > MOST {
            self.values.pop_first();
        }
    }

    /// The value remembered under `key`; null where there is none.
    pub(super) fn kept(&self, key: impl Into<Key>) -> &Value {
        self.values.get(&key.into().0).unwrap_or(&Value::Null)
    }

    /// The value remembered under `key`, which is `value` where there was none.
    pub(super) fn first(&mut self, key: impl Into<Key>, value: &Value) -> Value {
        let Key(key) = key.into();
        if !self.values.contains_key(&key) {
            self.keep(key.as_str(), value.clone());
        }
        self.kept(key).clone()
    }
}
