//! The reports of a search for the capacity, each a function of its [`CapacityRecord`].
//!
//! It judges nothing: where the knee is and what ended the search stands in the record. Start from
//! [`CapacityFormat`] for files and [`write_capacity_closing`] for the terminal; `answer` and `words`
//! hold what all of them say alike.

mod answer;
mod csv;
#[cfg(test)]
mod golden;
mod html;
mod json;
mod junit;
mod markdown;
#[cfg(test)]
mod sample;
mod terminal;
mod words;

use std::io;

use crate::capacity::CapacityRecord;

pub use terminal::write_capacity_closing;

/// A report of a search for the capacity that goes into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapacityFormat {
    /// All of it as a page, in one file.
    Html,
    /// The answer in a page of Markdown, for a merge request.
    Markdown,
    /// A case per objective, and one for the load that was asked for.
    Junit,
    /// A row per level.
    Csv,
    /// The record itself.
    Json,
}

impl CapacityFormat {
    /// Every format. The record comes last: where it stands, the others do too.
    pub const ALL: [Self; 5] = [Self::Html, Self::Markdown, Self::Junit, Self::Csv, Self::Json];

    /// The file's name in the search's folder.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Html => "report.html",
            Self::Markdown => "summary.md",
            Self::Junit => "junit.xml",
            Self::Csv => "capacity.csv",
            Self::Json => "capacity.json",
        }
    }

    /// Writes the report; it tells what the record holds and nothing else.
    ///
    /// # Errors
    /// Where writing fails.
    pub fn write(self, record: &CapacityRecord, to: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Html => html::write(record, to),
            Self::Markdown => markdown::write(record, to),
            Self::Junit => junit::write(record, to),
            Self::Csv => csv::write(record, to),
            Self::Json => json::write(record, to),
        }
    }
}
