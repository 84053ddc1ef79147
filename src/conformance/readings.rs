//! Where the protocol document is silent or contradicts itself, and how deskbell reads it there.
//!
//! Data only; docs/readings.md is made from it. Start from [`READINGS`].

use super::ClauseId;

/// A place where the document leaves something open, and the reading that verdicts rest on.
#[derive(Clone, Copy, Debug)]
pub struct Silence {
    /// Stable name in reports.
    pub id: &'static str,
    /// What it is about.
    pub place: &'static str,
    /// What the document says.
    pub document: &'static str,
    /// How deskbell reads it.
    pub reading: &'static str,
    /// The clauses whose verdicts rest on the reading.
    pub clauses: &'static [ClauseId],
    /// Under which name a run records how the endpoint reads it, in `readings` of run.json.
    pub recorded: Option<&'static str>,
}

/// The readings that a clause's verdict rests on, in the table's order.
pub fn readings_of(clause: ClauseId) -> impl Iterator<Item = &'static Silence> {
    READINGS.iter().filter(move |silence| silence.clauses.contains(&clause))
}

/// Every reading, in the order of the document's sections as far as they have one.
pub const READINGS: &[Silence] = &[
    Silence {
        id: "acknowledgment",
        place: "acknowledgment",
        document: "\"you should receive an acknowledgment message\"; no shape given",
        reading: "any text frame that comes before the first response and is no event; recorded, \
                  its shape is not judged. The reference server sends {\"channel\":\"connection\",\
                  \"status\":200,\"body\":{\"connectionId\":...,\"deviceId\":...}}",
        clauses: &[ClauseId::Connect2, ClauseId::Env10],
        recorded: Some("acknowledgment"),
    },
    Silence {
        id: "event-frames",
        place: "event frames",
        document: "payload.chatSession, payload?.messageId, payload.chatMessage; no envelope given",
        reading: "channel names the event; the payload is the object under payload, or else under \
                  body. Which one was seen is recorded. The reference server sends payload, and \
                  body when told to",
        clauses: &[
            ClauseId::Event1,
            ClauseId::Event3,
            ClauseId::Event5,
            ClauseId::Event8,
            ClauseId::Event9,
        ],
        recorded: Some("event_key"),
    },
    Silence {
        id: "ids-and-times",
        place: "ids and times",
        document: "response examples: strings of digits; event interfaces: numbers; messageId in \
                   requests: a number",
        reading: "each place as the document has it there: strings in responses, numbers in \
                  events; under the dialect lenient digits are taken as either",
        clauses: &[ClauseId::Env5, ClauseId::Event5, ClauseId::Unsend1, ClauseId::Unread1],
        recorded: Some("dialect"),
    },
    Silence {
        id: "metadata-key",
        place: "metdata / metadata",
        document: "metdata in send-message's request and response; metadata in listings, seen and \
                   events",
        reading: "both keys are read; metdata is sent; SEND-6 holds under either",
        clauses: &[ClauseId::Send6, ClauseId::List7, ClauseId::Event3],
        recorded: None,
    },
    Silence {
        id: "listing-channel",
        place: "listing's channel",
        document: "called with limit=50, answered with limit=20 and per_page: 20",
        reading: "the path is ENV-2, the query is ENV-9 (info); a server may cap per_page below \
                  limit",
        clauses: &[ClauseId::Env2, ClauseId::Env9, ClauseId::List2],
        recorded: None,
    },
    Silence {
        id: "listing-session",
        place: "listing's session",
        document: "asked for one session, the example lists another's messages",
        reading: "example drift; LIST-1 stands",
        clauses: &[ClauseId::List1],
        recorded: None,
    },
    Silence {
        id: "seen-session",
        place: "seen's session",
        document: "asked for one session and message, the example answers with another's",
        reading: "example drift; SEEN-2 stands",
        clauses: &[ClauseId::Seen2],
        recorded: None,
    },
    Silence {
        id: "event-type",
        place: "type: 1 | 2 | 3 in events",
        document: "not explained, absent from responses",
        reading: "TEXT 1, IMAGE 2, FILE 3 in the reference server; the harness only asks for 1 to 3",
        clauses: &[ClauseId::Event5],
        recorded: None,
    },
    Silence {
        id: "joined-fields",
        place: "joined fields in events",
        document: "typed as never null, yet null in a session nobody joined",
        reading: "null is accepted before somebody joined",
        clauses: &[ClauseId::Init7, ClauseId::Event5, ClauseId::Event9],
        recorded: None,
    },
    Silence {
        id: "message-status",
        place: "status of a message",
        document: "3 in a delivered one, 4 in a seen one",
        reading: "3 delivered, 4 seen; other values are recorded",
        clauses: &[ClauseId::Send5, ClauseId::Seen1, ClauseId::Seen4],
        recorded: None,
    },
    Silence {
        id: "errors",
        place: "errors",
        document: "no error is documented",
        reading: "the envelope with status >= 400 and a message in body; API Gateway's own error \
                  frames ({\"message\",\"connectionId\",\"requestId\"}) are recognised as errors \
                  and counted apart",
        clauses: &[
            ClauseId::Connect3,
            ClauseId::Connect4,
            ClauseId::Connect5,
            ClauseId::Env3,
            ClauseId::Env4,
            ClauseId::Env6,
            ClauseId::Env7,
            ClauseId::Env8,
            ClauseId::Resume4,
            ClauseId::Resume5,
            ClauseId::Ping3,
            ClauseId::Send8,
            ClauseId::Send9,
            ClauseId::Unsend2,
            ClauseId::Unsend3,
            ClauseId::Unsend4,
            ClauseId::Seen3,
            ClauseId::Seen5,
            ClauseId::End3,
            ClauseId::Iso1,
        ],
        recorded: None,
    },
    Silence {
        id: "who-gets-events",
        place: "who gets events",
        document: "\"triggered when a new message is sent within a chat session\"",
        reading: "every device connected with a token of the session's tenant that has opened or \
                  resumed the session, the sender's own included (EVENT-7, should)",
        clauses: &[
            ClauseId::Event1,
            ClauseId::Event6,
            ClauseId::Event7,
            ClauseId::Event8,
            ClauseId::Event9,
            ClauseId::Event10,
            ClauseId::Event11,
            ClauseId::Iso1,
        ],
        recorded: None,
    },
    Silence {
        id: "concierge",
        place: "the concierge",
        document: "only the tenant's side is documented",
        reading: "the reference server plays the concierge (joins, replies, marks as seen, on a \
                  schedule that can be set); against a real endpoint a flow waits for a person or \
                  a bot, and what needs one is reported as not-exercised when none came",
        clauses: &[
            ClauseId::Unsend3,
            ClauseId::Seen1,
            ClauseId::Seen2,
            ClauseId::Seen4,
            ClauseId::Seen5,
            ClauseId::Unread2,
        ],
        recorded: Some("concierge"),
    },
    Silence {
        id: "request-ids",
        place: "no request ids",
        document: "responses name only the route",
        reading: "one connection's answers to equal requests (same route, nothing in the bodies to \
                  tell them apart) are matched in order; nothing is concluded from which of them \
                  was which",
        clauses: &[ClauseId::Env3],
        recorded: None,
    },
    Silence {
        id: "bad-values",
        place: "what is asked on bad values",
        document: "a string messageId, empty content, metadata that is no object, page or limit 0 \
                   or missing; unsend, seen and list in a closed session",
        reading: "silent: recorded, not judged (ENV-6 is for missing fields and plainly wrong \
                  types elsewhere)",
        clauses: &[ClauseId::Env6],
        recorded: None,
    },
    Silence {
        id: "upload-authorization",
        place: "who may ask for an upload URL",
        document: "nothing said of authorization",
        reading: "silent: the reference server asks for none; recorded",
        clauses: &[ClauseId::Upload1],
        recorded: None,
    },
    Silence {
        id: "time",
        place: "time",
        document: "limits are not given",
        reading: "response_timeout 30 s (the gateway's own is 29), delivery_timeout 5 s, \
                  ack_timeout 5 s, clock_tolerance 30 s; each can be set, and stands in the report",
        clauses: &[
            ClauseId::Connect2,
            ClauseId::Env3,
            ClauseId::Init10,
            ClauseId::Send5,
            ClauseId::Unread2,
            ClauseId::Event1,
            ClauseId::Event7,
            ClauseId::Event8,
            ClauseId::Event9,
            ClauseId::Event11,
        ],
        recorded: Some("limits"),
    },
    Silence {
        id: "who-closes",
        place: "who closes a session",
        document: "only the tenant's end is documented",
        reading: "the concierge, or a lapse of pings, may close it too: any frame that says closed \
                  ends the session; requests outstanding then, or sent within delivery_timeout \
                  before it, are not judged under ENV-4, PING-2, RESUME-2; automatic pings stop",
        clauses: &[
            ClauseId::Env4,
            ClauseId::Resume2,
            ClauseId::Ping2,
            ClauseId::Ping4,
            ClauseId::End2,
            ClauseId::End4,
        ],
        recorded: None,
    },
    Silence {
        id: "expired-at",
        place: "expiredAt",
        document: "one hour after connecting; the ping example does not move it",
        reading: "recorded; a close at that time is excused; long runs roll over before it",
        clauses: &[ClauseId::Connect6, ClauseId::Init6],
        recorded: None,
    },
    Silence {
        id: "second-session",
        place: "a new session while one is open",
        document: "nothing said",
        reading: "both stay open; recorded",
        clauses: &[ClauseId::Resume2, ClauseId::Ping2],
        recorded: None,
    },
    Silence {
        id: "same-device-id",
        place: "the same deviceId connected twice",
        document: "\"unique identifier for the device\"",
        reading: "recorded; the older connection may be closed",
        clauses: &[ClauseId::Connect6],
        recorded: None,
    },
    Silence {
        id: "expired-token",
        place: "a token that expires in mid-connection",
        document: "nothing said",
        reading: "recorded; a 401, a 403 or a close after its exp is a fault of our accounts, not \
                  the service's",
        clauses: &[],
        recorded: None,
    },
    Silence {
        id: "send-as-ping",
        place: "whether a send counts as a ping",
        document: "the end example's last ping equals the send example's sentAt",
        reading: "recorded, never required",
        clauses: &[ClauseId::Ping1],
        recorded: None,
    },
    Silence {
        id: "absent-values",
        place: "absent values of a tenant",
        document: "one example",
        reading: "keys shown in every example are required, values other than id may be null; \
                  inside the profiles all keys are optional, typed",
        clauses: &[ClauseId::Env5, ClauseId::Init8],
        recorded: Some("drift"),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_no_clause_rests_on_one_twice() {
        let ids: BTreeSet<_> = READINGS.iter().map(|silence| silence.id).collect();
        assert_eq!(ids.len(), READINGS.len());
        for silence in READINGS {
            let clauses: BTreeSet<_> = silence.clauses.iter().collect();
            assert_eq!(clauses.len(), silence.clauses.len(), "{}", silence.id);
        }
    }
}
