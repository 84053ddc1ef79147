//! The formats of a run folder.

use std::io;

use crate::run::{
    CONVERSATIONS_FILE, RUN_FILE, RunRecord, SUMS_FILE, TIMELINE_FILE, VIOLATIONS_FILE,
};

use super::{conversations, csv, html, json, junit, summary, violations};

/// A report that goes into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The whole run as a page, in one file.
    Html,
    /// The result in a page of Markdown, for a merge request.
    Summary,
    /// A suite per scenario, a case per clause, step and threshold.
    Junit,
    /// Latencies, a row per scenario and metric.
    SummaryCsv,
    /// What was counted and measured in each second.
    TimelineCsv,
    /// The clause table.
    ClausesCsv,
    /// The findings, a line each.
    Violations,
    /// What was seen until the first findings and unmet steps, a line each.
    Conversations,
    /// What the record was concluded from, for a merge.
    Sums,
    /// The record itself.
    RunJson,
}

impl Format {
    /// Every format. The record comes last: where it stands, the others do too.
    pub const ALL: [Self; 10] = [
        Self::Html,
        Self::Summary,
        Self::Junit,
        Self::SummaryCsv,
        Self::TimelineCsv,
        Self::ClausesCsv,
        Self::Violations,
        Self::Conversations,
        Self::Sums,
        Self::RunJson,
    ];

    /// Those that are made anew from the other files of a run folder.
    pub const RENDERED: [Self; 5] =
        [Self::Html, Self::Summary, Self::Junit, Self::SummaryCsv, Self::ClausesCsv];

    /// The file's name in a run folder.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Html => "report.html",
            Self::Summary => "summary.md",
            Self::Junit => "junit.xml",
            Self::SummaryCsv => "summary.csv",
            Self::TimelineCsv => TIMELINE_FILE,
            Self::ClausesCsv => "clauses.csv",
            Self::Violations => VIOLATIONS_FILE,
            Self::Conversations => CONVERSATIONS_FILE,
            Self::Sums => SUMS_FILE,
            Self::RunJson => RUN_FILE,
        }
    }

    /// Writes the report; it tells what the record holds and nothing else.
    pub fn write(self, record: &RunRecord, to: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Html => html::write(record, to),
            Self::Summary => summary::write(record, to),
            Self::Junit => junit::write(record, to),
            Self::SummaryCsv => csv::write_summary(record, to),
            Self::TimelineCsv => csv::write_timeline(record, to),
            Self::ClausesCsv => csv::write_clauses(record, to),
            Self::Violations => violations::write(record, to),
            Self::Conversations => conversations::write(record, to),
            Self::Sums => json::write_sums(record, to),
            Self::RunJson => json::write(record, to),
        }
    }
}
