//! The verdict, why, and against what.

use maud::{Markup, html};

use crate::run::RunRecord;

/// The head of the page.
pub(super) fn header(record: &RunRecord) -> Markup {
    html! {
        header id="verdict" { h1 { (format!("{:?}", record.verdict)) } p { (record.target) } }
    }
}
