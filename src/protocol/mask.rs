//! Takes personal data out of a frame's text: tenants' fields, and messages of others.

use std::borrow::Cow;
use std::ops::Range;

const MASKED: &str = "\"[masked]\"";
const MASKED_NUMBER: &str = "\"[masked number]\"";

/// Keys whose value is personal wherever they stand.
const PERSONAL: [&str; 2] = ["email", "phoneNumber"];

/// The frame with the strings and numbers of each `tenant` (but its `id`), every `email` and
/// `phoneNumber`, and the `messageContent` of whoever is not the tenant replaced.
///
/// It works on the text, not on parsed JSON: the rest stays as it came, byte for byte, and a frame
/// that is cut or malformed is masked as well as one that is not.
pub fn mask_personal(frame: &str) -> Cow<'_, str> {
    let mut hidden = Scanner { frame, scopes: vec![Scope::default()], hidden: vec![] }.scan();
    if hidden.is_empty() {
        return Cow::Borrowed(frame);
    }
    hidden.sort_unstable_by_key(|range| range.start);
    let mut clean = String::with_capacity(frame.len());
    let mut copied = 0;
    for range in hidden {
        clean.push_str(&frame[copied..range.start]);
        let is_text = frame[range.start..].starts_with('"');
        clean.push_str(if is_text { MASKED } else { MASKED_NUMBER });
        copied = range.end;
    }
    clean.push_str(&frame[copied..]);
    Cow::Owned(clean)
}

struct Scanner<'a> {
    frame: &'a str,
    scopes: Vec<Scope>,
    hidden: Vec<Range<usize>>,
}

/// An object or array that is open.
#[derive(Default)]
struct Scope {
    is_array: bool,
    /// Within a tenant, or within a value that is personal itself.
    is_personal: bool,
    /// `senderEntityType` is TENANT.
    is_tenants: bool,
    /// The key whose value comes next; an array's elements stand under the array's own.
    key: String,
    /// Message contents, until it is known whose they are.
    contents: Vec<Range<usize>>,
}

impl Scanner<'_> {
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
        let is_personal = outer.is_personal
            || ["tenant", "messageContent"].contains(&outer.key.as_str())
            || PERSONAL.contains(&outer.key.as_str());
        let key = if is_array { outer.key.clone() } else { String::new() };
        self.scopes.push(Scope { is_array, is_personal, key, ..Scope::default() });
    }

    fn close(&mut self) {
        if let Some(scope) = self.scopes.pop()
            && !scope.is_tenants
        {
            self.hidden.extend(scope.contents);
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
        let is_tenant = &self.frame[range.clone()] == "\"TENANT\"";
        let scope = self.scope();
        match scope.key.as_str() {
            "id" => {}
            key if scope.is_personal || PERSONAL.contains(&key) => self.hidden.push(range),
            "messageContent" => scope.contents.push(range),
            "senderEntityType" => scope.is_tenants = is_tenant,
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
    fn a_message_is_masked_unless_the_tenant_sent_it() {
        check(
            r#"[{"messageContent":"x","senderEntityType":"BACKEND_USER"},{"messageContent":"y","senderEntityType":"TENANT"},{"messageContent":"z"}]"#,
            r#"[{"messageContent":"[masked]","senderEntityType":"BACKEND_USER"},{"messageContent":"y","senderEntityType":"TENANT"},{"messageContent":"[masked]"}]"#,
        );
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
