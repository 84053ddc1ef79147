//! Which request a frame answers where the endpoint speaks another protocol than the document's.

use crate::protocol::{Frame, Role, Route};

use super::Correlator;

/// The keys of a frame that may name what was called.
const NAMES: [&str; 2] = ["channel", "action"];

impl Correlator {
    pub(super) fn foreign_role(&mut self, frame: &Frame) -> Role {
        let names: Vec<_> = NAMES
            .iter()
            .filter_map(|key| frame.json.get(key)?.as_str())
            .map(|name| Route::parse_with_query(name).0)
            .collect();
        let oldest = (!self.open.is_empty()).then_some(0);
        let at = match names.as_slice() {
            [] => oldest,
            // A frame that called nothing by name is answered by whatever comes next.
            names => self
                .open
                .iter()
                .position(|open| !open.request.has_route() || names.contains(&open.request.route)),
        };
        at.map_or(Role::Event, |at| Role::Answer(self.close(at)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::protocol::correlate::tests::leaving;
    use crate::protocol::{Request, RequestNo};

    /// Calls these routes, numbered from 0, then holds each frame's role to what is said.
    #[track_caller]
    fn check(routes: &[&str], frames: &[(Value, Option<u64>)]) {
        let mut correlator = Correlator::foreign();
        for (no, route) in (0..).zip(routes) {
            correlator.sent(&leaving(no, Request::any(route, json!({}))));
        }
        for (frame, answers) in frames {
            let role = answers.map_or(Role::Event, |no| Role::Answer(RequestNo(no)));
            let frame = Frame::from_text(&frame.to_string());
            assert_eq!(correlator.attribute(&frame), role, "{:?}", frame.json);
        }
    }

    #[test]
    fn an_answer_names_what_was_called_or_nothing_at_all() {
        check(
            &["desk/join", "desk/send?x=1"],
            &[
                (json!({ "channel": "chat-message-a", "payload": {} }), None),
                (json!({ "channel": "desk/send", "status": 200 }), Some(1)),
                (json!({ "ok": true }), Some(0)),
                (json!({ "ok": true }), None),
            ],
        );
        check(&["desk/join"], &[(json!({ "action": "desk/join" }), Some(0))]);
    }

    #[test]
    fn a_frame_that_called_nothing_by_name_is_answered_by_whatever_comes_next() {
        check(&[""], &[(json!({ "channel": "anything" }), Some(0))]);
    }
}
