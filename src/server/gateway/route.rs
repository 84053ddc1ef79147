//! Where a message of a client leads: an API of the gateway tells that by `action`.
//!
//! It knows nothing of the service's own routes. Start from [`route`].

use serde_json::Value;

use super::{Complaint, Gateway};

/// Why a message does not reach the service, if it does not.
pub(super) fn route(gateway: &Gateway, text: &str) -> Result<(), Complaint> {
    if gateway.default_route && !gateway.request_model {
        return Ok(());
    }
    let message: Value = serde_json::from_str(text).unwrap_or_default();
    if message["action"] != "api" {
        return if gateway.default_route { Ok(()) } else { Err(Complaint::Forbidden) };
    }
    let fits = !gateway.request_model || message["data"]["route"].is_string();
    if fits { Ok(()) } else { Err(Complaint::BadRequestBody) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = r#"{"action":"api","data":{"route":"r"}}"#;
    const OTHER: [&str; 5] = [r#"{"action":"x"}"#, "{}", "[]", "7", "not json"];

    #[track_caller]
    fn check(default_route: bool, request_model: bool, text: &str, expected: Option<Complaint>) {
        let gateway = Gateway { default_route, request_model, ..Gateway::default() };
        assert_eq!(route(&gateway, text).err(), expected, "{text}");
    }

    #[test]
    fn with_a_default_route_everything_leads_to_the_service() {
        for text in OTHER.iter().chain([&REQUEST]) {
            check(true, false, text, None);
        }
    }

    #[test]
    fn without_one_only_the_known_action_does() {
        check(false, false, REQUEST, None);
        for text in OTHER {
            check(false, false, text, Some(Complaint::Forbidden));
        }
    }

    #[test]
    fn a_model_is_held_to_messages_of_its_route_alone() {
        check(true, true, REQUEST, None);
        check(true, true, "not json", None);
        for text in [r#"{"action":"api"}"#, r#"{"action":"api","data":{"route":7}}"#] {
            check(true, true, text, Some(Complaint::BadRequestBody));
        }
    }
}
