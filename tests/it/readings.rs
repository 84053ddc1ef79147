//! docs/readings.md is made from the table in the code. `UPDATE_GOLDEN=1` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use deskbell::conformance::{ClauseId, READINGS, Silence};

const HEAD: &str = "\
# How deskbell reads the document

The protocol document is silent in places, and contradicts itself in others. A verdict there rests
on a reading, which stands in this table. Reports name it by its id wherever a verdict rests on it:
in the `clauses` of run.json, in the text of a failure in junit.xml, and below a violation on the
terminal. `deskbell clauses` tells which clauses rest on which reading. What a run saw of the
endpoint's own reading stands in `readings` of run.json, under the name in the last column.

This page is made from the code (`UPDATE_GOLDEN=1 cargo test readings`).

| id | where | the document says | deskbell's reading | clauses | recorded |
| --- | --- | --- | --- | --- | --- |
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    for silence in READINGS {
        let Silence { id, place, document, reading, clauses, recorded } = silence;
        let clauses: Vec<_> = clauses.iter().copied().map(ClauseId::as_str).collect();
        let [place, document, reading] = [place, document, reading].map(|text| cell(text));
        let recorded = recorded.map_or(String::new(), |name| format!("`{name}`"));
        let clauses = clauses.join(", ");
        writeln!(page, "| `{id}` | {place} | {document} | {reading} | {clauses} | {recorded} |")
            .unwrap();
    }
    page
}

/// A text that ends no cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[test]
fn the_page_of_readings_is_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/readings.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, page()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page(), "UPDATE_GOLDEN=1 writes docs/readings.md anew");
}
