//! What plots are drawn from.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The figures, as JSON that only our script reads.
pub(super) fn data(_record: &RunRecord) -> Markup {
    html! {}
}
