//! Whether an answer is what a step expects: objects match as subsets, arrays and scalars exactly.

use serde_json::Value;

/// Where a value differs from what was expected.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mismatch {
    /// JSON pointer to the place.
    pub(super) pointer: String,
    pub(super) expected: Value,
    /// `None` where there is nothing.
    pub(super) actual: Option<Value>,
}

/// The first place at which `actual` does not hold what `expected` asks for.
pub(super) fn mismatch(expected: &Value, actual: &Value) -> Option<Mismatch> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            expected.iter().find_map(|(key, expected)| match actual.get(key) {
                Some(actual) => mismatch(expected, actual).map(|inner| inner.below(key)),
                None => {
                    let expected = expected.clone();
                    let none = Mismatch { pointer: String::new(), expected, actual: None };
                    Some(none.below(key))
                }
            })
        }
        (expected, actual) if expected == actual => None,
        (expected, actual) => Some(Mismatch {
            pointer: String::new(),
            expected: expected.clone(),
            actual: Some(actual.clone()),
        }),
    }
}

impl Mismatch {
    fn below(mut self, key: &str) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        self.pointer.insert_str(0, &format!("/{key}"));
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(expected: &Value, actual: &Value, pointer: Option<&str>) {
        let found = mismatch(expected, actual).map(|mismatch| mismatch.pointer);
        assert_eq!(found.as_deref(), pointer);
    }

    #[test]
    fn an_object_may_hold_more_than_is_expected() {
        check(&json!({"a": {"b": 1}}), &json!({"a": {"b": 1, "c": 2}, "d": 3}), None);
    }

    #[test]
    fn the_place_of_the_first_difference_is_named() {
        check(&json!({"a": {"b": 1}}), &json!({"a": {"b": "1"}}), Some("/a/b"));
        check(&json!({"a": {"b/c": 1}}), &json!({"a": {}}), Some("/a/b~1c"));
        check(&json!({"a": {}}), &json!({"a": 1}), Some("/a"));
    }

    #[test]
    fn an_array_matches_exactly() {
        check(&json!([1, 2]), &json!([1, 2]), None);
        check(&json!({"a": [1]}), &json!({"a": [1, 2]}), Some("/a"));
    }
}
