//! The page around the sections.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::escape::one_line;
use crate::run::RunRecord;

use super::{assets, plots, verdict};

/// The whole page.
pub(super) fn page(record: &RunRecord, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(assets::policy());
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                link rel="icon" href="data:,";
                title { (verdict::word(record.verdict)) ": deskbell run " (one_line(&record.run_id)) }
                @for style in assets::STYLES { style { (PreEscaped(style)) } }
            }
            body {
                (body)
                (plots::data(record))
                @for script in assets::SCRIPTS { script { (PreEscaped(script)) } }
            }
        }
    }
}
