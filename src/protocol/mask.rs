//! Takes personal data out of a frame's text: tenants' fields, and messages of others.

use std::borrow::Cow;
use std::ops::Range;

use super::address::mask_addresses;
use super::json::Json;
use super::own::Own;

const MASKED: &str = "\"[masked]\"";
const MASKED_NUMBER: &str = "\"[masked number]\"";

/// Keys whose value is personal wherever they stand.
const PERSONAL: [&str; 2] = ["email", "phoneNumber"];

/// The key of a tenant's fields.
const TENANT: &str = "tenant";

/// The key of what a message says.
const CONTENT: &str = "messageContent";

/// What a message's metadata stands under.
const METADATA: [&str; 2] = ["metdata", "metadata"];

/// The frame with the strings and numbers of each `tenant` (but its `id`), every `email` and
/// `phoneNumber`, whatever looks like an e-mail address, and the content and metadata of each
/// message replaced.
///
/// It works on the text, not on parsed JSON: the rest stays as it came, byte for byte, and a frame
/// that is cut or malformed is masked as well as one that is not.
pub fn mask_personal(frame: &str) -> Cow<'_, str> {
    mask_but_own(frame, "", &Own::default())
}

/// As [`mask_personal`], but what is known to be our own message stays. `key` is what the text stands
/// under, where it is a part of a frame.
pub(super) fn mask_but_own<'a>(text: &'a str, key: &str, own: &Own) -> Cow<'a, str> {
    let mut hidden = Scanner::new(text, key, own).scan();
    if hidden.is_empty() {
        return mask_addresses(text);
    }
    hidden.sort_unstable_by_key(|range| range.start);
    let mut clean = String::with_capacity(text.len());
    let mut copied = 0;
    for range in hidden {
        clean.push_str(&mask_addresses(&text[copied..range.start]));
        let is_text = text[range.start..].starts_with('"');
        clean.push_str(if is_text { MASKED } else { MASKED_NUMBER });
        copied = range.end;
    }
    clean.push_str(&mask_addresses(&text[copied..]));
    Cow::Owned(clean)
}

/// Whether what stands under these keys, from the outermost, is personal wherever it came from.
pub(super) fn is_personal<'a>(mut keys: impl DoubleEndedIterator<Item = &'a str>) -> bool {
    let Some(last) = keys.next_back() else { return false };
    let names = |key: &str| key == TENANT || PERSONAL.contains(&key);
    last != "id" && (names(last) || keys.any(names))
}

/// How many of these keys lead to a message, where the next leads to its content or metadata.
pub(super) fn message_depth(keys: &[&str]) -> Option<usize> {
    keys.iter().position(|key| *key == CONTENT || METADATA.contains(key))
}

/// Whether a message is known to be ours.
pub(super) fn is_own(message: &Json, own: &Own) -> bool {
    let has_mark = |key: &&str| {
        message[*key]["deskbell_run"].as_str().is_some_and(|mark| own.has_marked(mark))
    };
    let is_known = || message[CONTENT].as_str().is_some_and(|content| own.has_sent(content));
    message["senderEntityType"] == "TENANT" && (METADATA.iter().any(has_mark) || is_known())
}

struct Scanner<'a> {
    frame: &'a str,
    own: &'a Own,
    scopes: Vec<Scope>,
    hidden: Vec<Range<usize>>,
}

/// An object or array that is open.
#[derive(Default)]
struct Scope {
    is_array: bool,
    whose: Whose,
    /// `senderEntityType` is TENANT.
    is_tenants: bool,
    /// The metadata's mark, or the content, is ours.
    is_known: bool,
    /// The key whose value comes next; an array's elements stand under the array's own.
    key: String,
    /// Message contents and metadata, until it is known whose they are.
    contents: Vec<Range<usize>>,
}

/// Whose the values of an object or array are.
#[derive(Clone, Copy, Default, PartialEq)]
enum Whose {
    #[default]
    Nobodys,
    /// A tenant's, or personal by their own key.
    Tenants,
    /// Of whoever sent the message around them.
    Senders,
}

