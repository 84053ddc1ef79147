//! `deskbell clauses`: the catalogue.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use crate::conformance::{CATALOGUE, Clause, ClauseId, Level, Need, readings_of};
use crate::report::cell;

use super::catalogue::{self, CatalogueFormat, printed};
use super::exit::Exit;

/// Options of `clauses`.
#[derive(Args, Clone, Debug)]
pub(super) struct ClausesArgs {
    /// How they are shown
    #[arg(long, value_enum, default_value_t = CatalogueFormat::Table)]
    format: CatalogueFormat,
}

/// A clause as programs read it.
#[derive(Serialize)]
struct Row {
    id: ClauseId,
    level: Level,
    title: &'static str,
    section: &'static str,
    how: &'static str,
    need: &'static str,
    readings: Vec<&'static str>,
}

/// Prints every clause, in the document's order.
pub(super) fn clauses(args: &ClausesArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let written = match args.format {
        CatalogueFormat::Table => write!(out, "{}", table()),
        CatalogueFormat::Json => json(out),
        CatalogueFormat::Csv => csv(out),
    };
    printed(written, err)
}

fn rows() -> impl Iterator<Item = Row> {
    CATALOGUE.iter().map(|clause| Row {
        id: clause.id,
        level: clause.level,
        title: clause.title,
        section: clause.section,
        how: clause.exercise.as_str(),
        need: clause.need.as_str(),
        readings: readings_of(clause.id).map(|silence| silence.id).collect(),
    })
}

fn json(out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &rows().collect::<Vec<_>>())?;
    writeln!(out)
}

fn csv(out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["id", "level", "title", "section", "how", "need", "readings"])?;
    for row in rows() {
        let (id, level, readings) = (row.id.as_str(), row.level.as_str(), row.readings.join(" "));
        let row = [id, level, row.title, row.section, row.how, row.need, &readings];
        csv.write_record(row.map(|text| cell(text).into_owned()))?;
    }
    csv.flush()
}

/// The clauses below the title of their section.
fn table() -> String {
    let mut text = String::new();
    for section in CATALOGUE.chunk_by(|one, next| one.section == next.section) {
        let row = |clause: &Clause| {
            let (id, level, how) = (clause.id.as_str(), clause.level, clause.exercise);
            [id.to_owned(), level.as_str().to_owned(), how.as_str().to_owned(), told(clause)]
        };
        let rows: Vec<_> = section.iter().map(row).collect();
        text += &format!("{}\n{}\n\n", section[0].section, catalogue::table(&rows, &[11, 7, 8]));
    }
    let count = |level| CATALOGUE.iter().filter(|clause| clause.level == level).count();
    let [must, should, info] = Level::ALL.map(count);
    text + &format!(
        "{} clauses: {must} must, {should} should, {info} info; what `rests on` names is told in\n\
         docs/readings.md\n",
        CATALOGUE.len()
    )
}

/// What a clause says, needs and rests on.
fn told(clause: &Clause) -> String {
    let mut told = clause.title.to_owned();
    match clause.need {
        Need::Nothing => {}
        Need::Concierge => told += "\nneeds a concierge",
        Need::SecondTenant => told += "\nneeds an account of another tenant",
        Need::Uploads => told += "\nneeds an origin that grants upload URLs",
    }
    let readings: Vec<_> = readings_of(clause.id).map(|silence| silence.id).collect();
    if !readings.is_empty() {
        told += &format!("\nrests on {}", readings.join(", "));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_80_columns_and_holds_every_clause() {
        let text = table();
        assert!(
            text.lines().all(|line| line.chars().count() <= usize::from(catalogue::WIDTH)),
            "{text}"
        );
        for clause in CATALOGUE {
            assert!(text.contains(&format!("{} ", clause.id)), "{}", clause.id);
        }
    }
}
