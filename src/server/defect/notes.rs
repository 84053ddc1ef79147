//! What one defect remembers. Bounded: the first by key give way.

use std::collections::BTreeMap;

use serde_json::Value;

/// Counters and values by key.
#[derive(Debug, Default)]
pub(super) struct Notes {
    counts: BTreeMap<String, u64>,
    values: BTreeMap<String, Value>,
}

const MOST: usize = 4096;

impl Notes {
    /// Counts one more of `key`: how many there are now.
    pub(super) fn count(&mut self, key: impl ToString) -> u64 {
        let count = self.counts.entry(key.to_string()).or_default();
        *count += 1;
        let count = *count;
        if self.counts.len() > MOST {
            self.counts.pop_first();
        }
        count
    }

    /// Counts one more of `key`, and tells whether it is the `n`th, the 2`n`th, and so on.
    pub(super) fn is_nth(&mut self, key: impl ToString, n: u64) -> bool {
        self.count(key).is_multiple_of(n)
    }

    /// Remembers a value, in the place of the one of this key before.
    pub(super) fn keep(&mut self, key: impl ToString, value: Value) {
        self.values.insert(key.to_string(), value);
        if self.values.len() > MOST {
            self.values.pop_first();
        }
    }

    /// The value remembered under `key`; null where there is none.
    pub(super) fn kept(&self, key: impl ToString) -> &Value {
        self.values.get(&key.to_string()).unwrap_or(&Value::Null)
    }

    /// The value remembered under `key`, which is `value` where there was none.
    pub(super) fn first(&mut self, key: impl ToString, value: &Value) -> Value {
        let key = key.to_string();
        if !self.values.contains_key(&key) {
            self.keep(&key, value.clone());
        }
        self.kept(key).clone()
    }
}
