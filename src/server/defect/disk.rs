//! What only a restart shows: it was said, and never written.

use std::time::Duration;

use super::hook::Hook;
use super::{Defect, Kind};

pub(super) const DEFECTS: &[Defect] = &[Defect::new(
    Kind::Loss,
    "acknowledged-before-written",
    "What is said is written to the database 300 ms later; a kill meanwhile loses it.",
    &["RESUME-6", "LIST-3"],
    &[Hook::WriteLag(Duration::from_millis(300))],
)
.related(&["RESUME-1", "RESUME-2", "LIST-5", "SEEN-4", "UNREAD-2", "END-2"])
.over_a_restart()];
