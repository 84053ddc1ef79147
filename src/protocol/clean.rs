//! Makes texts that quote others fit to be kept: no secret, no personal data.

use std::borrow::Cow;

use serde_json::Value;

use super::address::mask_addresses;
use super::json::Json;
use super::mask::{is_own, is_personal, mask_but_own, message_depth};
use super::own::Own;
use super::redact::cut;
use super::secret::Secrets;

/// How much of a frame is kept, in bytes.
const LONGEST_FRAME: usize = 4 << 10;

/// Before it is masked a frame is cut at this, so that a huge one costs little.
const LONGEST_RAW_FRAME: usize = 64 << 10;

const MASKED: &str = "[masked]";

/// Cleans whatever is to be kept or shown of what others sent. Cleaning twice changes nothing.
#[derive(Debug)]
pub struct Clean {
    secrets: Secrets,
    shows_personal_data: bool,
    own: Own,
}

impl Clean {
    /// Takes out these secrets and, unless it is to be shown, personal data: what is under a tenant,
    /// e-mail addresses and phone numbers, and messages that the run of this id did not send.
    pub fn new(secrets: Secrets, shows_personal_data: bool, run_id: &str) -> Self {
        Self { secrets, shows_personal_data, own: Own::of_run(run_id) }
    }

    /// Notes the content of a message that we send, which stays readable.
    pub fn sent(&self, content: &str) {
        if !self.shows_personal_data {
            self.own.sent(content);
        }
    }

    /// A sentence, or a server's own words.
    pub fn text(&self, text: &str) -> String {
        let masked =
            if self.shows_personal_data { Cow::Borrowed(text) } else { mask_addresses(text) };
        self.secrets.redact(&masked).into_owned()
    }

    /// A frame's text, cut at 4 KiB.
    pub fn frame(&self, frame: &str) -> String {
        cut(&self.whole_frame(cut(frame, LONGEST_RAW_FRAME)), LONGEST_FRAME).to_owned()
    }

    /// A frame's text.
    pub fn whole_frame(&self, frame: &str) -> String {
        let masked = if self.shows_personal_data {
            Cow::Borrowed(frame)
        } else {
            mask_but_own(frame, "", &self.own)
        };
        self.secrets.redact(&masked).into_owned()
    }

    /// A value, or a part of one, that was quoted from a frame at a JSON pointer.
    pub fn quote(&self, quoted: &str, frame: &Json, pointer: &str) -> String {
        if self.shows_personal_data {
            return self.text(quoted);
        }
        let keys: Vec<_> = pointer.split('/').skip(1).collect();
        if is_personal(keys.iter().copied()) {
            return MASKED.to_owned();
        }
        match message_depth(&keys) {
            Some(depth) => {
                let message = keys[..depth].iter().map(|key| format!("/{key}")).collect::<String>();
                let message = frame.pointer(&message).unwrap_or(&Json::Null);
                if is_own(message, &self.own) { self.text(quoted) } else { MASKED.to_owned() }
            }
            None => {
                let key = keys.last().copied().unwrap_or_default();
                self.secrets.redact(&mask_but_own(quoted, key, &self.own)).into_owned()
            }
        }
    }

    /// What was expected of a value at a JSON pointer: it may stem from an earlier frame, and so stays
    /// where nothing personal can stand, or where we have sent it.
    pub fn expected(&self, expected: &str, pointer: &str) -> String {
        let keys: Vec<_> = pointer.split('/').skip(1).collect();
        let is_content = message_depth(&keys).is_some();
        let is_known = || {
            let bare = serde_json::from_str::<String>(expected);
            self.own.has_sent(bare.as_deref().unwrap_or(expected))
        };
        let is_hidden = is_personal(keys.iter().copied()) || is_content && !is_known();
        if is_hidden && !self.shows_personal_data {
            return MASKED.to_owned();
        }
        self.text(expected)
    }

