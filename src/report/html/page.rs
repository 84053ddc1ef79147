//! The page around the sections.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::escape::one_line;
use crate::run::RunRecord;

use super::{assets, plots};

/// The whole page of a run.
pub(super) fn page(record: &RunRecord, body: &Markup) -> Markup {
    let title = format!("{}: deskbell run {}", record.verdict.as_str(), record.run_id);
    let body = html! { (body) (plots::data(record)) };
    document(&title, &assets::STYLES, &assets::SCRIPTS, &body)
}

/// A page of these styles and scripts, and of nothing that comes from elsewhere.
pub(in crate::report) fn document(
    title: &str,
    styles: &[&str],
    scripts: &[&str],
    body: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(assets::policy(styles, scripts));
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                link rel="icon" href="data:,";
                title { (one_line(title)) }
                @for style in styles { style { (PreEscaped(style)) } }
            }
            body {
                (body)
                @for script in scripts { script { (PreEscaped(script)) } }
            }
        }
    }
}
