//! The clause catalogue, as data, in the document's order.

use super::{Clause, Exercise, Level, Need};

macro_rules! catalogue {
    ($($variant:ident $id:literal $level:ident $exercise:ident $need:ident $section:literal $title:literal;)*) => {
        /// Stable, public id of a clause: reports, waivers, JUnit and CSV use it. Never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ClauseId {
            $(#[doc = $title] $variant,)*
        }

        /// Every clause, in the document's order; the position of a clause is its id as a number.
        pub const CATALOGUE: &[Clause] = &[$(Clause {
            id: ClauseId::$variant,
            level: Level::$level,
            title: $title,
            section: $section,
            exercise: Exercise::$exercise,
            need: Need::$need,
        },)*];

        impl ClauseId {
            /// The id as it stands in reports.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }
        }
    };
}

catalogue! {
    Connect1 "CONNECT-1" Must Passive Nothing "How to Connect"
        "a URL with a valid Auth and a deviceId is upgraded";
    Connect2 "CONNECT-2" Should Passive Nothing "How to Connect"
        "an acknowledgment arrives on a new connection, once, without being asked for";
    Connect3 "CONNECT-3" Must Active Nothing "How to Connect"
        "without Auth the connection is refused before any request succeeds";
    Connect4 "CONNECT-4" Must Active Nothing "How to Connect"
        "with an Auth that is no valid token the connection is refused";
    Connect5 "CONNECT-5" Should Active Nothing "How to Connect"
        "without deviceId the connection is refused";
    Connect6 "CONNECT-6" Should Passive Nothing "How to Connect"
        "the server does not close a connection in use";
    Connect7 "CONNECT-7" Must Active Nothing "How to Connect"
        "two devices with one token are connected at once, each answered on its own connection";
    Env1 "ENV-1" Must Passive Nothing "every Response block"
        "a response is one JSON text: an object with channel, status and body";
    Env2 "ENV-2" Must Passive Nothing "every Response block"
        "channel is the route that was called";
    Env3 "ENV-3" Must Passive Nothing "every Response block"
        "every request is answered exactly once, within the response timeout";
    Env4 "ENV-4" Must Passive Nothing "every Response block"
        "a request that the document allows is answered with status 200";
    Env5 "ENV-5" Must Passive Nothing "every Response block"
        "the frame validates against its route's response schema";
    Env6 "ENV-6" Should Active Nothing "every Response block"
        "a request with a missing or ill-typed field gets an error, and the connection stays usable";
    Env7 "ENV-7" Should Active Nothing "every Response block"
        "an unknown route or action gets an error, and the connection stays usable";
    Env8 "ENV-8" Should Active Nothing "every Response block"
        "a frame that is not JSON gets an error or a clean close";
    Env9 "ENV-9" Info Passive Nothing "every Response block"
        "channel carries the query of the route, as sent or as applied";
    Env10 "ENV-10" Should Passive Nothing "every Response block"
        "nothing arrives that is neither acknowledgment, response, nor a documented event";
    Init1 "INIT-1" Must Passive Nothing "1. Init Chat With Concierge"
        "a new session has a chatSessionId never seen before in the run, a UUID";
    Init2 "INIT-2" Must Passive Nothing "1. Init Chat With Concierge"
        "both chatSessionIds of a reply are the same";
    Init3 "INIT-3" Must Passive Nothing "1. Init Chat With Concierge"
        "a new session is open";
    Init4 "INIT-4" Must Passive Nothing "1. Init Chat With Concierge"
        "a session's initiator is the tenant of the connection";
    Init5 "INIT-5" Must Passive Nothing "1. Init Chat With Concierge"
        "connection describes the device of the URL, of a TENANT";
    Init6 "INIT-6" Should Passive Nothing "1. Init Chat With Concierge"
        "a connection expires one hour after it was updated, and was created no later";
    Init7 "INIT-7" Should Passive Nothing "1. Init Chat With Concierge"
        "nobody has joined a new session yet";
    Init8 "INIT-8" Must Passive Nothing "1. Init Chat With Concierge"
        "the reply to a new session carries the full tenant";
    Init9 "INIT-9" Must Passive Nothing "1. Init Chat With Concierge"
        "orgId agrees between chatSession and connection";
    Init10 "INIT-10" Should Passive Nothing "1. Init Chat With Concierge"
        "a new session was pinged now, within the clock tolerance";
    Resume1 "RESUME-1" Must Passive Nothing "2. Continue Previous Chat Session"
        "get-chat-session returns the session that was asked for";
    Resume2 "RESUME-2" Must Passive Nothing "2. Continue Previous Chat Session"
        "get-chat-session says open while open, and closed once ended";
    Resume3 "RESUME-3" Must Passive Nothing "2. Continue Previous Chat Session"
        "a resumed session has the chatSessionId and the id that it had";
    Resume4 "RESUME-4" Must Active Nothing "2. Continue Previous Chat Session"
        "a closed session is not resumed";
    Resume5 "RESUME-5" Should Active Nothing "2. Continue Previous Chat Session"
        "an unknown or malformed session id gets an error";
    Resume6 "RESUME-6" Must Active Nothing "2. Continue Previous Chat Session"
        "after a drop every message acknowledged before is still listed";
    Resume7 "RESUME-7" Must Active Nothing "2. Continue Previous Chat Session"
        "after a reconnect, connection describes the new connection";
    List1 "LIST-1" Must Passive Nothing "3. Get All Chat Messages"
        "every listed message belongs to the session asked for";
    List2 "LIST-2" Must Passive Nothing "3. Get All Chat Messages"
        "pages are full but the last, and paginate says what was asked";
    List3 "LIST-3" Must Active Nothing "3. Get All Chat Messages"
        "over all pages every message known to exist is there exactly once";
    List4 "LIST-4" Should Passive Nothing "3. Get All Chat Messages"
        "messages are listed by sentAt, then id, over all pages";
    List5 "LIST-5" Must Active Nothing "3. Get All Chat Messages"
        "an unsent message is not listed";
    List6 "LIST-6" Should Active Nothing "3. Get All Chat Messages"
        "a page past the end is empty, with status 200";
    List7 "LIST-7" Must Passive Nothing "3. Get All Chat Messages"
        "a listed message agrees with what was acknowledged or delivered";
    Ping1 "PING-1" Must Passive Nothing "4. Ping Chat Session"
        "lastPingedByChatInitiator never goes back, and a ping moves it forward";
    Ping2 "PING-2" Must Passive Nothing "4. Ping Chat Session"
        "the reply is of the session pinged, and it is open";
    Ping3 "PING-3" Should Active Nothing "4. Ping Chat Session"
        "pinging a closed session gets an error or a reply that says closed";
    Ping4 "PING-4" Should Active Nothing "4. Ping Chat Session"
        "a session that is pinged every 30 s stays open";
    Send1 "SEND-1" Must Passive Nothing "5. Send Message"
        "messageContent and contentType come back exactly as sent";
    Send2 "SEND-2" Must Passive Nothing "5. Send Message"
        "the sender of a message is this tenant";
    Send3 "SEND-3" Must Passive Nothing "5. Send Message"
        "both chatSessionIds of the reply are the one sent to";
    Send4 "SEND-4" Must Passive Nothing "5. Send Message"
        "message ids are unique in the run, and grow within a session";
    Send5 "SEND-5" Should Passive Nothing "5. Send Message"
        "a new message is sent now, delivered no earlier, unseen, with status 3";
    Send6 "SEND-6" Must Passive Nothing "5. Send Message"
        "the caller's own metadata comes back unchanged";
    Send7 "SEND-7" Must Active Nothing "5. Send Message"
        "TEXT, FILE and IMAGE are all accepted";
    Send8 "SEND-8" Should Active Nothing "5. Send Message"
        "another contentType is refused";
    Send9 "SEND-9" Must Active Nothing "5. Send Message"
        "sending to a closed session is refused";
    Upload1 "UPLOAD-1" Must Active Uploads "5b. Send Message with Image/File Payload"
        "asking for an upload URL is answered with a 2xx that validates against its schema";
    Upload2 "UPLOAD-2" Must Active Uploads "5b. Send Message with Image/File Payload"
        "fileName, uploadPath and resourceUrl agree with what was asked for";
    Upload3 "UPLOAD-3" Must Active Uploads "5b. Send Message with Image/File Payload"
        "a PUT of the bytes to uploadURL answers 200";
    Upload4 "UPLOAD-4" Must Active Uploads "5b. Send Message with Image/File Payload"
        "resourceUrl serves the same bytes with the content type of the PUT";
    Upload5 "UPLOAD-5" Must Active Uploads "5b. Send Message with Image/File Payload"
        "a message that carries a resourceUrl is accepted, delivered and listed";
    Upload6 "UPLOAD-6" Should Active Uploads "5b. Send Message with Image/File Payload"
        "uploadURL is resourceUrl with a query";
    Unsend1 "UNSEND-1" Must Passive Nothing "6. UnSent Message"
        "messageId comes back as the number sent";
    Unsend2 "UNSEND-2" Should Active Nothing "6. UnSent Message"
        "unsending an unknown or already unsent message gets an error";
    Unsend3 "UNSEND-3" Should Active Concierge "6. UnSent Message"
        "unsending the concierge's message is refused";
    Unsend4 "UNSEND-4" Should Active Nothing "6. UnSent Message"
        "a message is not unsent under another session's id";
    Seen1 "SEEN-1" Must Passive Concierge "7. Mark Message As seen"
        "the message comes back with status 4 and seenAt, not before sentAt";
    Seen2 "SEEN-2" Must Passive Concierge "7. Mark Message As seen"
        "it is the message and the session asked for, and the concierge's";
    Seen3 "SEEN-3" Should Active Nothing "7. Mark Message As seen"
        "one's own message cannot be marked as seen";
    Seen4 "SEEN-4" Must Active Concierge "7. Mark Message As seen"
        "a message marked as seen is listed as seen";
    Seen5 "SEEN-5" Should Active Concierge "7. Mark Message As seen"
        "a message is not marked as seen under another session's id";
    Unread1 "UNREAD-1" Must Passive Nothing "8. Get Unread Message Count"
        "unreadMsgCount is a string of digits";
    Unread2 "UNREAD-2" Must Active Concierge "8. Get Unread Message Count"
        "unreadMsgCount follows the concierge's messages and their marking as seen";
    End1 "END-1" Must Passive Nothing "9. End Chat Session"
        "the reply is of the session ended, and says closed";
    End2 "END-2" Must Passive Nothing "9. End Chat Session"
        "nothing asked after the end says open";
    End3 "END-3" Should Active Nothing "9. End Chat Session"
        "ending a session again gets an error or a reply that says closed";
    End4 "END-4" Should Passive Nothing "9. End Chat Session"
        "no session update after that of the end says open";
    Event1 "EVENT-1" Must Passive Nothing "Available WebSocket Events for Subscription"
        "a message reaches every other connection that takes part in its session";
    Event2 "EVENT-2" Must Passive Nothing "Available WebSocket Events for Subscription"
        "no message or delete event arrives twice on one connection";
    Event3 "EVENT-3" Must Passive Nothing "Available WebSocket Events for Subscription"
        "the event's message agrees with the acknowledgment";
    Event4 "EVENT-4" Should Passive Nothing "Available WebSocket Events for Subscription"
        "on one connection the messages of a session arrive in the order of their ids";
    Event5 "EVENT-5" Must Passive Nothing "Available WebSocket Events for Subscription"
        "every event validates against its schema";
    Event6 "EVENT-6" Must Passive Nothing "Available WebSocket Events for Subscription"
        "no connection gets an event of another tenant's session";
    Event7 "EVENT-7" Should Passive Nothing "Available WebSocket Events for Subscription"
        "the sender's own connection gets the event too";
    Event8 "EVENT-8" Must Passive Nothing "Available WebSocket Events for Subscription"
        "an unsent message is announced once to every other connection that takes part";
    Event9 "EVENT-9" Must Passive Nothing "Available WebSocket Events for Subscription"
        "joining and ending a session is announced to every other connection that takes part";
    Event10 "EVENT-10" Info Passive Nothing "Available WebSocket Events for Subscription"
        "no connection gets an event of a session in which it takes no part";
    Event11 "EVENT-11" Should Passive Nothing "Available WebSocket Events for Subscription"
        "the connection that unsent or ended is told too, and joining is told to the only one";
    Iso1 "ISO-1" Must Active SecondTenant "Prerequisites"
        "another tenant's token reaches nothing of a session, and gets none of its events";
    Iso2 "ISO-2" Must Active Nothing "Prerequisites"
        "replies carry only the caller's own tenant";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_stands_where_its_id_points_and_ids_are_unique() {
        for (at, clause) in CATALOGUE.iter().enumerate() {
            assert_eq!(clause.id as usize, at);
            assert_eq!(
                CATALOGUE.iter().filter(|other| other.id.as_str() == clause.id.as_str()).count(),
                1
            );
        }
    }
}
