//! Styles and scripts, built in; and what a browser needs to know them again.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

/// Styles of a run's page, in the order in which they hold.
pub(super) const STYLES: [&str; 9] = [
    include_str!("assets/uPlot.min.css"),
    include_str!("assets/base.css"),
    include_str!("assets/parts.css"),
    include_str!("assets/page.css"),
    include_str!("assets/sections.css"),
    include_str!("assets/media.css"),
    include_str!("assets/plots.css"),
    include_str!("assets/violations.css"),
    include_str!("assets/sequence.css"),
];

/// Scripts of a run's page, in the order in which they run.
pub(super) const SCRIPTS: [&str; 6] = [
    include_str!("assets/uPlot.iife.min.js"),
    include_str!("assets/page.js"),
    include_str!("assets/plot-parts.js"),
    include_str!("assets/plot-drawings.js"),
    include_str!("assets/plots.js"),
    include_str!("assets/violations.js"),
];

/// Styles of a page whose charts are drawn before it is opened.
pub(in crate::report) const DRAWN_STYLES: [&str; 7] = [
    include_str!("assets/base.css"),
    include_str!("assets/parts.css"),
    include_str!("assets/page.css"),
    include_str!("assets/sections.css"),
    include_str!("assets/media.css"),
    include_str!("assets/plots.css"),
    include_str!("assets/charts.css"),
];

/// Scripts of such a page.
pub(in crate::report) const DRAWN_SCRIPTS: [&str; 1] = [include_str!("assets/page.js")];

/// The content security policy that allows these styles and scripts, and nothing else: no network, no
/// frame, no form, no other script (Content Security Policy Level 3, section 6.7).
pub(in crate::report) fn policy(styles: &[&str], scripts: &[&str]) -> String {
    let hashes = |texts: &[&str]| {
        let hash =
            |text: &&str| format!(" 'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
        texts.iter().map(hash).collect::<String>()
    };
    format!(
        "default-src 'none'; style-src{}; script-src{}; img-src data:; base-uri 'none'; form-action 'none'",
        hashes(styles),
        hashes(scripts),
    )
}
