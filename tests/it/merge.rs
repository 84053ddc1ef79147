//! `deskbell merge`, by the real binary: of shards that were made up, and of real ones.

mod added;
mod between;
mod flawed;
mod real;
pub(crate) mod synthetic;

use deskbell::run::{Premises, Shard, Sums};
use serde_json::Value;

use crate::process::{Desk, Ended};
use synthetic::Measured;

/// The folders of four shards, in an order of no meaning.
const SHARDS: [&str; 4] = ["shard-3", "shard-1", "shard-4", "shard-2"];

const COUNT: u32 = 4;

/// A desk with four shards that began one after the other. What they are concluded from may be changed.
fn desk(change: impl Fn(u32, &mut Sums, &mut Premises)) -> Desk {
    let desk = Desk::new();
    for index in 1..=COUNT {
        let shard = Shard { index, count: COUNT };
        let folder = desk.path(&format!("shard-{index}"));
        let later_ms = i64::from(index - 1) * 1_400;
        let change = |sums: &mut Sums, premises: &mut Premises| change(index, sums, premises);
        Measured::of(shard).write(&folder, (shard, later_ms), change);
    }
    desk
}

/// What a merge of these into `out` exits with and says, and its run.json.
#[track_caller]
fn merged(desk: &Desk, runs: &[&str], out: &str, options: &[&str]) -> (i32, Value) {
    let args = [&["merge", "--out", out, "--expect", "4"], options, runs].concat();
    let Ended { code, out: told, err } = desk.run(&args);
    assert_eq!(err, "", "{told}");
    let record: Value = serde_json::from_str(&desk.read(&format!("{out}/run.json"))).unwrap();
    assert_eq!(record["exit_code"], code.unwrap(), "{told}");
    for why in record["why"].as_array().unwrap() {
        let begins: String = why.as_str().unwrap().chars().take(24).collect();
        assert!(told.contains(&begins), "the terminal does not say {why}:\n{told}");
    }
    (code.unwrap(), record)
}

/// Why the merged run did not pass, as one text.
fn why(record: &Value) -> String {
    let sentences = record["why"].as_array().unwrap().iter();
    sentences.map(|why| why.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}
