//! `deskbell defects`: the catalogue of what the reference server can get wrong.

use std::io::{self, Write};

use clap::Args;
use serde_json::{Value, json};
use thiserror::Error;

use crate::report::cell;
use crate::server::{DEFECTS, Defect, Kind, Needs};

use super::catalogue::{self, CatalogueFormat, printed};
use super::exit::Exit;

/// Options of `defects`.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct DefectsArgs {
    /// How the catalogue is printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = CatalogueFormat::Table)]
    format: CatalogueFormat,
}

/// A defect of this name is not in the catalogue.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum NoDefect {
    #[error("there is no such defect; `deskbell defects` lists them")]
    Unknown,
    #[error("there is no such defect; did you mean `{0}`? `deskbell defects` lists them")]
    Misspelt(&'static str),
}

/// The defect of this name, as `--defect` takes it.
pub(super) fn find(name: &str) -> Result<&'static Defect, NoDefect> {
    const LIKE: f64 = 0.8;
    if let Some(defect) = Defect::find(name) {
        return Ok(defect);
    }
    let likeness = |defect: &Defect| strsim::jaro_winkler(name, defect.name);
    let nearest = DEFECTS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|defect| likeness(defect) > LIKE) {
        Some(defect) => Err(NoDefect::Misspelt(defect.name)),
        None => Err(NoDefect::Unknown),
    }
}

/// Prints the catalogue.
pub(super) fn defects(args: DefectsArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let written = match args.format {
        CatalogueFormat::Table => write!(out, "{}", table()),
        CatalogueFormat::Json => {
            writeln!(out, "{:#}", Value::from_iter(DEFECTS.iter().map(object)))
        }
        CatalogueFormat::Csv => write_csv(out),
    };
    printed(written, err)
}

/// The defects below the name of their kind.
fn table() -> String {
    let mut kinds: Vec<Kind> = Vec::new();
    for defect in DEFECTS {
        if !kinds.contains(&defect.kind) {
            kinds.push(defect.kind);
        }
    }
    let mut text = String::new();
    for kind in kinds {
        let of_kind = DEFECTS.iter().filter(|defect| defect.kind == kind);
        let row = |defect: &Defect| {
            let told = format!("{}\ncaught by {}", defect.title, defect.clauses.join(", "));
            [defect.name.to_owned(), told]
        };
        let rows: Vec<_> = of_kind.map(row).collect();
        text += &format!("{}\n{}\n\n", kind.as_str(), catalogue::table(&rows, &[42]));
    }
    text + &format!("{} defects; deskbell serve --defect NAME\n", DEFECTS.len())
}

fn object(defect: &Defect) -> Value {
    json!({
        "name": defect.name,
        "kind": defect.kind.as_str(),
        "clauses": defect.clauses,
        "related": defect.related,
        "needs_load": defect.needs == Needs::Load,
        "needs_restart": defect.needs == Needs::Restart,
        "title": defect.title,
    })
}

fn write_csv(out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "name",
        "kind",
        "clauses",
        "related",
        "needs_load",
        "needs_restart",
        "title",
    ])?;
    for defect in DEFECTS {
        let row = [
            defect.name,
            defect.kind.as_str(),
            &defect.clauses.join(" "),
            &defect.related.join(" "),
            yes_or_no(defect.needs == Needs::Load),
            yes_or_no(defect.needs == Needs::Restart),
            defect.title,
        ];
        csv.write_record(row.map(|text| cell(text).into_owned()))?;
    }
    csv.flush()
}

fn yes_or_no(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: CatalogueFormat, holds: fn(&str) -> bool) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        assert_eq!(defects(DefectsArgs { format }, &mut out, &mut err), Exit::Passed);
        let printed = String::from_utf8(out).unwrap();
        assert!(holds(&printed), "{printed}");
    }

    #[test]
    fn every_defect_stands_in_every_format() {
        check(CatalogueFormat::Table, |text| {
            let fits = |line: &str| line.chars().count() <= usize::from(catalogue::WIDTH);
            text.lines().all(fits)
                && DEFECTS.iter().all(|defect| text.contains(&format!("{} ", defect.name)))
        });
        check(CatalogueFormat::Csv, |text| {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            reader.records().filter(Result::is_ok).count() == DEFECTS.len()
        });
        check(CatalogueFormat::Json, |text| {
            let rows: Vec<Value> = serde_json::from_str(text).unwrap();
            rows.iter().zip(DEFECTS).all(|(row, defect)| row["name"] == defect.name)
        });
    }
}