    /// A value that a report shows, without secrets in its keys and texts.
    pub fn value(&self, value: Value) -> Value {
        let text = value.to_string();
        let clean = self.text(&text);
        if clean == text { value } else { serde_json::from_str(&clean).unwrap_or(clean.into()) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "opaque-token-of-34";

    fn clean(shows_personal_data: bool) -> Clean {
        let secrets = Secrets::default();
        secrets.add(SECRET);
        let clean = Clean::new(secrets, shows_personal_data, "r-1");
        clean.sent("hello");
        clean
    }

    #[track_caller]
    fn check_frame(frame: &str, expected: &str) {
        let kept = clean(false).frame(frame);
        assert_eq!(kept, expected);
        assert_eq!(clean(false).frame(&kept), expected, "cleaning again changes nothing");
    }

    #[test]
    fn a_frame_is_kept_without_secrets_and_personal_data() {
        check_frame(
            r#"{"tenant":{"id":"34","email":"a@example.com"},"u":"https://u.example.com/a?sig=1"}"#,
            r#"{"tenant":{"id":"34","email":"[masked]"},"u":"https://u.example.com/a?[redacted]"}"#,
        );
        check_frame(&format!("{{\"message\":\"no {SECRET}\"}}"), r#"{"message":"no [redacted]"}"#);
    }

    #[test]
    fn a_long_frame_is_cut_between_characters() {
        check_frame(&format!("a{}", "ก".repeat(100_000)), &format!("a{}", "ก".repeat(1365)));
    }

    #[test]
    fn personal_data_may_be_shown_and_secrets_never() {
        let frame = format!(r#"{{"email":"a@example.com","x":"{SECRET}"}}"#);
        let expected = r#"{"email":"a@example.com","x":"[redacted]"}"#;
        assert_eq!(clean(true).frame(&frame), expected);
        assert_eq!(clean(true).quote("a@example.com", &Json::Null, "/email"), "a@example.com");
    }

    #[track_caller]
    fn check_quote(frame: &Value, pointer: &str, expected: &str) {
        let quoted = frame.pointer(pointer).map(Value::to_string).unwrap_or_default();
        assert_eq!(clean(false).quote(&quoted, &frame.into(), pointer), expected);
    }

    #[test]
    fn a_quoted_value_is_masked_by_its_place() {
        let frame = json!({"body": {
            "status": 7,
            "tenant": {"id": "34", "note": "x"},
            "messages": [
                {"senderEntityType": "TENANT", "messageContent": "hello", "id": "1"},
                {"senderEntityType": "TENANT", "messageContent": "of another day", "id": "2"},
                {"senderEntityType": "BACKEND_USER", "messageContent": "hello", "id": "3"},
            ],
        }});
        check_quote(&frame, "/body/status", "7");
        check_quote(&frame, "/body/tenant/id", r#""34""#);
        check_quote(&frame, "/body/tenant/note", "[masked]");
        check_quote(&frame, "/body/tenant", "[masked]");
        check_quote(&frame, "/body/messages/0/messageContent", r#""hello""#);
        check_quote(&frame, "/body/messages/1/messageContent", "[masked]");
        check_quote(&frame, "/body/messages/2/messageContent", "[masked]");
        check_quote(
            &frame,
            "/body/messages/1",
            r#"{"id":"2","messageContent":"[masked]","senderEntityType":"TENANT"}"#,
        );
    }

    #[test]
    fn what_was_expected_is_kept_where_it_cannot_be_personal() {
        let clean = clean(false);
        assert_eq!(clean.expected("200", "/status"), "200");
        assert_eq!(clean.expected(r#""hello""#, "/chatMessage/messageContent"), r#""hello""#);
        assert_eq!(clean.expected(r#""hi""#, "/chatMessage/messageContent"), "[masked]");
        assert_eq!(clean.expected(r#""34""#, "/tenant/id"), r#""34""#);
        assert_eq!(clean.expected(r#""x""#, "/tenant/note"), "[masked]");
    }

    #[test]
    fn a_value_is_kept_without_secrets() {
        let value = json!({SECRET: ["a@example.com"], "n": 7});
        assert_eq!(clean(false).value(value), json!({"[redacted]": ["[masked]"], "n": 7}));
    }
}
