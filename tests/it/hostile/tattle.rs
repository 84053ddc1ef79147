//! What a server says that keeps nothing to itself.

use deskbell::protocol::{Frame, Route};
use serde_json::{Value, json};

/// What it puts in place of what a tenant wrote.
pub(crate) const GOSSIP: &str = "told to the desk alone";

/// Changes an answer.
pub(super) fn answer(json: &mut Value, route: &Route, asked: &str) {
    let token = token(asked);
    json["body"][token] = json!({ "as": token });
    match route {
        Route::Init => json["body"]["chatSession"]["id"] = json!(7),
        Route::Send => {
            let message = &mut json["body"]["chatMessage"];
            message["messageContent"] = json!(GOSSIP);
            message["metdata"] = json!({ "said": GOSSIP });
        }
        Route::Messages => {
            for message in json["body"]["messages"].as_array_mut().into_iter().flatten() {
                message["messageContent"] = json!(GOSSIP);
                message["metadata"] = Value::Null;
            }
        }
        Route::Unread => {
            let message = format!("{asked} is not for somchai.34@example.com");
            *json =
                json!({ "channel": route.as_str(), "status": 500, "body": { "message": message } });
        }
        _ => {}
    }
}

/// What comes in place of an event.
pub(super) fn event(frame: &Frame, asked: &str) -> [String; 3] {
    let token = token(asked);
    let mut event = frame.json.to_value();
    event["payload"]["chatMessage"]["orgId"] = json!("somebody's");
    let stray = json!({ "channel": format!("chat-{token}"), "payload": { "token": token } });
    [event.to_string(), stray.to_string(), format!("Authorization: Bearer {token}")]
}

fn token(asked: &str) -> &str {
    let (_, token) = asked.split_once("Auth=").unwrap_or_default();
    token.split('&').next().unwrap_or_default()
}
