use proptest::prelude::*;
use serde_json::Value;

use super::read::{Parsed, strict};
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

/// Texts that are JSON, or nearly.
fn texts() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[0-9]{1,21}",
        "-?[0-9]{1,3}([.][0-9]{1,3})?(e-?[0-9])?",
        r#""[a-zA-Z0-9 ก\\"n\n\x7f]{0,20}""#,
    ];
    let value = leaf.prop_recursive(4, 32, 5, |inner| {
        let members = proptest::collection::vec(("[a-c]{1,9}", inner.clone()), 0..5);
        let object = |members: Vec<(String, String)>| {
            let members = members.iter().map(|(key, member)| format!("\"{key}\": {member}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        };
        let items = proptest::collection::vec(inner, 0..5);
        prop_oneof![
            members.prop_map(object),
            items.prop_map(|items| format!("[{}]", items.join(" ,\n"))),
        ]
    });
    (value, any::<prop::sample::Index>(), prop_oneof![3 => Just(None), 1 => "[ -~]".prop_map(Some)])
        .prop_map(|(mut text, at, slip)| {
            let at = at.index(text.len() + 1);
            if let Some(slip) = slip.filter(|_| text.is_char_boundary(at)) {
                text.insert_str(at, &slip);
            }
            text
        })
}

proptest! {
    #[test]
    fn what_is_read_quickly_is_what_the_strict_reader_makes_of_it(text in texts()) {
        if let Some(value) = quick::read(&text) {
            let (duplicate_key, byte_order_mark) = (None, false);
            prop_assert_eq!(strict(&text), Ok(Parsed { value, duplicate_key, byte_order_mark }));
        }
    }

    #[test]
    fn a_value_reads_as_it_is_written(text in texts()) {
        if let Ok(Parsed { value, .. }) = parse(&text) {
            let written = value.to_string();
            prop_assert_eq!(&parse(&written).unwrap().value, &value);
            prop_assert_eq!(&written, &serde_json::to_string(&value).unwrap());
            prop_assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value.to_value());
        }
    }
}

#[test]
fn keys_that_begin_and_end_alike_are_told_apart() {
    let (long, longer) = ("a".repeat(16), "a".repeat(17));
    let keys = ["", "a", "aa", "\0", "aaaaaaaa", &long, &longer, "aaaaaaaabaaaaaaaa"];
    let all = Json::object(keys.map(|key| (key, key.into())));
    for key in keys {
        assert_eq!(all[key], *key);
    }
    assert_eq!(all.get("aaaaaaaadaaaaaaaa"), None);
}

#[test]
fn usual_frames_are_read_quickly() {
    for text in
        [r#"{"a":[1,-2,{"b":"ไทย 4482e256-da14"}],"c":{},"d":[], "e" : null}"#, " 7 ", "\"\""]
    {
        assert!(quick::read(text).is_some(), "{text}");
    }
    for text in ["", "01", "-0", "1.0", "\"a\\n\"", "{\"a\":1,\"a\":1}", "[1,]", "{}x", "\"\n\""] {
        assert!(quick::read(text).is_none(), "{text}");
    }
}
