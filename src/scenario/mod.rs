//! What the user asked for: scenario files, read and checked to the last name before any device
//! connects.
//!
//! It never connects, and reads neither files nor the environment itself: both come through
//! [`ParseContext`]. Start from [`load`] for what a command line names, and from [`Scenario`] for
//! what comes out.

mod check;
mod diagnostic;
mod duration;
mod grammar;
mod library;
mod model;
mod node;
mod profile;
mod rate;
mod resolve;
mod scalar;
mod setting;
mod source;
mod syntax;
mod template;
mod waivers;
mod yaml;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use diagnostic::{Diagnostic, Diagnostics, render};
pub use duration::{DurationError, LONGEST_DURATION, parse_duration};
pub use library::{BUILTIN, load};
pub use model::*;
pub use profile::{Caps, NamedFiles, Profile, holds_profile, load_profile};
pub use rate::{RateError, parse_rate};
pub use setting::Setting;
pub use source::{Position, SourceFile, Span};
pub use template::{Scope, Template, TemplateError, ValueTemplate};
pub use waivers::{WaiverEntry, holds_waivers, load_waivers};

/// The largest file that a step uploads, in bytes.
pub const MAX_UPLOAD: usize = 10 << 20;

/// What a folder's listing holds; `None` where the path is no folder.
pub type Listing = Option<Vec<PathBuf>>;

/// The world outside of a scenario's text.
#[derive(Clone, Copy)]
pub struct ParseContext<'a> {
    /// Looks up an environment variable.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a whole file. It may stop one byte after [`MAX_UPLOAD`].
    pub read_file: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
    /// Lists a folder: the paths of what is in it.
    pub list_folder: &'a dyn Fn(&Path) -> io::Result<Listing>,
}

/// Reads one scenario. The files that it uploads are looked for in `folder`; without one, `file`
/// names go to `read_file` as they are.
///
/// # Errors
/// Every mistake in it, each with its place.
pub fn parse(
    source: SourceFile,
    folder: Option<&Path>,
    context: &ParseContext<'_>,
) -> Result<Scenario, Diagnostics> {
    read(&Arc::new(source), folder, context).map(|(scenario, _)| scenario)
}

/// Reads one scenario, and tells where its name stands.
fn read(
    source: &Arc<SourceFile>,
    folder: Option<&Path>,
    context: &ParseContext<'_>,
) -> Result<(Scenario, Option<Span>), Diagnostics> {
    let (root, mut mistakes) = yaml::parse(source).map_err(Diagnostics::sorted)?;
    mistakes.extend(check::check(source, &root));
    let (scenario, further) = resolve::resolve(source, &root, folder, context);
    mistakes.extend(further);
    if mistakes.is_empty() {
        return Ok((scenario, root.get("name").map(|name| name.span)));
    }
    Err(Diagnostics::sorted(mistakes))
}

#[cfg(test)]
mod tests;
