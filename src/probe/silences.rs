//! Every silence, and who makes a row of it.

use std::time::Duration;

use crate::conformance::READINGS;
use crate::run::FoundViolation;

use super::observed::{Observed, Told};
use super::tape::Tape;
use super::traces::Heard;
use super::{desk, errors, events, link, replies};

/// Tells how the endpoint reads each silence of the document, from what was heard and found in a
/// run of `builtin:probe` that began at `epoch` (since 1970).
pub fn read(heard: &[Heard], epoch: Duration, findings: &[FoundViolation]) -> Vec<Observed> {
    let tape = Tape { heard, epoch };
    let documented = READINGS.iter().map(|silence| {
        let told = told(silence.id, tape, findings);
        let (id, place) = (silence.id, silence.place);
        row((id, place, silence.document, silence.reading), told)
    });
    let own = OWN.iter().map(|(silence, reader)| row(*silence, reader(tape)));
    documented.chain(own).collect()
}

/// Id, place, document, reading.
type Silence = (&'static str, &'static str, &'static str, &'static str);

/// Makes a row of what was heard.
type Reader = fn(Tape<'_>) -> Told;

/// What the probe looks at beside [`READINGS`].
const OWN: [(Silence, Reader); 5] = [
    (
        (
            "own-echo",
            "a sender's own events",
            "not said",
            "the sender's own connection gets the event too (EVENT-7, should)",
        ),
        events::own_echo,
    ),
    (
        (
            "page-cap",
            "the size of a page",
            "asked for 50, the example shows 20",
            "a server may cap per_page below limit",
        ),
        replies::page_cap,
    ),
    (
        (
            "close-codes",
            "close codes",
            "none is given",
            "a server may answer what is no request with an error, or with a close",
        ),
        link::close_codes,
    ),
    (
        ("control-pings", "WebSocket pings", "not said", "a pong is owed (RFC 6455 section 5.5.3)"),
        link::control_pings,
    ),
    (
        ("clock", "the server's clock", "instants in milliseconds", "ours, give or take 30 s"),
        link::clock,
    ),
];

fn row((id, place, document, reading): Silence, told: Told) -> Observed {
    let Told { outcome, observed, setting } = told;
    Observed { id, place, document, reading, outcome, observed, setting }
}

fn told(id: &str, tape: Tape<'_>, findings: &[FoundViolation]) -> Told {
    match id {
        "acknowledgment" => link::acknowledgment(tape),
        "event-frames" => events::frames(tape),
        "ids-and-times" => replies::ids_and_times(tape),
        "metadata-key" => replies::metadata_key(tape),
        "listing-channel" => replies::listing_channel(tape),
        "listing-session" => replies::listing_session(tape),
        "seen-session" => replies::seen_session(tape),
        "event-type" => events::types(tape),
        "joined-fields" => events::joined_fields(tape),
        "message-status" => replies::message_status(tape),
        "errors" => errors::errors(tape),
        "who-gets-events" => events::audience(tape),
        "concierge" => desk::concierge(tape),
        "request-ids" => desk::request_ids(tape),
        "bad-values" => errors::bad_values(tape),
        "upload-authorization" => desk::upload_authorization(tape),
        "time" => link::time(tape),
        "who-closes" => desk::who_closes(tape),
        "expired-at" => link::expired_at(tape),
        "second-session" => Told::not_tried("the probe opens one session, for the desk's sake"),
        "same-device-id" => link::same_device_id(tape),
        "expired-token" => Told::not_tried("no token expires within a minute"),
        "send-as-ping" => desk::send_as_ping(tape),
        "absent-values" => replies::absent_values(findings),
        _ => Told::not_tried("the probe does not know of it"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_reading_has_a_reader() {
        let source = fs::read_to_string("src/probe/silences.rs").expect("it is this file");
        for silence in READINGS {
            assert!(source.contains(&format!("        \"{}\" => ", silence.id)), "{}", silence.id);
        }
    }
}
