//! Requests as they come in, read strictly, and what is said to those that are refused.

use serde_json::{Map, Value};

use crate::protocol::{ContentType, MessageId, Route};

use super::state::Channel;

/// A request that is well formed up to its body.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    pub(super) channel: Channel,
    pub(super) fields: Fields,
}

/// A frame that is no request, and the channel to answer it on.
#[derive(Debug, PartialEq)]
pub(super) struct NoRequest {
    pub(super) channel: Channel,
    pub(super) why: Refusal,
}

impl Request {
    pub(super) fn parse(text: &str) -> Result<Self, NoRequest> {
        let nameless = |why| NoRequest { channel: Channel::error(), why };
        let mut frame: Value =
            serde_json::from_str(text).map_err(|_| nameless(Refusal::NotJson))?;
        let Some(route) = frame.pointer("/data/route").and_then(Value::as_str) else {
            return Err(nameless(Refusal::NoRoute));
        };
        let (route, query) = Route::parse_with_query(route);
        let channel = Channel { route, query: query.map(Into::into) };
        if frame.get("action").and_then(Value::as_str) != Some("api") {
            return Err(NoRequest { channel, why: Refusal::UnknownAction });
        }
        match frame.pointer_mut("/data/body").map(Value::take) {
            Some(Value::Object(fields)) => Ok(Self { channel, fields: Fields(fields) }),
            _ => Err(NoRequest { channel, why: Refusal::NoBody }),
        }
    }
}

/// The body of a request.
#[derive(Debug, PartialEq)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn session_id(&self) -> Result<&str, Refusal> {
        self.text("chatSessionId")
    }

    pub(super) fn new_session(&self) -> Result<bool, Refusal> {
        let name = "newSession";
        self.field(name)?.as_bool().ok_or(Refusal::IllTyped { name, expected: "a boolean" })
    }

    pub(super) fn message_id(&self) -> Result<MessageId, Refusal> {
        let name = "messageId";
        let id = self.field(name)?.as_u64();
        id.map(MessageId).ok_or(Refusal::IllTyped { name, expected: "a number" })
    }

    pub(super) fn content(&self) -> Result<&str, Refusal> {
        self.text("messageContent")
    }

    pub(super) fn content_type(&self) -> Result<ContentType, Refusal> {
        match ContentType::parse(self.text("contentType")?) {
            ContentType::Other(_) => Err(Refusal::ContentType),
            known => Ok(known),
        }
    }

    /// What the caller added to its message, under either of the document's spellings.
    pub(super) fn metadata(&self) -> Result<Option<&Map<String, Value>>, Refusal> {
        for name in ["metdata", "metadata"] {
            match self.0.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::Object(metadata)) => return Ok(Some(metadata)),
                Some(_) => return Err(Refusal::IllTyped { name, expected: "an object" }),
            }
        }
        Ok(None)
    }

    fn text(&self, name: &'static str) -> Result<&str, Refusal> {
        self.field(name)?.as_str().ok_or(Refusal::IllTyped { name, expected: "a string" })
    }

    fn field(&self, name: &'static str) -> Result<&Value, Refusal> {
        self.0.get(name).ok_or(Refusal::Missing(name))
    }
}

/// Which page of a listing is asked for. What is missing, zero or no number takes the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Counted from 1.
    pub(super) page: u32,
    pub(super) limit: u32,
}

impl Page {
    pub(super) fn parse(query: Option<&str>) -> Self {
        let mut page = Self { page: 1, limit: 20 };
        for (key, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let Some(number) = value.parse().ok().filter(|number| *number > 0) else { continue };
            match &*key {
                "page" => page.page = number,
                "limit" => page.limit = number,
                _ => {}
            }
        }
        page
    }
}

/// Why a request is refused. The text goes to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the frame is not a JSON text")]
    NotJson,
    #[error("the frame is binary, and requests are text")]
    Binary,
    #[error("the frame has no data.route, a string")]
    NoRoute,
    #[error("the action is not known; the only one is \"api\"")]
    UnknownAction,
    #[error("the route is not known")]
    UnknownRoute,
    #[error("the request has no data.body, an object")]
    NoBody,
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("{name} is not {expected}")]
    IllTyped { name: &'static str, expected: &'static str },
    #[error("contentType is none of TEXT, FILE, IMAGE")]
    ContentType,
    #[error("there is no such chat session")]
    UnknownSession,
    #[error("the chat session is closed")]
    SessionClosed,
    #[error("there is no such message in the chat session")]
    UnknownMessage,
    #[error("only one's own messages can be unsent")]
    NotYours,
    #[error("only the concierge's messages can be marked as seen")]
    Yours,
    #[error("only a tenant's messages can be marked as seen here")]
    NotTheirs,
}

impl Refusal {
    /// The `status` of the reply, in the sense of HTTP (RFC 9110 section 15.5).
    pub(super) fn status(self) -> u16 {
        match self {
            Self::NotJson
            | Self::Binary
            | Self::NoRoute
            | Self::UnknownAction
            | Self::NoBody
            | Self::Missing(_)
            | Self::IllTyped { .. }
            | Self::ContentType => 400,
            Self::NotYours | Self::Yours | Self::NotTheirs => 403,
            Self::UnknownRoute | Self::UnknownSession | Self::UnknownMessage => 404,
            Self::SessionClosed => 409,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, channel: &str, why: Refusal) {
        let refused = Request::parse(text).unwrap_err();
        assert_eq!((refused.channel.to_string().as_str(), refused.why), (channel, why));
    }

    #[track_caller]
    fn check_page(query: &str, page: u32, limit: u32) {
        assert_eq!(Page::parse(Some(query)), Page { page, limit }, "{query}");
    }

    #[test]
    fn a_frame_that_is_no_request_is_answered_on_its_route_where_it_names_one() {
        check("not json", "error", Refusal::NotJson);
        check(&"[".repeat(100_000), "error", Refusal::NotJson);
        check("[]", "error", Refusal::NoRoute);
        check(r#"{"action":"api","data":{"route":7}}"#, "error", Refusal::NoRoute);
        check(r#"{"action":"x","data":{"route":"r?q=1"}}"#, "r?q=1", Refusal::UnknownAction);
        check(r#"{"data":{"route":"r","body":{}}}"#, "r", Refusal::UnknownAction);
        check(r#"{"action":"api","data":{"route":"r"}}"#, "r", Refusal::NoBody);
        check(r#"{"action":"api","data":{"route":"r","body":[]}}"#, "r", Refusal::NoBody);
    }

    #[test]
    fn a_page_falls_back_to_the_default_of_what_is_no_positive_number() {
        check_page("page=2&limit=50", 2, 50);
        check_page("", 1, 20);
        check_page("page=0&limit=0", 1, 20);
        check_page("page=-1&limit=many", 1, 20);
        check_page("limit=99999999999&page=3&order=desc", 3, 20);
    }
}
