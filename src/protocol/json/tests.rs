use super::read::Parsed;
use super::*;

#[track_caller]
fn check(text: &str, value: Value, duplicate_key: Option<&str>, byte_order_mark: bool) {
    let duplicate_key = duplicate_key.map(str::to_owned);
    let value = Json::from(value);
    assert_eq!(parse(text), Ok(Parsed { value, duplicate_key, byte_order_mark }));
}

#[test]
fn a_value_is_what_serde_json_makes_of_it() {
    let text = r#"{"a":[1,-2,2.5,true,null,"ไทย"],"b":{"c":18446744073709551615}}"#;
    check(text, serde_json::from_str(text).unwrap(), None, false);
}

#[test]
fn a_key_that_stands_twice_is_named_however_deep() {
    check(r#"{"a":[{"k":1,"k":2}]}"#, serde_json::json!({"a": [{"k": 2}]}), Some("k"), false);
}

#[test]
fn a_byte_order_mark_is_told() {
    check("\u{feff}{}", serde_json::json!({}), None, true);
}

#[test]
fn what_is_no_single_json_text_is_refused_without_quoting_it() {
    for text in ["", "{} {}", "{\"secret\":", "not json", "[1e999999]", "\u{feff}\u{feff}{}"] {
        let error = parse(text).unwrap_err();
        assert!(!error.contains("secret"), "{error}");
    }
    assert!(parse(&"[".repeat(100_000)).is_err());
}
