//! The schema files as they are built into the binary.

macro_rules! embed {
    ($($path:literal,)*) => {
        /// Path below the folder of schemas, and text.
        pub(super) const EMBEDDED: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("../../../schemas/", $path)))),*];
    };
}

embed! {
    "requests/end.json",
    "requests/init.json",
    "requests/messages.json",
    "requests/ping.json",
    "requests/seen.json",
    "requests/send.json",
    "requests/session.json",
    "requests/unread.json",
    "requests/unsend.json",
    "responses/end.json",
    "responses/init.json",
    "responses/messages.json",
    "responses/ping.json",
    "responses/seen.json",
    "responses/send.json",
    "responses/session.json",
    "responses/unread.json",
    "responses/unsend.json",
    "events/delete.json",
    "events/message.json",
    "events/update.json",
    "http/upload-url-request.json",
    "http/upload-url-response.json",
    "types/acknowledgment.json",
    "types/chat-message.json",
    "types/chat-session-id.json",
    "types/chat-session.json",
    "types/connection.json",
    "types/content-type.json",
    "types/entity-type-or-null.json",
    "types/entity-type.json",
    "types/error.json",
    "types/event-message.json",
    "types/event-session.json",
    "types/gateway-error.json",
    "types/id-number-or-null.json",
    "types/id-number.json",
    "types/id-or-null.json",
    "types/id.json",
    "types/metadata.json",
    "types/paginate.json",
    "types/property-owner-profile.json",
    "types/property.json",
    "types/resident-profile.json",
    "types/tenant-brief.json",
    "types/tenant-full.json",
    "types/timestamp-number-or-null.json",
    "types/timestamp-number.json",
    "types/timestamp-or-null.json",
    "types/timestamp.json",
}
