use super::*;

/// Lines as they are shown, those at the pointer between `>` and `<`.
#[track_caller]
fn check(frame: &str, pointer: &str, expected: &str) {
    let layout = laid_out(frame, pointer).unwrap();
    let mut text = String::new();
    for (nth, line) in layout.lines.iter().enumerate() {
        let key = line.key.map_or(String::new(), |key| format!("{key}: "));
        let comma = if line.has_comma { "," } else { "" };
        let line = format!("{}{key}{}{comma}", "  ".repeat(line.depth), line.value);
        let is_marked = !pointer.is_empty() && layout.place.contains(&nth);
        text += &if is_marked { format!(">{line}<\n") } else { format!("{line}\n") };
    }
    assert_eq!(text, expected);
}

#[test]
fn a_member_has_a_line_and_the_place_is_marked() {
    check(
        r#"{"channel":"c", "body":{"ids":[1,2.50],"none":{},"text":"a \"b\", {c}: d\\"}}"#,
        "/body/ids/1",
        r#"{
  "channel": "c",
  "body": {
    "ids": [
      1,
>      2.50<
    ],
    "none": {},
    "text": "a \"b\", {c}: d\\"
  }
}
"#,
    );
}

#[test]
fn a_place_with_parts_is_marked_to_its_end() {
    check(
        r#"{"a":{"b/~":[true],"c":null}}"#,
        "/a/b~1~0",
        "{\n  \"a\": {\n>    \"b/~\": [<\n>      true<\n>    ],<\n    \"c\": null\n  }\n}\n",
    );
}

#[test]
fn where_the_place_is_not_there_the_nearest_is_marked() {
    let frame = r#"{"body":{"chatMessage":{"id":"1"}}}"#;
    check(
        frame,
        "/body/chatMessage/sentAt",
        "{\n  \"body\": {\n>    \"chatMessage\": {<\n      \"id\": \"1\"\n    }\n  }\n}\n",
    );
    let shown = evidence(frame, "/body/chatMessage/sentAt", "violations.jsonl:1").into_string();
    assert!(shown.contains("Nothing stands at "), "{shown}");
}

#[test]
fn a_frame_that_is_cut_is_laid_out_as_far_as_it_goes() {
    check(r#"{"a":[{"b":"c"#, "/a/0/b", "{\n  \"a\": [\n    {\n>      \"b\": \"c<\n");
    check("{\"a\" :\n1 ]]}", "/a", "{\n>  \"a\": 1<\n]\n]\n}\n");
}

#[track_caller]
fn check_shown(frame: &str, pointer: &str, expected: &[&str]) {
    let shown = evidence(frame, pointer, "violations.jsonl:7").into_string();
    for part in expected {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(shown.len() < 20_000, "{} bytes", shown.len());
}

#[test]
fn a_long_frame_is_shown_around_the_place() {
    let items: Vec<_> = (0..500).map(|nth| format!("{{\"id\":{nth}}}")).collect();
    let frame = format!("{{\"messages\":[{}]}}", items.join(","));
    check_shown(
        &frame,
        "/messages/300/id",
        &[
            "... 891 lines before, in violations.jsonl:7",
            "<mark>      <b>&quot;id&quot;</b>: 300</mark>",
            " lines after, in violations.jsonl:7",
        ],
    );
}

#[test]
fn text_that_is_no_json_is_shown_as_it_is() {
    check_shown("not json <b>", "/a", &["not json &lt;b&gt;"]);
    check_shown("", "", &["<pre"]);
    check_shown(&"x".repeat(64 << 10), "", &["and 64936 bytes, in violations.jsonl:7"]);
}

#[test]
fn long_values_keys_and_nests_stay_small() {
    check_shown(&format!("{{\"a\":\"{}\"}}", "ก".repeat(5_000)), "/a", &[" more bytes"]);
    check_shown(&format!("{{\"{}\":1}}", "k".repeat(5_000)), "/k", &[]);
    check_shown(&"[".repeat(4_096), "/0/0/0", &["<mark>      [</mark>"]);
    check_shown("[\"\u{202e}\u{1b}[2J</pre>\"]", "/0", &["\u{fffd}\u{fffd}[2J&lt;/pre&gt;"]);
}
