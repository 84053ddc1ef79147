//! How the commands that print a catalogue do it: in which formats, how wide, and how it ends.

use std::io::{self, Write};

use clap::ValueEnum;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::exit::Exit;
use super::refusal::Refusal;

/// How a catalogue is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CatalogueFormat {
    /// For people, in 80 columns
    Table,
    /// An array of objects
    Json,
    /// With a header, RFC 4180
    Csv,
}

/// Width of a table.
pub(super) const WIDTH: u16 = 80;

/// A table of rows without borders; all columns but the last have these widths, padding included.
pub(super) fn table<const N: usize>(rows: &[[String; N]], widths: &[u16]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.add_rows(rows);
    for (column, width) in table.column_iter_mut().zip(widths) {
        let width = ColumnConstraint::Absolute(Width::Fixed(*width));
        column.set_padding((0, 1)).set_constraint(width);
    }
    if let Some(column) = table.column_mut(widths.len()) {
        column.set_padding((0, 0));
    }
    table.trim_fmt()
}

/// The exit status of a command that has printed a catalogue, or tried to.
pub(super) fn printed(written: io::Result<()>, err: &mut dyn Write) -> Exit {
    match written {
        Ok(()) => Exit::Passed,
        Err(error) => {
            // What stderr does not take, the exit status has to tell.
            let _ = writeln!(err, "{}", Refusal::of_stdout(&error).text);
            Exit::NotDone
        }
    }
}
