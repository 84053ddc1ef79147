//! What is wrong on the harness's own side, which no service may be blamed for.

use super::fault::{At, Fault, Move};
use super::flows;
use super::said::frame;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("source-family", "Streams are to leave from an address of another family.")
            .given(&["--source-ip", "::1"])
            .at_all()
            .exits(2),
        Fault::new("inbox-overflow", "More events come than a device keeps for its steps.")
            .plays(flows::UPDATE)
            .does(At::Frame("chat-session-update-"), |said| {
                vec![Move::Repeats(frame(0x81, &said.text), Some(1000))]
            })
            .counts(&["harness/inbox_overflow"])
            .exits(0),
    ]
}
