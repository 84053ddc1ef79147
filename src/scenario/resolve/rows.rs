//! Rows of data from a CSV file.

use crate::scenario::diagnostic::quoted;
use crate::scenario::model::{Data, Pick};
use crate::scenario::node::Node;
use crate::scenario::template::Columns;

use super::Resolver;

/// The largest CSV file, in bytes.
const MAX_CSV: usize = 10 << 20;
/// Values of a file: each costs some twenty bytes more than it holds.
const MOST_VALUES: usize = 1_000_000;
/// Columns of a file.
const MOST_COLUMNS: usize = 1_000;

impl Resolver<'_> {
    /// Reads `data`, and notes its columns.
    pub(super) fn data(&mut self, root: &Node) -> Option<Data> {
        let node = root.get("data")?;
        self.names.columns = Columns::Unknown;
        let file = node.get("file")?;
        let bytes = self.file(file, MAX_CSV)?;
        let (columns, rows) = match read(&bytes) {
            Ok(table) => table,
            Err(Flaw { message, help }) => {
                let name = quoted(file.text().unwrap_or_default());
                self.complain(file.span, format!("{name}: {message}"), help);
                return None;
            }
        };
        self.names.columns = Columns::Known(columns.clone());
        let pick = match node.get("pick").and_then(Node::text) {
            Some("random") => Pick::Random,
            Some("once") => Pick::Once,
            _ => Pick::Sequential,
        };
        Some(Data { pick, columns, rows })
    }
}

struct Flaw {
    message: String,
    help: String,
}

fn flaw(message: impl Into<String>, help: impl Into<String>) -> Flaw {
    Flaw { message: message.into(), help: help.into() }
}

type Table = (Vec<String>, Vec<Vec<String>>);

/// Columns and rows of a CSV (RFC 4180) whose first line names the columns.
fn read(bytes: &[u8]) -> Result<Table, Flaw> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let columns: Vec<String> =
        reader.headers().map_err(|error| unreadable(&error))?.iter().map(str::to_owned).collect();
    check_columns(&columns)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        if record.len() != columns.len() {
            let line = record.position().map_or(0, csv::Position::line);
            let (wanted, found) = (columns.len(), record.len());
            let message = format!("line {line} has {}, not {wanted}", values(found));
            let help = "give it a value for each column, and quote one that holds a comma";
            return Err(flaw(message, help));
        }
        rows.push(record.iter().map(str::to_owned).collect());
        if rows.len() * columns.len() > MOST_VALUES {
            return Err(flaw("it holds more than 1000000 values", "take a smaller file"));
        }
    }
    if rows.is_empty() {
        return Err(flaw(
            "it has no rows",
            "its first line names the columns, each further line is a row",
        ));
    }
    Ok((columns, rows))
}

fn check_columns(columns: &[String]) -> Result<(), Flaw> {
    if columns.is_empty() {
        return Err(flaw(
            "it is empty",
            "its first line names the columns, each further line is a row",
        ));
    }
    if columns.len() > MOST_COLUMNS {
        return Err(flaw("it has more than 1000 columns", "is it a CSV file?"));
    }
    for (at, column) in columns.iter().enumerate() {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if column.is_empty() || !column.chars().all(fits) {
            let message = format!("{} can't be a column's name", quoted(column));
            let help = "its first line names the columns, in letters, digits, `_` and `-`";
            return Err(flaw(message, help));
        }
        if columns[..at].contains(column) {
            let help = "give one of them another name";
            return Err(flaw(format!("the column {} stands twice", quoted(column)), help));
        }
    }
    Ok(())
}

fn values(count: usize) -> String {
    if count == 1 { "one value".to_owned() } else { format!("{count} values") }
}

fn unreadable(error: &csv::Error) -> Flaw {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            let line = pos.as_ref().map_or(1, csv::Position::line);
            flaw(format!("line {line} is not text in UTF-8"), "save the file as UTF-8")
        }
        _ => flaw(format!("it is no CSV: {error}"), ""),
    }
}
