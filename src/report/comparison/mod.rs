//! The reports of a comparison, each a function of its record.
//!
//! They judge nothing: what is worse stands in the record, and is told here in words, tables and charts.
//! Start from [`ComparisonFormat`] for files and [`write_comparison_closing`] for the terminal.

mod html;
mod json;
mod junit;
mod markdown;
mod row;
#[cfg(test)]
mod sample;
mod terminal;
#[cfg(test)]
mod tests;
mod wording;

use std::io;

use crate::comparison::Comparison;

pub use terminal::write_comparison_closing;

/// A report of a comparison that goes into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonFormat {
    /// The record itself.
    Json,
    /// The result in a page of Markdown, for a merge request.
    Markdown,
    /// A case per judged figure and per clause that stands otherwise.
    Junit,
    /// All of it as a page, in one file.
    Html,
}

impl ComparisonFormat {
    /// Every format. The record comes last: where it stands, the others do too.
    pub const ALL: [Self; 4] = [Self::Html, Self::Markdown, Self::Junit, Self::Json];

    /// The file's name in the folder of a comparison.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Json => "comparison.json",
            Self::Markdown => "comparison.md",
            Self::Junit => "junit.xml",
            Self::Html => "comparison.html",
        }
    }

    /// Writes the report; it tells what the comparison holds and nothing else.
    pub fn write(self, comparison: &Comparison, to: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Json => json::write(comparison, to),
            Self::Markdown => markdown::write(comparison, to),
            Self::Junit => junit::write(comparison, to),
            Self::Html => html::write(comparison, to),
        }
    }
}
