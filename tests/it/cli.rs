//! The command line as a user meets it.

mod again;
mod call;
mod catalogue;
mod cleanup;
mod concierge;
mod dry_run;
mod honesty;
mod profiles;
mod refusals;
mod runs;
mod saturation;
mod scenarios;
mod shards;
mod shells;
mod trace;
mod verdicts;

/// Every report of a run, by name.
const REPORTS: [&str; 11] = [
    "clauses.csv",
    "conversations.jsonl",
    "junit.xml",
    "latency.hlog",
    "report.html",
    "run.json",
    "summary.csv",
    "summary.md",
    "sums.json",
    "timeline.csv",
    "violations.jsonl",
];

/// A text that must stand nowhere.
const TOKEN: &str = "not-for-other-eyes";