impl<'a> Scanner<'a> {
    fn new(frame: &'a str, key: &str, own: &'a Own) -> Self {
        let outermost = Scope { is_array: true, key: key.to_owned(), ..Scope::default() };
        Self { frame, own, scopes: vec![outermost], hidden: vec![] }
    }

    fn scan(mut self) -> Vec<Range<usize>> {
        let mut at = 0;
        while let Some(byte) = self.frame.as_bytes().get(at) {
            match byte {
                b'{' | b'[' => self.open(*byte == b'['),
                b'}' | b']' => self.close(),
                b',' if !self.scope().is_array => self.scope().key.clear(),
                b'"' => {
                    let end = end_of_string(self.frame, at);
                    self.string(at..end);
                    at = end;
                    continue;
                }
                b'-' | b'0'..=b'9' => {
                    let end = end_of_number(self.frame, at);
                    self.value(at..end);
                    at = end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        while !self.scopes.is_empty() {
            self.close();
        }
        self.hidden
    }

    fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        self.scopes.last_mut().expect("one was pushed if there was none")
    }

    fn open(&mut self, is_array: bool) {
        let outer = self.scope();
        let whose = match outer.key.as_str() {
            _ if outer.whose == Whose::Tenants => Whose::Tenants,
            key if key == TENANT || PERSONAL.contains(&key) => Whose::Tenants,
            key if key == CONTENT || METADATA.contains(&key) => Whose::Senders,
            _ => outer.whose,
        };
        let key = if is_array { outer.key.clone() } else { String::new() };
        self.scopes.push(Scope { is_array, whose, key, ..Scope::default() });
    }

    fn close(&mut self) {
        let Some(scope) = self.scopes.pop() else { return };
        match self.scopes.last_mut() {
            Some(outer) if scope.whose == Whose::Senders => {
                outer.contents.extend(scope.contents);
                outer.is_known |= scope.is_known;
            }
            _ if scope.is_tenants && scope.is_known => {}
            _ => self.hidden.extend(scope.contents),
        }
    }

    fn string(&mut self, range: Range<usize>) {
        let is_key = self.frame[range.end..].trim_start().starts_with(':');
        if !is_key {
            return self.value(range);
        }
        let literal = &self.frame[range];
        // Keys may be escaped; one that cannot be read is kept as it stands.
        self.scope().key = serde_json::from_str(literal).unwrap_or_else(|_| literal.to_owned());
    }

    fn value(&mut self, range: Range<usize>) {
        let (literal, own) = (&self.frame[range.clone()], self.own);
        let text = || serde_json::from_str::<String>(literal).unwrap_or_default();
        let scope = self.scope();
        match scope.key.as_str() {
            "id" if scope.whose != Whose::Senders => {}
            key if scope.whose == Whose::Tenants || PERSONAL.contains(&key) => {
                self.hidden.push(range);
            }
            "deskbell_run" if scope.whose == Whose::Senders => {
                scope.is_known |= own.has_marked(&text());
                scope.contents.push(range);
            }
            _ if scope.whose == Whose::Senders => scope.contents.push(range),
            CONTENT => {
                scope.is_known |= own.has_sent(&text());
                scope.contents.push(range);
            }
            key if METADATA.contains(&key) => scope.contents.push(range),
            TENANT => self.hidden.push(range),
            "senderEntityType" => scope.is_tenants = literal == "\"TENANT\"",
            _ => {}
        }
    }
}

fn end_of_string(frame: &str, start: usize) -> usize {
    let mut is_escaped = false;
    for (at, byte) in frame.bytes().enumerate().skip(start + 1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    frame.len()
}

fn end_of_number(frame: &str, start: usize) -> usize {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    start + frame.as_bytes()[start..].iter().take_while(|byte| is_part(byte)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::Frame;

    #[track_caller]
    fn check(frame: &str, expected: &str) {
        assert_eq!(mask_personal(frame), expected);
    }

    #[test]
    fn a_tenants_fields_are_masked_but_its_id() {
        check(
            r#"{"body":{"orgId":"367","tenant":{"id":"34","email":"a@example.com","n":[{"lastName":"B"},7],"ok":true,"note":null}}}"#,
            r#"{"body":{"orgId":"367","tenant":{"id":"34","email":"[masked]","n":[{"lastName":"[masked]"},"[masked number]"],"ok":true,"note":null}}}"#,
        );
    }

    #[test]
    fn addresses_and_numbers_are_masked_wherever_they_stand() {
        check(
            r#"{"x":[{"phoneNumber":800000001,"email":["a@example.com"]}],"code":"+66"}"#,
            r#"{"x":[{"phoneNumber":"[masked number]","email":["[masked]"]}],"code":"+66"}"#,
        );
    }

    #[test]
    fn a_message_is_masked_unless_it_is_known_to_be_ours() {
        check(
            r#"[{"messageContent":"x","senderEntityType":"TENANT"},{"messageContent":{"a":["z"]},"metadata":{"k":1}}]"#,
            r#"[{"messageContent":"[masked]","senderEntityType":"TENANT"},{"messageContent":{"a":["[masked]"]},"metadata":{"k":"[masked number]"}}]"#,
        );
        let own = Own::of_run("r-1");
        own.sent("y\"y");
        for message in [
            r#"{"messageContent":"x","senderEntityType":"TENANT","metdata":{"deskbell_run":"r-1/3","k":"v"}}"#,
            r#"{"metadata":{"deskbell_run":"r-1/3"},"senderEntityType":"TENANT","messageContent":["x"]}"#,
            r#"{"messageContent":"y\"y","senderEntityType":"TENANT","metadata":null}"#,
        ] {
            assert_eq!(mask_but_own(message, "", &own), message);
            assert!(is_own(&Frame::from_text(message).json, &own), "{message}");
        }
        for message in [
            r#"{"messageContent":"x","senderEntityType":"TENANT","metadata":{"deskbell_run":"r-2/3"}}"#,
            r#"{"messageContent":"x","senderEntityType":"BACKEND_USER","metadata":{"deskbell_run":"r-1/3"}}"#,
            r#"{"messageContent":"x","senderEntityType":"TENANT","deskbell_run":"r-1/3"}"#,
            r#"{"messageContent":"y\"y","senderEntityType":"BACKEND_USER"}"#,
        ] {
            let masked = mask_but_own(message, "", &own).into_owned();
            assert!(masked.contains(r#""messageContent":"[masked]""#), "{masked}");
            assert!(!is_own(&Frame::from_text(message).json, &own), "{message}");
        }
    }

    #[test]
    fn a_part_of_a_frame_is_masked_by_the_key_it_stands_under() {
        assert_eq!(mask_but_own(r#""a""#, "messageContent", &Own::default()), MASKED);
        assert_eq!(mask_but_own("[7]", "phoneNumber", &Own::default()), r#"["[masked number]"]"#);
        assert_eq!(mask_but_own("7", "status", &Own::default()), "7");
    }

    #[test]
    fn a_cut_or_malformed_frame_is_masked_as_far_as_it_goes() {
        check(r#"{"tenant":{"email":"somcha"#, r#"{"tenant":{"email":"[masked]""#);
        check(r#"}]{"\u0074enant":{"a":"b"}} x"#, r#"}]{"\u0074enant":{"a":"[masked]"}} x"#);
        check(r#"{"messageContent" : "x\"y","a":"b"#, r#"{"messageContent" : "[masked]","a":"b"#);
    }

    #[test]
    fn what_is_not_personal_stays_byte_for_byte() {
        for frame in [
            "\u{feff}{\"id\": 1e2, \"id\":12345678901234567890123}",
            r#"{"channel":"connection","status":200,"body":{"deviceId":"d-1"}}"#,
            "not json",
        ] {
            check(frame, frame);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(frame in "[\\[\\]{}\",:\\\\a0ก-]{0,60}") {
            let _ = mask_personal(&frame);
        }
    }
}
