//! The shards of a merged run, in the closing summary.

use comfy_table::CellAlignment;
use jiff::Timestamp;

use crate::report::figure::grouped;
use crate::report::shards;
use crate::run::{RunRecord, ShardRecord};

use super::Look;
use super::page::{bare_table, width};

/// From how many columns on there is room for every figure.
const ROOMY: u16 = 80;

/// What is told of a shard.
const HEADER: [&str; 9] =
    ["shard", "verdict", "devices", "sent", "events", "errors", "core", "late p99", "began"];

/// Of these, those that a narrow terminal does without.
const SPARED: [&str; 2] = ["devices", "events"];

/// A row for each shard, or for those that matter most where there are many.
pub(super) fn table(record: &RunRecord, look: Look) -> Option<String> {
    let (told, rest) = shards::told(record);
    if told.is_empty() {
        return None;
    }
    let first = shards::first_began(record);
    let mut table = bare_table();
    table.set_width(width(look));
    table.set_header(kept(HEADER.map(str::to_owned), look));
    for shard in told {
        table.add_row(kept(cells(shard, first), look));
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if at == 0 { 0 } else { 2 }, 0));
        if at > 1 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let more = shards::more(&rest).map_or(String::new(), |more| format!("and {more}\n"));
    Some(table.trim_fmt() + "\n" + &more)
}

fn cells(shard: &ShardRecord, first: Option<Timestamp>) -> [String; 9] {
    let totals = &shard.totals;
    [
        shard.index.to_string(),
        shard.verdict.as_str().to_owned(),
        grouped(totals.devices),
        grouped(totals.sends),
        grouped(totals.events),
        grouped(shard.errors.total()),
        shards::busiest(shard).unwrap_or_default(),
        shards::lateness(shard),
        shards::began(first, shard),
    ]
}

/// The cells of a row for which there is room.
fn kept(row: [String; 9], look: Look) -> impl Iterator<Item = String> {
    let is_kept = move |title: &str| width(look) >= ROOMY || !SPARED.contains(&title);
    row.into_iter().zip(HEADER).filter(move |(_, title)| is_kept(title)).map(|(cell, _)| cell)
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[test]
    fn a_hundred_shards_take_ten_lines() {
        let table = table(&sample::merged_of(100), Look::PLAIN).unwrap();
        assert_eq!(table.lines().count(), 10, "{table}");
        assert!(table.lines().nth(1).unwrap().starts_with("3      failed"), "{table}");
        assert!(table.ends_with("\nand 92 more, all passed\n"), "{table}");
    }

    #[test]
    fn figures_of_a_great_run_fit_a_terminal() {
        let mut record = sample::merged();
        for shard in &mut record.shards {
            (shard.totals.sends, shard.totals.events) = (1_234_567, 12_345_678);
        }
        for columns in [60, 80] {
            let table = table(&record, Look { columns, ..Look::PLAIN }).unwrap();
            assert_eq!(table.lines().count(), 5, "{table}");
            let widest = table.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(columns.into()), "{table}");
        }
    }
}
